/**
 * Strikes at the data migration, at rows of its own: between the update of an organization and its log row, and in the
 * commit of a batch.
 */
import { type Arbitrary, constantFrom, nat, oneof, record } from "fast-check";
import type { FaultKind, InjectedFault, InjectionPoint } from "../../../harness/fault/fault.ts";
import type { Statement, Step } from "../../../harness/release/release.ts";

export interface DataFault {
  readonly at: "before the update" | "before the log row" | "after the log row" | "in the commit";
  /** Counts round the rows that there are. */
  readonly row: number;
  readonly mode: FaultKind;
}

const LOG = "public.credit_actions";

export const dataFaults = (modes: readonly FaultKind[]): Arbitrary<DataFault> =>
  record({
    at: constantFrom("before the update", "before the log row", "after the log row", "in the commit"),
    row: oneof(nat({ max: 4 }), nat({ max: 250 })),
    mode: constantFrom(...modes),
  });

/** @param count how many organizations there are */
export function toRowFault({ at, row, mode }: DataFault, count: number): InjectedFault {
  return { kind: mode, point: spotOf(at, 1 + (row % count)) };
}

function spotOf(at: DataFault["at"], nth: number): InjectionPoint {
  switch (at) {
    case "before the update":
      return { at: "row", table: "public.organizations", timing: "before", nth };
    case "before the log row":
      return { at: "row", table: LOG, timing: "before", nth };
    case "after the log row":
      return { at: "row", table: LOG, timing: "after", nth };
    case "in the commit":
      return { at: "row commit", table: LOG, nth };
  }
}

/** The last statement of the data migration that does more than set a parameter. */
export function findWorkStatement({ statements }: Step): Statement | undefined {
  return statements.findLast(({ kind, node }) => kind === "sql" && node !== "VariableSetStmt");
}
