/** Formats the answers of a real database for a terminal, and for programs (pure). */
import { pluralize } from "../text/pluralize.ts";
import {
  type CheckAnswer,
  type CheckCost,
  isBroken,
  type MigrationAnswers,
  type MigrationCosts,
  type Refused,
} from "./check.ts";
import { toLine } from "./format-script.ts";

/** The server as a reader names it, and its version. */
interface AskedServer {
  readonly address: string;
  readonly version: string;
}

/** One line a condition, with what asks for it; those that do not hold first. */
export function formatAnswers(migrations: readonly MigrationAnswers[], server: AskedServer): string {
  const lines = migrations.flatMap(({ migration, answers, unasked }) => [
    `${migration} on ${server.address}, PostgreSQL ${server.version}`,
    ...(answers.length + unasked.length === 0 ? ["  no condition to ask for"] : []),
    ...answers.toSorted((one, other) => rank(one) - rank(other)).flatMap(formatAnswer),
    ...unasked.flatMap(({ subject, message }) => [
      `  not asked   ${subject}`,
      `              it may fail on some rows, and no query counts them: ${toLine(message)}`,
      "              repair such rows in the migration, or declare that there are none: see pg-plumbline verify",
    ]),
    "",
  ]);

  return `${[...lines, summarize(migrations)].join("\n")}\n`;
}

type Standing = "broken" | "unknown" | "accepted" | "holds";
const STANDINGS: readonly Standing[] = ["broken", "unknown", "accepted", "holds"];

function getStanding(answer: CheckAnswer): Standing {
  if (isBroken(answer)) return answer.check.isRequired ? "broken" : "accepted";

  return answer.broken === undefined ? "unknown" : "holds";
}

function rank(answer: CheckAnswer): number {
  return STANDINGS.indexOf(getStanding(answer));
}

const INDENT = " ".repeat(14);

function formatAnswer(answer: CheckAnswer): readonly string[] {
  const { check, broken = 0, raised, values, refused } = answer;
  const standing = getStanding(answer);
  const rows = raised === undefined ? pluralize(broken, "row") : "fails";
  const head = {
    broken: rows,
    accepted: rows,
    unknown: "not known",
    holds: "holds",
  };
  return [
    `  ${head[standing].padEnd(10)}  ${toLine(`${check.table}: ${check.condition}`)}`,
    `${INDENT}${toLine(check.reason)}`,
    ...(raised === undefined ? [] : [`${INDENT}the value of a row raises an error (SQLSTATE ${raised})`]),
    ...(refused === undefined ? [] : formatRefused(refused)),
    ...(values?.rows ?? []).map(
      (row) =>
        `${INDENT}${values?.columns.map((name, index) => `${name} = ${formatCell(row[index] ?? null)}`).join(", ")}`,
    ),
  ];
}

function formatRefused({ problem, remedy }: Refused): readonly string[] {
  return [`${INDENT}${toLine(problem)}`, `${INDENT}${remedy}`];
}

function formatCell(value: string | null): string {
  return value === null ? "NULL" : JSON.stringify(value);
}

function summarize(migrations: readonly MigrationAnswers[]): string {
  const standings = migrations.flatMap(({ answers }) => answers.map(getStanding));
  const count = (standing: Standing): number => standings.filter((each) => each === standing).length;
  const unknown = count("unknown") + migrations.reduce((sum, { unasked }) => sum + unasked.length, 0);
  const parts = [
    ...(count("broken") === 0 ? [] : [`${count("broken")} broken`]),
    ...(unknown === 0 ? [] : [`${unknown} not known`]),
    ...(count("accepted") === 0 ? [] : [`${count("accepted")} broken by rows that the migration accepts`]),
    `${count("holds")} held`,
  ];

  return `${pluralize(standings.length, "condition")}: ${parts.join(", ")}`;
}

/** What each query would cost, and how it reads its tables. */
export function formatCosts(migrations: readonly MigrationCosts[], server: AskedServer): string {
  const lines = migrations.flatMap(({ migration, costs }) => [
    `${migration} on ${server.address}, PostgreSQL ${server.version}: nothing was asked`,
    ...costs.flatMap(formatCost),
  ]);

  return `${lines.join("\n")}\n`;
}

function formatCost({ check, cost, scans = [], size, refused }: CheckCost): readonly string[] {
  const table = size === undefined ? [] : [`the table has ${size}`];

  return [
    `  ${(cost === undefined ? "not known" : `cost ${cost}`).padEnd(16)}  ${toLine(`${check.table}: ${check.condition}`)}`,
    ...(refused === undefined ? [`    ${[...scans, ...table].join(", ")}`] : formatRefused(refused)),
  ];
}

/** What `preflight --json` writes. */
export function toAnswersJson(migrations: readonly MigrationAnswers[], server: AskedServer): unknown {
  return {
    server,
    migrations: migrations.map(({ migration, answers, unasked }) => ({
      migration,
      conditions: answers.map((answer) => ({
        ...describeCheck(answer),
        standing: getStanding(answer),
        ...(answer.broken !== undefined && { broken: answer.broken }),
        ...(answer.raised !== undefined && { raised: answer.raised }),
        ...(answer.values !== undefined && { values: answer.values }),
        ...(answer.refused !== undefined && { refused: answer.refused }),
      })),
      unasked,
    })),
  };
}

/** What `preflight --explain --json` writes. */
export function toCostsJson(migrations: readonly MigrationCosts[], server: AskedServer): unknown {
  return {
    server,
    migrations: migrations.map(({ migration, costs }) => ({
      migration,
      conditions: costs.map((one) => {
        const { check: _, ...cost } = one;

        return { ...describeCheck(one), ...cost };
      }),
    })),
  };
}

/** Also what `preflight --json` writes where no server is asked. */
export function describeCheck({ check }: Pick<CheckAnswer, "check">) {
  const { table, condition, reason, isRequired, count } = check;

  return { table, condition, reason, required: isRequired, query: count };
}
