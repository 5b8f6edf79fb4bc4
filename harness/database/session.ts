/**
 * One connection to one database. It keeps the notices that came with a statement, and tells apart what a statement
 * was refused for (a value) from a server that cannot go on (a HarnessError). Values travel as PostgreSQL's own text:
 * a comparison then sees what a person would see.
 */
import {
  Client,
  type ClientConfig,
  DatabaseError,
  type QueryArrayResult,
  type QueryConfig,
  type QueryResult,
} from "pg";
import { HarnessError, Inconclusive, LimitError, messageOf, UnansweredError } from "../errors.ts";
import { UncertainError } from "./uncertain-error.ts";

/** A message of the server that came beside the result. */
export interface Notice {
  readonly severity: string;
  readonly message: string;
}

/** Why the server refused a statement. */
export interface Refusal {
  /** SQLSTATE, five characters. */
  readonly code: string;
  readonly message: string;
}

/** What came of one statement. */
export interface Outcome {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly notices: readonly Notice[];
  readonly refusal?: Refusal;
}

/** A row of the harness's own queries, by column, as text. */
export type Row = Record<string, string | null>;

/** No statement of a release may run longer; one that does is named, and ends the run. */
export const STATEMENT_TIMEOUT_MS = 30_000;

/** SQLSTATEs that speak of what there is in the database, or of the transaction that was left open; not of rights. */
const OF_THE_DATABASE = /^(2[0-9BDF]|42(?!501)|P0)/;

