/**
 * Opens connections to a database and sends statements. It keeps the notices of each statement, and separates an error
 * that a statement raised (a value) from a server that cannot continue (a HarnessError). Values arrive as PostgreSQL's
 * own text, so that a comparison sees what a reader sees.
 */
import type { EventEmitter } from "node:events";
import {
  Client,
  type ClientConfig,
  DatabaseError,
  type QueryArrayResult,
  type QueryConfig,
  type QueryResult,
} from "pg";
import { HarnessError, Inconclusive, messageOf, UnansweredError } from "../errors.ts";
import { findServerError, type SqlError } from "./sql-error.ts";

/** A message that the server sent along with a result. */
export interface Notice {
  readonly severity: string;
  readonly message: string;
}

/** The result of a statement: rows, or the error that it raised. */
export interface StatementResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly notices: readonly Notice[];
  readonly error?: SqlError;
}

/** A row of one of the harness's own queries: PostgreSQL's text by column. */
export type TextRow = Record<string, string | null>;

/** The statement_timeout of a session, unless its configuration sets another. */
export const STATEMENT_TIMEOUT_MS = 30_000;

/** SQLSTATEs that are about the contents of the database or an open transaction, not about privileges or the server. */
const ABOUT_CONTENTS = /^(2[0-9BDF]|42(?!501)|P0)/;

const AS_TEXT = { getTypeParser: () => (value: string) => value };

/**
 * One connection. Statements under test go through `tryExecute` and `tryAndRollBack`, which return SQL errors; queries of
 * the harness through `query` and `queryPrepared`, which throw them. All throw a HarnessError if the server is gone or
 * full, a LimitError if a statement exceeds the statement_timeout, and Inconclusive if a substitute for PostgreSQL
 * cannot decide. One statement at a time.
 */
export class Session implements AsyncDisposable {
  readonly #client: Client;
  readonly #limitMs: number;
  readonly #prepared = new Map<string, string>();
  #notices: Notice[] = [];
  #lost: Error | undefined;
  #closed = false;

  private constructor(client: Client, limitMs: number) {
    this.#client = client;
    this.#limitMs = limitMs;
    client.on("notice", (notice) => {
      this.#notices.push({ severity: notice.severity ?? "NOTICE", message: notice.message ?? "" });
    });
    client.on("error", (error) => {
      this.#lost = error;
    });
  }

  /** @throws HarnessError if the server does not accept the connection */
  static async open(config: ClientConfig): Promise<Session> {
    const limitMs = Number(config.statement_timeout || STATEMENT_TIMEOUT_MS);
    const client = new Client({ ...config, statement_timeout: limitMs, types: AS_TEXT });
    const session = new Session(client, limitMs);

    try {
      await client.connect();
    } catch (error) {
      throw new HarnessError(
        `No connection to the database ${config.database ?? ""}: ${messageOf(error)}`,
        "Check that the server is running and accepts more connections",
        error,
      );
    }

    return session;
  }

  /** A session on a client that is connected already. */
  static fromClient(client: Client): Session {
    return new Session(client, STATEMENT_TIMEOUT_MS);
  }

