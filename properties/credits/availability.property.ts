/** Rules G1 and G2: what `get_available_credits` says, and of which moment. */
import { constant, integer, oneof, record } from "fast-check";
import { property } from "../../harness/property/property.ts";
import { history } from "./database/history.ts";
import { callSql, insertOrganizations } from "./database/sql.ts";
import {
  allocations,
  consumptions,
  histories,
  idOf,
  questions,
  strangers,
  types,
  wrongTypes,
} from "./model/arbitraries.ts";
import {
  all,
  type Judge,
  logsAsExpected,
  nothingElseChanges,
  numbersAsExpected,
  returnsAsExpected,
} from "./model/judge.ts";
import { allocationOf, NOTHING, type Organization } from "./model/model.ts";
import type { CreditsContext } from "./world.ts";

const oddQuestions = () =>
  oneof(
    record({ kind: constant("available" as const), organization: strangers(), type: types() }),
    record({ kind: constant("available" as const), organization: constant(0), type: wrongTypes() }),
  ) as ReturnType<typeof questions>;

const asks =
  (judge: Judge): Judge =>
  (judged) =>
    judged.step.call.kind === "available" ? judge(judged) : undefined;

export const available = history(
  "G1",
  "what is available is allocated less used, 0 for the unknown, and asking changes nothing",
  {
    calls: histories(questions(), oddQuestions(), consumptions(), allocations()),
    judge: asks(all(returnsAsExpected, numbersAsExpected, nothingElseChanges, logsAsExpected)),
  },
);

const consumer: Organization = {
  id: idOf(0),
  name: "Any",
  planName: "premium",
  totalCredits: 0,
  status: "active",
  numbers: { allocated: allocationOf("premium", 0), used: NOTHING },
};

export const prepared = property(
  "G2",
  "a prepared question asked again after a consumption gives the new number",
  {
    given: { type: types(), credits: integer({ min: 1, max: 500 }) },
    async holds({ type, credits }, world: CreditsContext) {
      const question = callSql({ kind: "available", organization: consumer.id, type });
      const left = consumer.numbers.allocated[type] - credits;
      const before = [
        `PREPARE question AS ${question}`,
        "EXECUTE question;",
        callSql({ kind: "consume", organization: consumer.id, type, credits }),
      ];
      const outcome = await (await world.player()).trial([
        insertOrganizations([consumer]),
        "DEALLOCATE ALL",
        ...before,
        "EXECUTE question",
      ]);

      return judge(
        world,
        outcome.rows[0]?.[0] ?? outcome.refusal?.message,
        left,
        before,
        "EXECUTE question;",
      );
    },
  },
);

export const sameStatement = property(
  "G2-statement",
  "a question that follows a consumption in one statement gives the new number",
  {
    given: { type: types(), credits: integer({ min: 1, max: 500 }) },
    async holds({ type, credits }, world: CreditsContext) {
      const call = (sql: string): string => sql.slice("SELECT ".length, -1);
      const consumption = call(callSql({ kind: "consume", organization: consumer.id, type, credits }));
      const question = call(callSql({ kind: "available", organization: consumer.id, type }));
      const statement = `SELECT CASE WHEN ${consumption} THEN ${question} END`;
      const outcome = await (await world.player()).trial([insertOrganizations([consumer]), statement]);

      return judge(
        world,
        outcome.rows[0]?.[0] ?? outcome.refusal?.message,
        consumer.numbers.allocated[type] - credits,
        [],
        `${statement};`,
      );
    },
  },
);

function judge(
  world: CreditsContext,
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
        script: world.script([consumer], before, show),
        hint: "Leave get_available_credits VOLATILE: what is STABLE or IMMUTABLE may answer from an older moment",
      };
}
