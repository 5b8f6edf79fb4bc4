/** Rules G1 and G2: what `get_available_credits` returns, and as of which moment. */
import { constant, integer, oneof, record } from "fast-check";
import type { StatementResult } from "../../harness/database/session.ts";
import { nameSqlError } from "../../harness/property/kind.ts";
import { property } from "../../harness/property/property.ts";
import type { Violation } from "../../harness/property/verdict.ts";
import { errorEvidence, valueEvidence } from "./database/evidence.ts";
import { history } from "./database/history-property.ts";
import { callSql, insertOrganizations } from "./database/sql.ts";
import {
  allocationCalls,
  availabilityCalls,
  consumptionCalls,
  creditTypes,
  histories,
  invalidTypes,
  unknownOrganizations,
} from "./model/arbitraries.ts";
import {
  allOf,
  type CallCheck,
  logsAsExpected,
  nothingElseChanges,
  numbersAsExpected,
  returnsAsExpected,
} from "./model/call-checks.ts";
import { sampleAccount, withAllocation } from "./model/model.ts";
import type { CreditsContext } from "./world.ts";

const oddAvailabilityCalls = () =>
  oneof(
    record({
      kind: constant("available" as const),
      organization: unknownOrganizations(),
      type: creditTypes(),
    }),
    record({ kind: constant("available" as const), organization: constant(0), type: invalidTypes() }),
  ) as ReturnType<typeof availabilityCalls>;

const ofAvailability =
  (check: CallCheck): CallCheck =>
  (checked) =>
    checked.step.call.kind === "available" ? check(checked) : undefined;

export const availableNumbers = history("G1", "available is allocated less used, 0 for anything unknown", {
  calls: histories(availabilityCalls(), oddAvailabilityCalls(), consumptionCalls(), allocationCalls()),
  checkCall: ofAvailability(allOf(returnsAsExpected, numbersAsExpected, nothingElseChanges, logsAsExpected)),
});

const consumer = withAllocation(sampleAccount(0, { planName: "premium" }));

export const preparedQuery = property("G2", "a prepared query sees the consumptions before it", {
  given: { type: creditTypes(), credits: integer({ min: 1, max: 500 }) },
  async holds({ type, credits }, context: CreditsContext) {
    const before = [
      `PREPARE question AS ${callSql({ kind: "available", organization: consumer.id, type })}`,
      "EXECUTE question;",
      callSql({ kind: "consume", organization: consumer.id, type, credits }),
    ];
    const result = await (await context.player()).tryAndRollBack([
      insertOrganizations([consumer], context.schema),
      "DEALLOCATE ALL",
      ...before,
      "EXECUTE question",
    ]);

    return checkAnswer(
      result,
      consumer.numbers.allocated[type] - credits,
      context.script([consumer], before, "EXECUTE question;"),
    );
  },
});

function checkAnswer(
  { rows, error }: StatementResult,
  left: number,
  script: Violation["script"],
): Violation | undefined {
  const got = rows[0]?.[0] ?? error?.message;

  return got === String(left)
    ? undefined
    : {
        kind: error === undefined ? "outdated answer" : nameSqlError(error),
        expected: `the answer is ${left}, which is what is left after the consumption`,
        got: `the answer is ${got ?? "NULL"}`,
        script,
        hint: "An IMMUTABLE function may answer from the moment at which the query was planned: declare it STABLE or VOLATILE",
        evidence: error === undefined ? valueEvidence(got) : errorEvidence(error),
      };
}
