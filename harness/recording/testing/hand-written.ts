/** Records written by hand, for tests of what follows from one. */
import type { Parser } from "../../release/parser.ts";
import type { RecordedResult, RecordedStatement, ToolRecord, TransactionStatus } from "../record.ts";
import { type SentStatement, splitMessage } from "../sent-statements.ts";

/** What matters in a test; the rest is filled in. */
export interface WrittenMessage extends Partial<Omit<RecordedStatement, "results">> {
  readonly sql: string;
  /** Of each statement; by default one result for each statement that a semicolon ends. */
  readonly results?: readonly Partial<RecordedResult>[];
}

/** An Execute with parameters, each a value and the OID of its type. */
export function execute(
  sql: string,
  parameters: readonly (readonly [string | null, number])[] = [],
  results: readonly Partial<RecordedResult>[] = [{}],
): WrittenMessage {
  return {
    ...{ sql, results, protocol: "extended" },
    parameters: parameters.map(([value]) => value),
    parameterTypes: parameters.map(([, type]) => type),
  };
}

/** A message that the server rejected after so many statements had completed. */
export function fail(sql: string, completed = 0): WrittenMessage {
  return { sql, results: Array.from({ length: completed }, () => ({})), error: { code: "42P01", message: "no" } };
}

/** A record of messages: a text is a simple query. */
export function writeRecord(
  parser: Parser,
  messages: readonly (string | WrittenMessage)[],
  settings: Readonly<Record<string, string>> = {},
): ToolRecord {
  let status: TransactionStatus = "idle";
  const statements = messages.map((written, index) => {
    const message = typeof written === "string" ? { sql: written } : written;
    const before = status;
    status = message.after ?? findStatus(message, before);

    return toMessage(parser, message, { batch: index + 1, before, after: status });
  });
  const sessions = [...new Set(statements.map(({ session }) => session))].map((session) => ({
    ...{ session, user: "postgres", database: "app", settings },
  }));

  return { database: "app", sessions, statements, exitCode: 0, output: "", durationMs: 1 };
}

export function splitOnly(parser: Parser, message: WrittenMessage): SentStatement {
  const [statement] = splitMessage(toMessage(parser, message, { batch: 1, before: "idle", after: "idle" }), parser);
  if (statement === undefined) throw new Error("a message has a statement");

  return statement;
}

function toMessage(
  parser: Parser,
  { results, ...message }: WrittenMessage,
  defaults: Pick<RecordedStatement, "batch" | "before" | "after">,
): RecordedStatement {
  const parsed = parser.parse(message.sql);
  const written: readonly Partial<RecordedResult>[] =
    results ?? ("statements" in parsed ? parsed.statements.map(() => ({})) : []);

  return {
    ...{ session: 1, protocol: "simple", parameters: [], parameterTypes: [], copies: [], ...defaults, ...message },
    results: written.map((result) => ({
      tag: "",
      columns: [],
      rows: [],
      rowCount: result.rows?.length ?? 0,
      ...result,
    })),
  };
}

function findStatus({ sql, error }: WrittenMessage, before: TransactionStatus): TransactionStatus {
  if (error !== undefined) return before === "idle" ? "idle" : "failed";
  const last = sql.match(/\b(?:BEGIN|COMMIT|ROLLBACK)\b(?! TO)/gi)?.at(-1);

  return last === undefined ? before : /begin/i.test(last) ? "open" : "idle";
}
