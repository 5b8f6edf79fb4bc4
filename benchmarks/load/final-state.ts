/**
 * What must be true when the load is over: credits are conserved, nobody has used more than there was, and every call
 * that succeeded has used its credit and left its row in the log.
 */
import type { Row } from "../../harness/database/session.ts";
import { CREDIT_TYPES } from "../../properties/credits/model/model.ts";
import type { LoadFault } from "./result.ts";

/** What is there at the end, a row for each organization and type. */
export const ENDING_SQL = `
SELECT id, type, allocated, used, coalesce(logged, 0) AS logged, coalesce(actions, 0) AS actions
FROM organizations
CROSS JOIN LATERAL (VALUES ${CREDIT_TYPES.map((type) => `('${type}', ${type}_credits, ${type}_used_credits)`).join(", ")})
  AS credits (type, allocated, used)
LEFT JOIN (
  SELECT organization_id, action_type, sum(credits_consumed) AS logged, count(*) AS actions
  FROM credit_actions GROUP BY organization_id, action_type
) AS log ON organization_id = id AND action_type = type || '_consumption'
ORDER BY id, type`;

/** What the callers were told. */
export interface Told {
  readonly successes: number;
  readonly retries: number;
  readonly refusals: readonly string[];
}

/** The rules that do not hold, at most one fault of each. @param rows what ENDING_SQL gave */
export function faultsOf(rows: readonly Row[], told: Told): readonly LoadFault[] {
  return [
    ...refusedCalls(told),
    ...firstOf(rows, "C2", ({ used, allocated }) =>
      used > allocated ? { expected: `at most ${allocated} used`, got: `${used}` } : undefined,
    ),
    ...firstOf(rows, "C8", ({ used, logged }) =>
      used === logged
        ? undefined
        : { expected: `${logged} used, which is the sum of its log`, got: `${used}` },
    ),
    ...counted("C1", "credits used, one by each call that succeeded", sumOf(rows, "used"), told.successes),
    ...counted("C7", "log rows, one for each call that succeeded", sumOf(rows, "actions"), told.successes),
    ...(told.retries === 0
      ? []
      : [
          {
            rule: "K3" as const,
            expected: "single calls never deadlock",
            got: `${figure(told.retries)} were refused with class 40`,
          },
        ]),
  ];
}

function refusedCalls({ refusals }: Told): readonly LoadFault[] {
  return refusals.slice(0, 1).map((message) => ({
    rule: "C1",
    expected: "a call for one of very many available credits succeeds",
    got: `it was refused: ${message}`,
  }));
}

interface Numbers {
  readonly allocated: number;
  readonly used: number;
  readonly logged: number;
}

/** The first that breaks the rule, and how many more do. */
function firstOf(
  rows: readonly Row[],
  rule: LoadFault["rule"],
  wrong: (numbers: Numbers) => Omit<LoadFault, "rule"> | undefined,
): readonly LoadFault[] {
  const faults = rows.flatMap((row) => {
    const fault = wrong({
      allocated: Number(row["allocated"]),
      used: Number(row["used"]),
      logged: Number(row["logged"]),
    });

    return fault === undefined ? [] : [{ ...fault, whose: `${row["type"]} of ${row["id"]}` }];
  });

  return faults.slice(0, 1).map(({ expected, got, whose }) => ({
    rule,
    expected: `${expected} (${whose})`,
    got: faults.length === 1 ? got : `${got}; and so ${figure(faults.length - 1)} more`,
  }));
}

function counted(rule: "C1" | "C7", what: string, count: number, successes: number): readonly LoadFault[] {
  return count === successes ? [] : [{ rule, expected: `${figure(successes)} ${what}`, got: figure(count) }];
}

function sumOf(rows: readonly Row[], column: string): number {
  return rows.reduce((sum, row) => sum + Number(row[column]), 0);
}

function figure(count: number): string {
  return count.toLocaleString("en-US");
}
