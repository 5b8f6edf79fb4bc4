/**
 * The two groups of faults: a session is cancelled or killed, on the server that all cases share; or the server crashes,
 * which takes a server of the case's own.
 */
import { type Arbitrary, nat, record } from "fast-check";
import type { FaultKind } from "../../../harness/fault/fault.ts";
import type { CaseKind } from "../../../harness/property/property.ts";
import type { RecordedDatabase } from "../../../harness/property/recorded-database.ts";
import type { BaselineTable } from "../model/baseline-tables.ts";
import { nthId, sampleAccount } from "../model/model.ts";
import type { CreditsContext } from "../world.ts";
import { type FinalState, readFinalState } from "./final-state.ts";
import { CRASHES, type FaultVariant, SESSION_FAULTS } from "./injection-points.ts";

/** Where a case runs; with `crash`, on a server that may crash. */
export interface FaultSetting {
  readonly context: CreditsContext;
  readonly crash?: () => Promise<void>;
}

export interface FaultKindGroup {
  readonly caseKind: CaseKind;
  readonly kinds: readonly FaultKind[];
  readonly variants: readonly FaultVariant[];
  run<Result>(context: CreditsContext, work: (setting: FaultSetting) => Promise<Result>): Promise<Result>;
}

export const sessionFaults: FaultKindGroup = {
  caseKind: "fault",
  kinds: ["cancel", "kill"],
  variants: SESSION_FAULTS,
  run: (context, work) => work({ context }),
};

export const serverCrashes: FaultKindGroup = {
  caseKind: "crash",
  kinds: ["crash"],
  variants: CRASHES,
  run: (context, work) => context.withCrashServer((own, crash) => work({ context: own, crash })),
};

/** Three organizations with different allocations, one of which has a log row. */
export const THREE_ORGANIZATIONS: BaselineTable = {
  accounts: [
    sampleAccount(0, { totalCredits: 12_345 }),
    sampleAccount(1, { planName: "enterprise" }),
    sampleAccount(2, { planName: null, totalCredits: null }),
  ],
  actions: [{ organization: nthId(0), action: "purchase", credits: 5, description: "before" }],
};

/** A table of so many organizations, for more than one batch. */
export function manyOrganizations(count: number): BaselineTable {
  return { accounts: [], generated: { count, plans: ["custom", "premium", null], total: "n * 37" } };
}

/** The number of a fault case; the first cases go through all of them. */
export const pointNumbers = (): Arbitrary<{ at: number }> => record({ at: nat({ max: 9999 }) });
export const EVERY_POINT = Array.from({ length: 400 }, (_, at) => ({ point: { at } }));

const states = new WeakMap<CreditsContext, Map<string, Promise<FinalState>>>();

/** The final state without a fault, read once for each name in a context. */
export function uninterrupted(
  context: CreditsContext,
  name: string,
  build: () => Promise<RecordedDatabase>,
): Promise<FinalState> {
  const known = states.get(context) ?? new Map<string, Promise<FinalState>>();
  states.set(context, known);
  const state = known.get(name) ?? build().then((db) => readFinalState(db, context.schema));
  known.set(name, state);

  return state;
}
