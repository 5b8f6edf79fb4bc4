/** Rules G1 and G2: what `get_available_credits` says, and of which moment. */
import { constant, integer, oneof, record } from "fast-check";
import { property } from "../../harness/property/property.ts";
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
import { NO_CREDITS, nthId, type Organization, planAllocation } from "./model/model.ts";
import type { CreditsContext } from "./world.ts";

const oddQuestions = () =>
  oneof(
    record({
      kind: constant("available" as const),
      organization: unknownOrganizations(),
      type: creditTypes(),
    }),
    record({ kind: constant("available" as const), organization: constant(0), type: invalidTypes() }),
  ) as ReturnType<typeof availabilityCalls>;

const asks =
  (judge: CallCheck): CallCheck =>
  (judged) =>
    judged.step.call.kind === "available" ? judge(judged) : undefined;

export const availableNumbers = history(
  "G1",
  "what is available is allocated less used, 0 for the unknown, and asking changes nothing",
  {
    calls: histories(availabilityCalls(), oddQuestions(), consumptionCalls(), allocationCalls()),
    checkCall: asks(allOf(returnsAsExpected, numbersAsExpected, nothingElseChanges, logsAsExpected)),
  },
);

const consumer: Organization = {
  id: nthId(0),
  name: "Any",
  planName: "premium",
  totalCredits: 0,
  status: "active",
  numbers: { allocated: planAllocation("premium", 0), used: NO_CREDITS },
};

export const preparedQuery = property(
  "G2",
  "a prepared question asked again after a consumption gives the new number",
  {
    given: { type: creditTypes(), credits: integer({ min: 1, max: 500 }) },
    async holds({ type, credits }, context: CreditsContext) {
      const question = callSql({ kind: "available", organization: consumer.id, type });
      const left = consumer.numbers.allocated[type] - credits;
      const before = [
        `PREPARE question AS ${question}`,
        "EXECUTE question;",
        callSql({ kind: "consume", organization: consumer.id, type, credits }),
      ];
      const outcome = await (await context.player()).tryAndRollBack([
        insertOrganizations([consumer]),
        "DEALLOCATE ALL",
        ...before,
        "EXECUTE question",
      ]);

      return judge(
        context,
        outcome.rows[0]?.[0] ?? outcome.error?.message,
        left,
        before,
        "EXECUTE question;",
      );
    },
  },
);

export const sameStatementQuery = property(
  "G2-statement",
  "a question that follows a consumption in one statement gives the new number",
  {
    given: { type: creditTypes(), credits: integer({ min: 1, max: 500 }) },
    async holds({ type, credits }, context: CreditsContext) {
      const call = (sql: string): string => sql.slice("SELECT ".length, -1);
      const consumption = call(callSql({ kind: "consume", organization: consumer.id, type, credits }));
      const question = call(callSql({ kind: "available", organization: consumer.id, type }));
      const statement = `SELECT CASE WHEN ${consumption} THEN ${question} END`;
      const outcome = await (await context.player()).tryAndRollBack([
        insertOrganizations([consumer]),
        statement,
      ]);

      return judge(
        context,
        outcome.rows[0]?.[0] ?? outcome.error?.message,
        consumer.numbers.allocated[type] - credits,
        [],
        `${statement};`,
      );
    },
  },
);

function judge(
  context: CreditsContext,
  got: string | null | undefined,
  left: number,
  before: string[],
  show: string,
) {
  return got === String(left)
    ? undefined
    : {
        expected: `the answer is ${left}, which is what is left after the consumption`,
        got: `the answer is ${got ?? "NULL"}`,
        script: context.script([consumer], before, show),
        hint: "Leave get_available_credits VOLATILE: what is STABLE or IMMUTABLE may answer from an older moment",
      };
}