  /**
   * Sends a statement under test as psql does, by the simple query protocol (PostgreSQL manual, 54.2.2 Simple Query).
   * If it raises an error, this returns after the server has rolled it back and released its locks.
   */
  async tryExecute(sql: string): Promise<StatementResult> {
    this.#notices = [];

    try {
      const result = await this.#client.query<(string | null)[]>({ text: sql, rowMode: "array" });

      return toStatementResult(Array.isArray(result) ? result.at(-1) : result, this.#notices);
    } catch (thrown) {
      const error = this.#toSqlError(thrown, sql);
      const notices = this.#notices;
      // The server reports an error before it rolls back; it answers again when that is done.
      await this.#send({ text: "" });

      return { columns: [], rows: [], notices, error };
    }
  }

  /**
   * Sends statements under test as one message of the simple query protocol, which PostgreSQL runs in one transaction
   * (PostgreSQL manual, 54.2.2.1 Multiple Statements in a Simple Query).
   * @returns the results up to the first error; before an error, those of the statements are without rows
   */
  async tryExecuteAll(statements: readonly string[]): Promise<readonly StatementResult[]> {
    if (statements.length === 0) return [];
    let completed = 0;
    const count = () => {
      completed += 1;
    };
    const sql = statements.join(";\n");
    const { connection } = this.#client as unknown as { readonly connection?: EventEmitter };
    connection?.on("commandComplete", count);
    this.#notices = [];

    try {
      const result = await this.#client.query<(string | null)[]>({ text: sql, rowMode: "array" });
      const results = (Array.isArray(result) ? result : [result]) as QueryArrayResult<(string | null)[]>[];

      return results.map((each, index) => toStatementResult(each, index === 0 ? this.#notices : []));
    } catch (thrown) {
      const error = this.#toSqlError(thrown, sql);
      const results = Array.from({ length: Math.min(completed, statements.length - 1) }, () =>
        toStatementResult(undefined, []),
      );
      const notices = this.#notices;
      await this.#send({ text: "" });

      return [...results, { columns: [], rows: [], notices, error }];
    } finally {
      connection?.off("commandComplete", count);
    }
  }

  /** Sends a query of the harness. An SQL error is thrown, as a HarnessError. */
  async query(sql: string, values?: readonly unknown[]): Promise<readonly TextRow[]> {
    return await this.#send(values === undefined ? { text: sql } : { text: sql, values: [...values] });
  }

  /** Like `query`, for what is sent often: the server parses it once a session. */
  async queryPrepared(sql: string, values: readonly unknown[] = []): Promise<readonly TextRow[]> {
    let name = this.#prepared.get(sql);
    if (name === undefined) {
      name = `plumbline_${this.#prepared.size + 1}`;
      this.#prepared.set(sql, name);
    }

    return await this.#send({ name, text: sql, values: [...values] });
  }

  /**
   * Sends statements in one round trip, in a transaction that is rolled back.
   * @returns the result of the last one, or the first error
   */
  async tryAndRollBack(statements: readonly string[]): Promise<StatementResult> {
    const sql = statements.join(";\n");
    this.#notices = [];

    try {
      const results = (await this.#client.query({
        text: `BEGIN;\n${sql};\nROLLBACK`,
        rowMode: "array",
      })) as unknown as QueryArrayResult<(string | null)[]>[];

      return toStatementResult(results.at(-2), this.#notices);
    } catch (thrown) {
      const error = this.#toSqlError(thrown, sql);
      await this.#client.query("ROLLBACK");

      return { columns: [], rows: [], notices: this.#notices, error };
    }
  }

  /** The id of the server process; 0 in memory. */
  get pid(): number {
    return (this.#client as { processID?: number }).processID ?? 0;
  }

  /** False once the session was closed or the server ended it. */
  get isOpen(): boolean {
    return this.#lost === undefined && !this.#closed;
  }

  /** Whether a transaction is open, failed or not, as the server said after the last statement; true where it is not known. */
  get isInTransaction(): boolean {
    return (this.#client as Partial<Client>).getTransactionStatus?.() !== "I";
  }

  /** The notices so far of the statement that is running, or of the last one. */
  get notices(): readonly Notice[] {
    return this.#notices;
  }

  /** Closes the connection. Safe to call twice, and after the server is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    try {
      await this.#client.end();
    } catch (error) {
      // A lost connection is closed.
      this.#lost = error instanceof Error ? error : new Error(String(error));
    }
  }

  async #send(query: QueryConfig): Promise<readonly TextRow[]> {
    try {
      const result: QueryResult<TextRow> = await this.#client.query<TextRow>(query);

      return (Array.isArray(result) ? result.at(-1) : result).rows;
    } catch (error) {
      const { code, message } = this.#toSqlError(error, query.text);
      const detail = `${message} (SQLSTATE ${code}, in: ${abbreviateStatement(query.text)})`;
      if (ABOUT_CONTENTS.test(code)) {
        throw new UnansweredError(
          `the database does not answer as it should: ${detail}`,
          "Find out what changed it before",
          error,
        );
      }
      throw new HarnessError(
        `A query of the harness failed: ${detail}`,
        "Check that the role may create databases and read the catalog",
        error,
      );
    }
  }

  #toSqlError(error: unknown, sql: string): SqlError {
    if (error instanceof Inconclusive) throw error;
    const statement = abbreviateStatement(sql);
    if (!(error instanceof DatabaseError) || this.#lost !== undefined) {
      throw new HarnessError(
        `The server went away during: ${statement} (${messageOf(this.#lost ?? error)})`,
        "Check the server's log, and run again",
        error,
      );
    }
    const serverError = findServerError(error, this.#limitMs, statement);
    if (serverError !== undefined) throw serverError;

    return { code: error.code ?? "", message: error.message };
  }
}

function toStatementResult(
  result: QueryArrayResult<(string | null)[]> | undefined,
  notices: readonly Notice[],
): StatementResult {
  return { columns: result?.fields.map((field) => field.name) ?? [], rows: result?.rows ?? [], notices };
}

/** The first line of a statement, at most 70 characters. */
export function abbreviateStatement(sql: string): string {
  const line = sql.trim().split("\n", 1)[0] ?? "";

  return line.length > 70 ? `${line.slice(0, 69)}…` : line;
}
