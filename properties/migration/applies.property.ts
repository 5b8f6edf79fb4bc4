/** Rules that say that up succeeds, whatever rows the schema before allows. */
import { describeFailedStatement } from "../../harness/release/apply.ts";
import { suggestPlatform } from "../../harness/release/missing-state.ts";
import { getBaselineSteps } from "../../harness/release/recipes.ts";
import type { Failure } from "./apply-within.ts";
import type { Finding } from "./finding.ts";
import { formatAssumption, formatCountQuery } from "./model/assumption.ts";
import { quoteName } from "./model/names.ts";
import { findRefusals, type Refusal } from "./refusals.ts";
import { rule } from "./rule.ts";
import type { MigrationWorld } from "./world.ts";

export const appliesToOrdinaryRows = rule("applies.1", "up succeeds on empty tables and on ordinary rows", {
  search: (world) =>
    search(world, isFault, (refusal) =>
      world.release.origin?.ownRowsOnly === true ? describeOwnFault(world, refusal) : describeFault(refusal),
    ),
  bad: {
    before: "CREATE TABLE sessions (id int PRIMARY KEY, expires timestamptz NOT NULL);",
    up: "ALTER TABLE sessions ADD COLUMN extra jsonb NOT NULL;",
  },
  good: {
    before: "CREATE TABLE sessions (id int PRIMARY KEY, expires timestamptz NOT NULL);",
    up: "ALTER TABLE sessions ADD COLUMN extra jsonb NOT NULL DEFAULT '{}';",
  },
});

export const appliesToAllRows = rule("applies.2", "up succeeds on all rows that the schema before allows", {
  search: async (world) => {
    const all = await findRefusals(world);
    const refusals = all.filter((one) => !one.failure.isEndless && !isFault(one) && !isOfFault(one, all));
    for (const { failure } of refusals.filter(isKnownToAuthor)) {
      const subject = `${failure.step.path}, line ${failure.statement.line}`;
      const where = isRaised(failure) ? "" : " where a number is the largest of its type";
      world.note({ rule: "applies.2", subject, text: `${failure.error.message.replace(/\.$/, "")}${where}` });
    }

    return refusals.filter((one) => !isKnownToAuthor(one)).map(describeAssumption);
  },
  bad: {
    before: "CREATE TABLE users (id int PRIMARY KEY, email text);",
    up: "ALTER TABLE users ALTER COLUMN email SET NOT NULL;",
  },
  good: {
    before: "CREATE TABLE users (id int PRIMARY KEY, email text);",
    up: "UPDATE users SET email = '' WHERE email IS NULL;\nALTER TABLE users ALTER COLUMN email SET NOT NULL;",
  },
});

export const ends = rule("applies.3", "up ends", {
  search: (world) => search(world, ({ failure }) => failure.isEndless, describeEndless),
  bad: {
    before: "CREATE TABLE mails (id int PRIMARY KEY, name text);",
    up: `ALTER TABLE mails ADD COLUMN slug text;
DO $$
BEGIN
  LOOP
    UPDATE mails SET slug = lower(name) WHERE id IN (SELECT id FROM mails WHERE slug IS NULL ORDER BY id LIMIT 100);
    EXIT WHEN NOT FOUND;
  END LOOP;
END $$;`,
  },
  good: {
    before: "CREATE TABLE mails (id int PRIMARY KEY, name text);",
    up: "ALTER TABLE mails ADD COLUMN slug text;\nUPDATE mails SET slug = lower(name) WHERE name IS NOT NULL;",
  },
});

async function search(
  world: MigrationWorld,
  isMeant: (refusal: Refusal) => boolean,
  describe: (refusal: Refusal) => Promise<Finding> | Finding,
): Promise<readonly Finding[]> {
  return await Promise.all((await findRefusals(world)).filter(isMeant).map(describe));
}

/** Of something that is not there, or not of the type that is needed: no rows excuse it (Appendix A, classes 0A to 42). */
const STRUCTURAL = /^(42|0A|2F|3F)/;

/** What up adds to columns that were there is for the author to know; all else should go well on ordinary rows. */
function isFault({ failure, rows: { level }, aim }: Refusal): boolean {
  if (level === "empty") return !failure.isEndless;
  if (failure.isEndless || aim !== undefined || isRaised(failure)) return false;

  return !isOfValues(failure) && (level === "mild" || STRUCTURAL.test(failure.error.code));
}

/** True where the same statement fails on ordinary rows, too, in the same way: it has to be corrected anyhow. */
function isOfFault({ failure, aim }: Refusal, all: readonly Refusal[]): boolean {
  return (
    aim === undefined &&
    all.some(
      (other) =>
        isFault(other) &&
        other.failure.statement === failure.statement &&
        other.failure.error.code === failure.error.code,
    )
  );
}

/**
 * True for a value that cannot be read or calculated with, or that a statement copies to a column which does not take it:
 * which texts a column holds, and which ids of rows elsewhere, the schema does not say.
 */
function isOfValues(failure: Failure): boolean {
  const { code, message } = failure.error;
  const isCopied = code === "23514" || (code === "23503" && message.startsWith("insert or update"));
  // Such as of ltree; that of a statement says "syntax error at or near".
  const isUnreadable = /^22/.test(code) || (code === "42601" && !message.startsWith("syntax error"));

  return isUnreadable || (isCopied && failure.statement.node !== "AlterTableStmt") || isOfRowsElsewhere(failure);
}

