/**
 * The two families of cases in which a statement is stopped: its session is cancelled or killed, on the server that all
 * share; or the server is crashed, which needs one that the case has alone.
 */
import { type Arbitrary, nat, record } from "fast-check";
import type { Mode } from "../../../harness/fault/fault.ts";
import type { Cost } from "../../../harness/property/property.ts";
import type { Stage } from "../../../harness/release/recorded-database.ts";
import type { Step } from "../../../harness/release/release.ts";
import { idOf } from "../model/arbitraries.ts";
import { plainTable, type Table } from "../model/tables.ts";
import type { CreditsContext } from "../world.ts";
import { type Ending, endingOf } from "./final-state.ts";
import { ALIVE, CRASHED, type Way } from "./injection-points.ts";

/** Where a case takes place; with a crash, where its server may be crashed. */
export interface Arena {
  readonly world: CreditsContext;
  readonly crash?: () => Promise<void>;
}

export interface Family {
  readonly suffix: "struck" | "crash";
  readonly cost: Cost;
  readonly modes: readonly Mode[];
  readonly ways: readonly Way[];
  within<Result>(world: CreditsContext, work: (arena: Arena) => Promise<Result>): Promise<Result>;
}

export const alive: Family = {
  suffix: "struck",
  cost: "strike",
  modes: ["cancel", "kill"],
  ways: ALIVE,
  within: (world, work) => work({ world }),
};

export const crashed: Family = {
  suffix: "crash",
  cost: "crash",
  modes: ["crash"],
  ways: CRASHED,
  within: (world, work) => world.crashing((on, crash) => work({ world: on, crash })),
};

/** Three organizations whose allocations differ, one of which has a past. */
export const THREE: Table = {
  accounts: [
    ...plainTable({ totalCredits: 12_345 }).accounts,
    ...plainTable({ id: idOf(1), planName: "enterprise" }).accounts,
    ...plainTable({ id: idOf(2), planName: null, totalCredits: null }).accounts,
  ],
  actions: [{ organization: idOf(0), action: "purchase", credits: 5, description: "before" }],
};

/** More organizations than one batch holds, made on the server. */
export function many(count: number): Table {
  return {
    accounts: [],
    extras: [
      `INSERT INTO organizations (id, name, plan_name, total_credits, created_at)
SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Any', (ARRAY['custom', 'premium', NULL])[1 + n % 3],
  n * 37, TIMESTAMPTZ '2025-10-12 18:56:00+02' + n * INTERVAL '1 min'
FROM generate_series(1, ${count}) AS n`,
    ],
  };
}

/** Which of a release's points a case is about: the first cases go through them one by one. */
export const points = (): Arbitrary<{ at: number }> => record({ at: nat({ max: 9999 }) });
export const inTurn = Array.from({ length: 400 }, (_, at) => ({ at }));

const endings = new WeakMap<CreditsContext, Map<string, Promise<Ending>>>();

/** How the database ends up when nothing stops what is done to it; asked once for each name in a world. */
export function undisturbed(
  world: CreditsContext,
  name: string,
  play: () => Promise<Stage>,
): Promise<Ending> {
  const known = endings.get(world) ?? new Map<string, Promise<Ending>>();
  endings.set(world, known);
  const ending = known.get(name) ?? play().then(endingOf);
  known.set(name, ending);

  return ending;
}

/** A baseline with these rows, and some steps applied to it. */
export async function played(world: CreditsContext, table: Table, steps: readonly Step[]): Promise<Stage> {
  const stage = await world.baseline(table);
  await stage.apply(steps);

  return stage;
}
