/**
 * The two families of cases in which a statement is stopped: its session is cancelled or killed, on the server that all
 * share; or the server is crashed, which needs one that the case has alone.
 */
import { type Arbitrary, nat, record } from "fast-check";
import type { FaultKind } from "../../../harness/fault/fault.ts";
import type { Cost } from "../../../harness/property/property.ts";
import type { Stage } from "../../../harness/release/recorded-database.ts";
import type { Step } from "../../../harness/release/release.ts";
import { organizationId } from "../model/arbitraries.ts";
import { type BaselineTable, minimalTable } from "../model/baseline-tables.ts";
import type { CreditsContext } from "../world.ts";
import { type FinalState, readFinalState } from "./final-state.ts";
import { CRASHES, type FaultVariant, SESSION_FAULTS } from "./injection-points.ts";

/** Where a case takes place; with a crash, where its server may be crashed. */
export interface FaultSetting {
  readonly world: CreditsContext;
  readonly crash?: () => Promise<void>;
}

export interface FaultKindGroup {
  readonly suffix: "struck" | "crash";
  readonly cost: Cost;
  readonly modes: readonly FaultKind[];
  readonly ways: readonly FaultVariant[];
  within<Result>(world: CreditsContext, work: (arena: FaultSetting) => Promise<Result>): Promise<Result>;
}

export const sessionFaults: FaultKindGroup = {
  suffix: "struck",
  cost: "strike",
  modes: ["cancel", "kill"],
  ways: SESSION_FAULTS,
  within: (world, work) => work({ world }),
};

export const serverCrashes: FaultKindGroup = {
  suffix: "crash",
  cost: "crash",
  modes: ["crash"],
  ways: CRASHES,
  within: (world, work) => world.withCrashServer((on, crash) => work({ world: on, crash })),
};

/** Three organizations whose allocations differ, one of which has a past. */
export const THREE_ORGANIZATIONS: BaselineTable = {
  accounts: [
    ...minimalTable({ totalCredits: 12_345 }).accounts,
    ...minimalTable({ id: organizationId(1), planName: "enterprise" }).accounts,
    ...minimalTable({ id: organizationId(2), planName: null, totalCredits: null }).accounts,
  ],
  actions: [{ organization: organizationId(0), action: "purchase", credits: 5, description: "before" }],
};

/** More organizations than one batch holds, made on the server. */
export function manyOrganizations(count: number): BaselineTable {
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
export const pointNumbers = (): Arbitrary<{ at: number }> => record({ at: nat({ max: 9999 }) });
export const EVERY_POINT = Array.from({ length: 400 }, (_, at) => ({ at }));

const endings = new WeakMap<CreditsContext, Map<string, Promise<FinalState>>>();

/** How the database ends up when nothing stops what is done to it; asked once for each name in a world. */
export function uninterrupted(
  world: CreditsContext,
  name: string,
  play: () => Promise<Stage>,
): Promise<FinalState> {
  const known = endings.get(world) ?? new Map<string, Promise<FinalState>>();
  endings.set(world, known);
  const ending = known.get(name) ?? play().then(readFinalState);
  known.set(name, ending);

  return ending;
}

/** A baseline with these rows, and some steps applied to it. */
export async function applySteps(
  world: CreditsContext,
  table: BaselineTable,
  steps: readonly Step[],
): Promise<Stage> {
  const stage = await world.baseline(table);
  await stage.apply(steps);

  return stage;
}