/** True for a column that an UPDATE before fills from other rows: that each row has one there, the schema does not say. */
function isOfRowsElsewhere({ error: { message }, step, statement }: Failure): boolean {
  const [, column] = /^column "(.+)" of relation ".+" contains null values$/.exec(message) ?? [];
  const before = step.statements.slice(0, step.statements.indexOf(statement));

  return (
    column !== undefined &&
    before.some(
      ({ node, text }) =>
        node === "UpdateStmt" && /\bFROM\b/i.test(text) && findWords(text).includes(column.toLowerCase()),
    )
  );
}

function findWords(text: string): readonly string[] {
  return text.toLowerCase().match(/\w+/g) ?? [];
}

/** True where the migration itself checks the rows, and raises the error: its author knows of them. */
export function isRaised({ error, statement }: Failure): boolean {
  return error.code === "P0001" && /\bRAISE\b/i.test(statement.text);
}

/**
 * Arithmetic on the largest numbers overflows in most migrations that calculate; and what a migration refuses in words
 * of its own, its author has declared.
 */
function isKnownToAuthor({ failure, aim, rows: { level } }: Refusal): boolean {
  return isRaised(failure) || (level !== "mild" && failure.error.code === "22003" && aim === undefined);
}

function describeFault(refusal: Refusal): Finding {
  const isEmpty = refusal.rows.level === "empty";

  return {
    ...describe(refusal),
    answer: "error",
    kind: isEmpty ? "fails-on-empty-tables" : "fails-on-rows",
    expected: isEmpty ? "up succeeds on empty tables" : "up succeeds on ordinary rows",
    hint: suggestRepair(refusal),
  };
}

/** Of a migration that is known for the rows of the state before alone: which of them there are, its author knows. */
async function describeOwnFault(world: MigrationWorld, refusal: Refusal): Promise<Finding> {
  const assumed = await assumeNoNull(world, refusal);

  return {
    ...describe(refusal),
    answer: "declare",
    kind: "fails-on-rows",
    expected: "up succeeds on the rows that are there before it",
    declare: assumed ?? formatException("applies.1", refusal),
    hint: "Make the code succeed on such rows, or declare that there are none",
  };
}

/** The comment that no row has a NULL for which up fails; undefined unless rows were generated, and one has it. */
async function assumeNoNull(world: MigrationWorld, { failure, rows }: Refusal): Promise<string | undefined> {
  const [, column, table] = /^column "(.+)" of relation "(.+)" contains null values$/.exec(failure.error.message) ?? [];
  const isGenerated = getBaselineSteps(world.release).some((step) => step.isGenerated);
  if (column === undefined || table === undefined || !isGenerated) return undefined;
  const [from, name] = [quoteName(table), quoteName(column)];
  const found = await world.withDatabase(rows, ({ session }) =>
    session.tryExecute(`SELECT FROM ${from} WHERE ${name} IS NULL LIMIT 1`),
  );

  return found.rows.length === 0 ? undefined : `-- plumbline: assume ${from}: ${name} IS NOT NULL`;
}

/** The comment that lets a statement fail; its reason is for the author to give. */
function formatException(rule: string, { failure: { step, statement } }: Refusal): string {
  return `-- plumbline: allow ${rule} because <why no row makes ${step.path}, line ${statement.line} fail>`;
}

function suggestRepair({ failure: { error }, rows: { level } }: Refusal): string {
  if (level === "empty") {
    const provided = suggestPlatform(error);

    return `${provided === undefined ? "Correct" : `${provided}; else correct`} the statement: it fails in every new database`;
  }

  return error.code === "23502"
    ? "Give the rows that are there a value first, by a DEFAULT or an UPDATE"
    : "Make the statement succeed on the rows that are there";
}

const KINDS = {
  "not-null": "refuses-null",
  unique: "refuses-duplicates",
  exclusion: "refuses-pairs",
  check: "refuses-values",
  "foreign-key": "refuses-orphans",
  type: "refuses-values-of-old-type",
  partition: "refuses-rows-of-default-partition",
} as const;

export function describeAssumption(refusal: Refusal): Finding {
  const { aim, assumption } = refusal;

  return {
    ...describe(refusal),
    answer: "declare",
    kind: aim === undefined ? "fails-on-some-rows" : KINDS[aim.kind],
    ...(aim === undefined ? {} : { subject: `${aim.table}.${aim.constraint}` }),
    expected: "up succeeds on all rows that the schema before allows",
    declare: assumption === undefined ? formatException("applies.2", refusal) : formatAssumption(assumption),
    hint:
      assumption === undefined
        ? "Make the statement succeed on such rows, or declare that there are none"
        : `Repair such rows before, or declare that there are none; this counts them: ${formatCountQuery(assumption)}`,
  };
}

function describeEndless(refusal: Refusal): Finding {
  return {
    ...describe(refusal),
    answer: "error",
    kind: "never-ends",
    expected: "up ends",
    settings: "SET statement_timeout = '5s';",
    hint: "Let each pass of the loop go past the rows that it could not change",
  };
}

function describe({ failure, rows, isAssumedAway = false }: Refusal): Omit<Finding, "answer" | "kind" | "expected"> {
  const { step, statement, error } = failure;

  return {
    subject: `${step.path}, line ${statement.line}`,
    got: describeFailedStatement(failure),
    failed: { step, statement },
    rows,
    isAssumedAway,
    evidence: { shows: "error", message: error.message, sqlstate: error.code },
  };
}
