/** Converts values that were sent in the binary format into PostgreSQL's text, by asking the server. */
import type { ClientConfig } from "pg";
import { pinForSession } from "../database/pinned-settings.ts";
import { abbreviateStatement, Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import { loadParser } from "../release/parser.ts";
import { type BinaryCopy, formatCopyText, readBinaryCopies } from "./decode-copies.ts";
import type { DraftStatement, SentValue } from "./draft-statement.ts";
import type { RecordedCopy, RecordedStatement } from "./record.ts";

/** Of one query. */
const VALUES_MAX = 1_000;

/** The text of each value. */
type Texts = ReadonlyMap<Buffer, string>;

/**
 * Decodes all binary values of a record. A value of a result whose type is gone becomes its bytes in hexadecimal digits.
 * @param connection to the database of the tool, after it has run
 * @throws HarnessError if a parameter cannot be decoded, since its type is unknown or gone
 */
export async function decodeStatements(
  statements: readonly DraftStatement[],
  connection: ClientConfig,
): Promise<readonly RecordedStatement[]> {
  const hasBinaryCopy = ({ copies }: DraftStatement) => copies.some(({ format }) => format === "binary");
  if (!statements.some((statement) => hasBinary(statement) || hasBinaryCopy(statement))) {
    return statements.map((statement) => toRecorded(statement, new Map(), new Map()));
  }
  const typed = await findTypes(statements, connection);
  await using session = await pinForSession(await Session.open(connection));
  const copies = await readBinaryCopies(typed, session, await loadParser());
  const copied = [...copies.values()].flatMap(({ rows, types }) =>
    rows.flatMap((row) => select(row, (index) => types[index])),
  );
  const texts = await decode(session, [...typed.flatMap(listBinary), ...copied]);

  return typed.map((statement) => toRecorded(statement, texts, copies));
}

/** A value and its type's OID. */
interface TypedValue {
  readonly value: Buffer;
  readonly type: number;
}

function listBinary({ parameters, parameterTypes, results }: DraftStatement): readonly TypedValue[] {
  const received = results.flatMap(({ rows, columns }) =>
    rows.flatMap((row) => select(row, (index) => columns[index]?.type)),
  );

  return [...select(parameters, (index) => parameterTypes[index]), ...received];
}

function select(values: readonly SentValue[], findType: (index: number) => number | undefined): readonly TypedValue[] {
  return values.flatMap((value, index) => (Buffer.isBuffer(value) ? [{ value, type: findType(index) ?? 0 }] : []));
}

function hasBinary(statement: DraftStatement): boolean {
  return listBinary(statement).length > 0;
}

/** Asks for the types of the binary parameters that neither the tool declared nor the server described. */
async function findTypes(
  statements: readonly DraftStatement[],
  connection: ClientConfig,
): Promise<readonly DraftStatement[]> {
  const lacksType = ({ parameters, parameterTypes }: DraftStatement) =>
    select(parameters, (index) => parameterTypes[index]).some(({ type }) => type === 0);
  if (!statements.some(lacksType)) return statements;
  await using session = await Session.open(connection);
  const bySql = new Map<string, readonly number[]>();
  for (const { sql } of statements.filter(lacksType)) {
    if (!bySql.has(sql)) bySql.set(sql, await describe(session, sql));
  }

  return statements.map((statement) =>
    lacksType(statement)
      ? {
          ...statement,
          parameterTypes: statement.parameterTypes.map(
            (type, index) => type || (bySql.get(statement.sql)?.[index] ?? 0),
          ),
        }
      : statement,
  );
}

/** The OIDs of a statement's parameters; none if the server cannot plan it any more. */
async function describe(session: Session, sql: string): Promise<readonly number[]> {
  const { error } = await session.tryExecute(`PREPARE plumbline AS ${sql}`);
  if (error !== undefined) return [];
  const rows = await session.query(
    "SELECT unnest(parameter_types)::oid::text AS type FROM pg_prepared_statements WHERE name = 'plumbline'",
  );
  await session.query("DEALLOCATE plumbline");

  return rows.map(({ type }) => Number(type));
}

async function decode(session: Session, values: readonly TypedValue[]): Promise<Texts> {
  const texts = new Map<Buffer, string>();
  const types = [...new Set(values.map(({ type }) => type))];
  const rows = await session.query(
    "SELECT oid::text, format_type(oid, NULL) AS name FROM pg_type WHERE oid = ANY ($1::oid[])",
    [types],
  );
  for (const { oid, name } of rows) {
    const ofType = values.filter(({ type }) => type === Number(oid)).map(({ value }) => value);
    for (let start = 0; start < ofType.length; start += VALUES_MAX) {
      const some = ofType.slice(start, start + VALUES_MAX);
      const list = some.map((_, index) => `(${index}, $${index + 1}::${name ?? ""}::text)`).join(", ");
      const decoded = await session.query(`SELECT text FROM (VALUES ${list}) AS value (at, text) ORDER BY at`, some);
      decoded.forEach(({ text }, index) => {
        const value = some[index];
        if (value !== undefined) texts.set(value, text ?? "");
      });
    }
  }

  return texts;
}

function toRecorded(
  statement: DraftStatement,
  texts: Texts,
  copies: ReadonlyMap<RecordedCopy, BinaryCopy>,
): RecordedStatement {
  const { sql, parameters, results } = statement;

  return {
    ...statement,
    copies: statement.copies.map((copy) => toText(copy, copies.get(copy), texts)),
    parameters: parameters.map((value) => {
      if (!Buffer.isBuffer(value)) return value;
      const text = texts.get(value);
      if (text !== undefined) return text;
      throw new HarnessError(
        `A parameter that the tool sent in the binary format has a type that the server does not know any more, in: ${abbreviateStatement(sql)}`,
        "Cast the parameter to its type in the migration, such as $1::bytea",
      );
    }),
    results: results.map(({ tag, columns, rows, rowCount }) => ({
      ...{ tag, columns, rowCount },
      rows: rows.map((row) =>
        row.map((value) => (Buffer.isBuffer(value) ? (texts.get(value) ?? `\\x${value.toString("hex")}`) : value)),
      ),
    })),
  };
}

/** Left in binary where the type of a column cannot be converted. */
function toText(copy: RecordedCopy, binary: BinaryCopy | undefined, texts: Texts): RecordedCopy {
  const isKnown = (value: Buffer | null) => value === null || texts.has(value);
  if (!binary?.rows.every((row) => row.every(isKnown))) return copy;

  return {
    format: "text",
    data: formatCopyText(binary.rows.map((row) => row.map((value) => value && (texts.get(value) ?? null)))),
  };
}
