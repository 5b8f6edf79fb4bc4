/** Rules V1 and V3: the release's own queries and tests run, and the tests detect what is broken. */
import { constantFrom } from "fast-check";
import { property, type Violations } from "../../harness/property/property.ts";
import type { Violation } from "../../harness/property/verdict.ts";
import { type AppliedStatement, firstError } from "../../harness/release/apply.ts";
import { getOwnLists, listSteps } from "../../harness/release/lists.ts";
import type { ListName, Statement, Step } from "../../harness/release/release.ts";
import { BREAKAGES, breakages } from "./database/broken-functions.ts";
import { noticesEvidence } from "./database/notices.ts";
import { simulateUsage, usageCalls } from "./database/simulate-usage.ts";
import { insertAccounts } from "./database/sql.ts";
import type { Intent } from "./model/arbitraries.ts";
import { minimalTable, tables } from "./model/baseline-tables.ts";
import { CREDIT_TYPES, type CreditAccount, INTEGER_MAX, sampleAccount } from "./model/model.ts";
import type { CreditsContext } from "./world.ts";

/** The two organizations that the release's own tests need. */
const FIXED: readonly CreditAccount[] = ["1", "2"].map((last) =>
  sampleAccount(0, {
    id: `00000000-0000-0000-0000-00000000000${last}`,
    name: `Test ${last}`,
    totalCredits: 1000,
  }),
);

/** Lists of the release with the state for which they are meant; the rollback verification is for rule R7. */
const LISTS = [
  ["analyse", "baseline"],
  ["verify", "migrated"],
  ["exercise", "migrated"],
] as const;

/** Consumes all credits of the two organizations, on the plan that allocates most. */
const USED_UP: Intent[] = [0, 1].flatMap((organization) => [
  { kind: "allocate", organization, plan: "enterprise" },
  ...CREDIT_TYPES.map((type): Intent => ({ kind: "consume", organization, type, credits: { aboveAvailable: 0 } })),
]);

export const runsOnAnyData = property("V1", "the release's queries and tests run on any data", {
  caseKind: "migration",
  given: { table: tables(4), calls: usageCalls(), meant: constantFrom(...LISTS) },
  examples: [
    { table: minimalTable(), calls: USED_UP, meant: LISTS[2] },
    ...LISTS.flatMap((meant) =>
      [INTEGER_MAX, 0, null].map((totalCredits) => ({
        table: minimalTable({ totalCredits }),
        calls: [],
        meant,
      })),
    ),
  ],
  async holds({ table, calls, meant: [list, state] }, context: CreditsContext) {
    const steps = context.steps(list);
    const db = await context.baseline(table);
    await db.prepare("the organizations that the tests need", insertAccounts(FIXED, context.schema));
    if (state === "migrated") {
      await db.apply(context.release.lists.migrate);
      await simulateUsage(db, [...FIXED, ...table.accounts], calls);
    }

    return db.findErrors(await db.apply(steps), "the statement runs without an error on these rows");
  },
});

export const anyClient = property("V1-client", "no file of the release needs psql", {
  caseKind: "once",
  given: {},
  async holds(_, { release }: CreditsContext): Promise<Violations> {
    return getOwnLists(release).flatMap((list) => {
      const [first, ...more] = listSteps(release, [list]).flatMap(({ step }) =>
        step.statements.filter(({ kind }) => kind === "meta").map((one) => ({ step, one })),
      );

      return first === undefined ? [] : [commandViolation(list, [first, ...more])];
    });
  },
});

interface PsqlCommand {
  readonly step: Step;
  readonly one: Statement;
}

/** psql's own commands in one list. */
function commandViolation(list: ListName, commands: readonly [PsqlCommand, ...PsqlCommand[]]): Violation {
  const [first] = commands;

  return {
    kind: `psql-command-in-${list.replace(/\W/g, "-")}`,
    subject: first.step.path,
    expected: "every line is SQL, and runs through any client",
    got: `ERROR: syntax error at or near "\\" (SQLSTATE 42601) at ${commands.map(formatPosition).join(", and at ")}`,
    script: [
      {
        title: `reproduces the violation: ${formatPosition(first)}, sent as any client but psql sends it`,
        sql: `DO $any_client$\nBEGIN\n  EXECUTE '${first.one.text.replaceAll("'", "''")}';\nEND $any_client$;`,
      },
    ],
    hint: "Leave psql's own commands out of the files",
    evidence: { shows: "error", message: 'syntax error at or near "\\"', sqlstate: "42601" },
  };
}

function formatPosition({ step, one }: PsqlCommand): string {
  return `${step.path}, line ${one.line}: ${one.text}`;
}

export const detectsBreakage = property("V3", "the release's tests fail when a function is broken", {
  caseKind: "migration",
  given: { breakage: breakages() },
  counts: { of: BREAKAGES.length, passing: "broken functions are detected" },
  examples: BREAKAGES.map((breakage) => ({ breakage })),
  async holds({ breakage }, context: CreditsContext) {
    const steps = context.steps("exercise");
    const db = await context.baseline({ accounts: FIXED });
    await db.apply(context.release.lists.migrate);
    await db.prepare(`broken: ${breakage.function} ${breakage.how}`, breakage.sql);
    const applied = await db.apply(steps);

    return firstError(applied) !== undefined || reportsFailure(applied)
      ? undefined
      : db.violation({
          kind: `${breakage.function} ${breakage.how}`,
          expected: `a test fails, or says so, for ${breakage.function} ${breakage.how}`,
          got: formatTestOutput(applied),
          show: steps,
          evidence: noticesEvidence(applied.flatMap(({ result }) => result.notices)),
          hint: "Compare in the tests what the call returned, what it changed, and why it was refused",
        });
  },
});

function reportsFailure(applied: readonly AppliedStatement[]): boolean {
  return applied.some(({ result: outcome }) => {
    const texts = [...outcome.rows.flat(), ...outcome.notices.map(({ message }) => message)];

    return (
      outcome.notices.some(({ severity }) => severity === "WARNING") ||
      texts.some((text) => /\bfail(ed|ure)?\b/i.test(text ?? ""))
    );
  });
}

function formatTestOutput(applied: readonly AppliedStatement[]): string {
  const notices = applied.flatMap(({ result: outcome }) => outcome.notices.map(({ message }) => `"${message}"`));

  return `no test fails${notices.length === 0 ? "" : `; they say ${notices.join(" and ")}`}`;
}
