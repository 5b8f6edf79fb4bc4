/**
 * Checks what must be true after a load: credits are conserved, none are overdrawn, and every call that succeeded has
 * used its credit and left its row in the log.
 */
import { sum } from "simple-statistics";
import type { TextRow } from "../../harness/database/session.ts";
import { CREDIT_TYPES } from "../../properties/credits/model/model.ts";
import type { LoadViolation } from "./turn.ts";

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

/** The violated rules, at most one violation of each in the rows. @param rows the result of FINAL_STATE_SQL */
export function findLoadViolations(
  rows: readonly TextRow[],
  {
    successes,
    retries,
    error,
  }: { readonly successes: number; readonly retries: number; readonly error?: string | undefined },
): readonly LoadViolation[] {
  const states = rows.map(({ id, type, ...numbers }) => ({
    subject: `${type} of ${id}`,
    allocated: Number(numbers["allocated"]),
    used: Number(numbers["used"]),
    logged: Number(numbers["logged"]),
    actions: Number(numbers["actions"]),
  }));
  const overdrawn = states.filter(({ used, allocated }) => used > allocated);
  const unlogged = states.filter(({ used, logged }) => used !== logged);
  const used = sum(states.map((state) => state.used));
  const actions = sum(states.map((state) => state.actions));
  const format = (count: number) => count.toLocaleString("en-US");
  const list = (
    rule: LoadViolation["rule"],
    violating: typeof states,
    expect: (state: (typeof states)[number]) => string,
  ): readonly LoadViolation[] =>
    violating.slice(0, 1).map((state) => ({
      rule,
      expected: `${expect(state)} (${state.subject})`,
      got: `${state.used}${violating.length === 1 ? "" : `; and ${format(violating.length - 1)} more`}`,
    }));
  const when = (isViolated: boolean, violation: LoadViolation) => (isViolated ? [violation] : []);

  return [
    ...when(error !== undefined, {
      rule: "C1",
      expected: "a call for one of very many available credits succeeds",
      got: `ERROR: ${error}`,
    }),
    ...list("C2", overdrawn, ({ allocated }) => `at most ${allocated} used`),
    ...list("C8", unlogged, ({ logged }) => `${logged} used, which is the sum of its log`),
    ...when(used !== successes, {
      rule: "C1",
      expected: `${format(successes)} credits used, one by each call that succeeded`,
      got: format(used),
    }),
    ...when(actions !== successes, {
      rule: "C7",
      expected: `${format(successes)} log rows, one for each call that succeeded`,
      got: format(actions),
    }),
    ...when(retries > 0, {
      rule: "K3",
      expected: "single calls never deadlock",
      got: `${format(retries)} failed with SQLSTATE class 40`,
    }),
  ];
}