const AS_TEXT = { getTypeParser: () => (value: string) => value };

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

  /**
   * Connects.
   * @throws HarnessError when the server does not take the connection
   */
  static async open(config: ClientConfig): Promise<Session> {
    const limitMs = Number(config.statement_timeout || STATEMENT_TIMEOUT_MS);
    const client = new Client({ ...config, statement_timeout: limitMs, types: AS_TEXT });
    const session = new Session(client, limitMs);

    try {
      await client.connect();
    } catch (error) {
      throw new HarnessError(
        `No connection to the database ${config.database ?? ""}: ${messageOf(error)}`,
        "Check that the server is running and takes more connections",
        error,
      );
    }

    return session;
  }

  /** A session on a client that is connected already. */
  static over(client: Client): Session {
    return new Session(client, STATEMENT_TIMEOUT_MS);
  }

  /**
   * Sends one statement of a release as psql does, by the simple protocol.
   * @returns rows and notices, or the refusal, once the server has let go of what a refused statement had locked
   * @throws HarnessError when the server went away, is full, or the statement ran into the limit
   */
  async attempt(sql: string): Promise<Outcome> {
    this.#notices = [];

    try {
      const result = await this.#client.query<(string | null)[]>({ text: sql, rowMode: "array" });

      return outcomeOf(Array.isArray(result) ? result.at(-1) : result, this.#notices);
    } catch (error) {
      const refused = { columns: [], rows: [], notices: this.#notices, refusal: this.#refusalOf(error, sql) };
      // The server tells of an error before it takes back what was done; it answers again when that is over.
      await this.#ask({ text: "" });

      return refused;
    }
  }

  /**
   * Sends a query of the harness's own.
   * @throws HarnessError when it is refused too: the harness relies on it
   */
  async query(sql: string, values?: readonly unknown[]): Promise<readonly Row[]> {
    return await this.#ask(values === undefined ? { text: sql } : { text: sql, values: [...values] });
  }

  /**
   * Sends a query of the harness's own that is asked again and again: it is planned once, as long as the session lasts.
   * @throws HarnessError when it is refused
   */
  async prepared(sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    let name = this.#prepared.get(sql);
    if (name === undefined) {
      name = `plumbline_${this.#prepared.size + 1}`;
      this.#prepared.set(sql, name);
    }

    return await this.#ask({ name, text: sql, values: [...values] });
  }

  /**
   * Sends statements in one round trip, in a transaction that is rolled back.
   * @returns what came of the last one, or the refusal of the first that was refused
   */
  async trial(statements: readonly string[]): Promise<Outcome> {
    const sql = statements.join(";\n");
    this.#notices = [];

    try {
      const results = (await this.#client.query({
        text: `BEGIN;\n${sql};\nROLLBACK`,
        rowMode: "array",
      })) as unknown as QueryArrayResult<(string | null)[]>[];

      return outcomeOf(results.at(-2), this.#notices);
    } catch (error) {
      const refusal = this.#refusalOf(error, sql);
      await this.#client.query("ROLLBACK");

      return { columns: [], rows: [], notices: this.#notices, refusal };
    }
  }

  /** As the server numbers its process. */
  get pid(): number | undefined {
    return (this.#client as { processID?: number | null }).processID ?? undefined;
  }

  /** False once it was closed or the server ended it. */
  get isOpen(): boolean {
    return this.#lost === undefined && !this.#closed;
  }

  /** What came so far beside the statement at hand, or beside the last one. */
  get notices(): readonly Notice[] {
    return this.#notices;
  }

  /** Closes the connection. Safe to call twice, and after the server went away. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    try {
      await this.#client.end();
    } catch (error) {
      // A connection that is lost already is closed: that is what was asked for.
      this.#lost = error instanceof Error ? error : new Error(String(error));
    }
  }

  async #ask(asked: QueryConfig): Promise<readonly Row[]> {
    try {
      const result: QueryResult<Row> = await this.#client.query<Row>(asked);

      return (Array.isArray(result) ? result.at(-1) : result).rows;
    } catch (error) {
      const refusal = this.#refusalOf(error, asked.text);
      if (OF_THE_DATABASE.test(refusal.code)) {
        throw new UnansweredError(
          `the database does not answer as it should: ${refusal.message} (SQLSTATE ${refusal.code}, in: ${opening(asked.text)})`,
          "Find out what was done to it before",
          error,
        );
      }
      throw new HarnessError(
        `A statement of the harness was refused: ${refusal.message} (SQLSTATE ${refusal.code}, in: ${opening(asked.text)})`,
        "Check that the role may create databases and read the catalog",
        error,
      );
    }
  }

  #refusalOf(error: unknown, sql: string): Refusal {
    // What stands in for a server cannot tell what one would do.
    if (error instanceof Inconclusive) {
      throw error;
    }
    if (error instanceof UncertainError) {
      return error.refusal;
    }
    if (!(error instanceof DatabaseError) || this.#lost !== undefined) {
      throw new HarnessError(
        `The server went away during: ${opening(sql)} (${messageOf(this.#lost ?? error)})`,
        "Look into the server's log, and run again",
        error,
      );
    }

    const code = error.code ?? "";
    const trouble = troubleOf(code, error.message, this.#limitMs);

    if (trouble !== undefined) {
      throw new trouble.Kind(
        `${trouble.what}: ${error.message} (in: ${opening(sql)})`,
        trouble.remedy,
        error,
      );
    }

    return { code, message: error.message };
  }
}

function outcomeOf(
  result: QueryArrayResult<(string | null)[]> | undefined,
  notices: readonly Notice[],
): Outcome {
  return { columns: result?.fields.map((field) => field.name) ?? [], rows: result?.rows ?? [], notices };
}

/** The first line of a statement, short enough for a message. */
export function opening(sql: string): string {
  const line = sql.trim().split("\n", 1)[0] ?? "";

  return line.length > 70 ? `${line.slice(0, 69)}…` : line;
}

/** SQLSTATEs that speak of the server, not of the statement. */
interface Trouble {
  readonly Kind: typeof HarnessError;
  readonly what: string;
  readonly remedy: string;
}

function troubleOf(code: string, message: string, limitMs: number): Trouble | undefined {
  if (code === "57014" && message.includes("statement timeout")) {
    return {
      Kind: LimitError,
      what: `A statement did not end within ${limitMs / 1000} s`,
      remedy: "Find out what it waits for, or why it loops, and run again",
    };
  }
  if (code === "53100") {
    return {
      Kind: HarnessError,
      what: "The server's disk is full",
      remedy: "Free some space, and run again",
    };
  }
  if (/^(08|53|58|XX00[12]|57P0)/.test(code)) {
    return {
      Kind: HarnessError,
      what: "The server cannot go on",
      remedy: "Look into the server's log, and run again",
    };
  }

  return undefined;
}
