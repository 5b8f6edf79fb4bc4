/**
 * Checks what must be true after a load: credits are conserved, none are overdrawn, and every call that succeeded has
 * used its credit and left its row in the log.
 */
import type { TextRow } from "../../harness/database/session.ts";
import { CREDIT_TYPES } from "../../properties/credits/model/model.ts";
import type { LoadViolation } from "./result.ts";

/** A row for each organization and credit type. */
export const FINAL_STATE_SQL = `
SELECT id, type, allocated, used, coalesce(logged, 0) AS logged, coalesce(actions, 0) AS actions
FROM organizations
CROSS JOIN LATERAL (VALUES ${CREDIT_TYPES.map((type) => `('${type}', ${type}_credits, ${type}_used_credits)`).join(", ")})
  AS credits (type, allocated, used)
LEFT JOIN (
  SELECT organization_id, action_type, sum(credits_consumed) AS logged, count(*) AS actions
  FROM credit_actions GROUP BY organization_id, action_type
) AS log ON organization_id = id AND action_type = type || '_consumption'
ORDER BY id, type`;

/** What the calls returned. */
export interface CallOutcomes {
  readonly successes: number;
  readonly retries: number;
  readonly errors: readonly string[];
}

/** The violated rules, at most one violation of each in the rows. @param rows the result of FINAL_STATE_SQL */
export function findLoadViolations(
  rows: readonly TextRow[],
  { successes, retries, errors }: CallOutcomes,
): readonly LoadViolation[] {
  return [
    ...errors.slice(0, 1).map((message) => ({
      rule: "C1" as const,
      expected: "a call for one of very many available credits succeeds",
      got: `ERROR: ${message}`,
    })),
    ...findFirst(rows, "C2", ({ used, allocated }) =>
      used > allocated ? { expected: `at most ${allocated} used`, got: `${used}` } : undefined,
    ),
    ...findFirst(rows, "C8", ({ used, logged }) =>
      used === logged
        ? undefined
        : { expected: `${logged} used, which is the sum of its log`, got: `${used}` },
    ),
    ...compareCount(
      "C1",
      "credits used, one by each call that succeeded",
      sumColumn(rows, "used"),
      successes,
    ),
    ...compareCount(
      "C7",
      "log rows, one for each call that succeeded",
      sumColumn(rows, "actions"),
      successes,
    ),
    ...(retries === 0
      ? []
      : [
          {
            rule: "K3" as const,
            expected: "single calls never deadlock",
            got: `${formatInteger(retries)} failed with SQLSTATE class 40`,
          },
        ]),
  ];
}

interface Numbers {
  readonly allocated: number;
  readonly used: number;
  readonly logged: number;
}

/** The first row that violates the rule, and how many others do. */
function findFirst(
  rows: readonly TextRow[],
  rule: LoadViolation["rule"],
  check: (numbers: Numbers) => Omit<LoadViolation, "rule"> | undefined,
): readonly LoadViolation[] {
  const violations = rows.flatMap((row) => {
    const violation = check({
      allocated: Number(row["allocated"]),
      used: Number(row["used"]),
      logged: Number(row["logged"]),
    });

    return violation === undefined ? [] : [{ ...violation, subject: `${row["type"]} of ${row["id"]}` }];
  });
  const others = violations.length === 1 ? "" : `; and ${formatInteger(violations.length - 1)} more`;

  return violations.slice(0, 1).map(({ expected, got, subject }) => ({
    rule,
    expected: `${expected} (${subject})`,
    got: `${got}${others}`,
  }));
}

function compareCount(
  rule: "C1" | "C7",
  what: string,
  count: number,
  expected: number,
): readonly LoadViolation[] {
  return count === expected
    ? []
    : [{ rule, expected: `${formatInteger(expected)} ${what}`, got: formatInteger(count) }];
}

function sumColumn(rows: readonly TextRow[], column: string): number {
  return rows.reduce((sum, row) => sum + Number(row[column]), 0);
}

function formatInteger(count: number): string {
  return count.toLocaleString("en-US");
}
