/**
 * Follows one session by the messages of both sides, and records each statement when the server has completed it (pure).
 * What the client sends waits in a queue; what the server answers concerns the first of it, since the server takes the
 * messages in order (PostgreSQL manual, 54.2 Message Flow).
 */
import { ProtocolError } from "./body-reader.ts";
import {
  addRow,
  type DraftResult,
  type DraftStatement,
  type StatementLog,
  startResult,
  toSent,
} from "./draft-statement.ts";
import { type Portal, type Prepared, PreparedStatements } from "./prepared-statements.ts";
import type { RecordedColumn, RecordedError, TransactionStatus } from "./record.ts";
import type { ClientMessage, ServerMessage } from "./wire-messages.ts";

/** What the client has sent and the server has not completed; `copied` ends the data of a COPY. */
type Pending =
  | Exclude<ClientMessage, { kind: "copyData" | "copyDone" | "copyFail" | "other" }>
  | { readonly kind: "copied"; readonly data: readonly Buffer[] };

const statuses: Readonly<Record<string, TransactionStatus>> = { I: "idle", T: "open", E: "failed" };

const endedEarly: RecordedError = { code: "08006", message: "the session ended before the server had completed it" };

/** Its methods throw a ProtocolError for what cannot be recorded; nothing is recorded of the session from then on. */
export class SessionRecorder {
  readonly #session: number;
  readonly #log: StatementLog;
  readonly #queue: Pending[] = [];
  readonly #prepared = new PreparedStatements();
  #status: TransactionStatus = "idle";
  #isOpen = false;
  #rejection: string | undefined;
  #encoding = "UTF8";
  /** After an error, the server skips messages up to the next Sync. */
  #isSkipping = false;
  #batch: number | undefined;
  /** What the server is executing, once it has answered. */
  #current: DraftStatement | undefined;
  /** The result that rows belong to. */
  #result: DraftResult | undefined;
  /** Recorded, and without the status after them. */
  readonly #unfinished: DraftStatement[] = [];
  /** A COPY from the client; it is open until the client ends its data. */
  #copy: { readonly isBinary: boolean; isOpen: boolean } | undefined;
  #copied: Buffer[] = [];

  constructor(session: number, log: StatementLog) {
    this.#session = session;
    this.#log = log;
  }

  /** Whether the server accepted the session. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The server's message, if it rejected the session. */
  get rejection(): string | undefined {
    return this.#isOpen ? undefined : this.#rejection;
  }

  /** The SQL that the server is working on. */
  get running(): string | undefined {
    return this.#prepared.find(this.#head)?.sql;
  }

  fromClient(message: ClientMessage): void {
    if (message.kind === "other") return;
    if (message.kind === "copyData") this.#copied.push(Buffer.from(message.data));
    else if (message.kind === "copyDone" || message.kind === "copyFail") this.#endCopy(message.kind === "copyDone");
    else {
      if (message.kind === "functionCall") throw new ProtocolError("it calls a function without SQL");
      if (message.kind === "query" || message.kind === "parse") this.#requireReadable(message.sql);
      // While it takes data for COPY, the server ignores Sync (`CopyGetData` in PostgreSQL's source).
      if (message.kind === "sync" && this.#copy?.isOpen === true) return;
      if (message.kind === "sync") this.#isSkipping = false;
      if (!this.#isSkipping) this.#queue.push(message);
    }
  }

  fromServer(message: ServerMessage): void {
    switch (message.kind) {
      case "setting":
        if (message.name === "client_encoding") this.#encoding = message.value;
        break;
      case "error":
        this.#fail({ code: message.code, message: message.message });
        break;
      case "ready":
        this.#finishBatch(statuses[message.status] ?? "idle");
        break;
      case "parsed":
      case "bound":
      case "closed":
      case "noColumns":
      case "parameterTypes":
        this.#answer(message);
        break;
      case "columns":
        if (this.#head?.kind === "describe") this.#answer(message);
        else this.#result = this.#startResult(message.columns);
        break;
      case "row":
        this.#result ??= this.#startResult();
        addRow(this.#result, message, this.#portal?.binding.areColumnsBinary);
        break;
      case "copyIn":
        this.#startCopy(message.isBinary);
        break;
      case "complete":
        this.#complete(message.tag);
        break;
      case "empty":
        this.#complete("");
        break;
      case "suspended":
        this.#complete("", true);
        break;
      case "key":
      case "other":
        break;
    }
  }

  /** Called when the server has closed the session. */
  close(): void {
    if (this.#current?.protocol === "simple") this.#record(this.#current);
    for (const statement of this.#unfinished) statement.error ??= endedEarly;
    this.#finish("idle");
  }

  get #head(): Exclude<Pending, { kind: "copied" }> | undefined {
    // Without a COPY that takes it, the server ignores data.
    for (;;) {
      const [head] = this.#queue;
      if (head?.kind !== "copied") return head;
      this.#queue.shift();
    }
  }

  get #portal(): Portal | undefined {
    return this.#prepared.findPortal(this.#head);
  }

  #requireReadable(text: string): void {
    // Characters beyond ASCII differ from encoding to encoding.
    if (this.#encoding === "UTF8" || this.#encoding === "SQL_ASCII" || /^\p{ASCII}*$/u.test(text)) return;
    throw new ProtocolError(`its client_encoding is ${this.#encoding} instead of UTF8`);
  }

  #endCopy(isComplete: boolean): void {
    const data = isComplete ? this.#copied : [];
    this.#copied = [];
    if (this.#copy?.isOpen === true) this.#keepCopy(this.#copy, data);
    else this.#queue.push({ kind: "copied", data });
  }

  /** What the client sent before the server asked for data is part of it, and Syncs up to its end are ignored. */
  #startCopy(isBinary: boolean): void {
    this.#start();
    this.#copy = { isBinary, isOpen: true };
    const end = this.#queue.findIndex(({ kind }) => kind === "copied");
    const last = this.#queue.splice(1, end < 0 ? this.#queue.length : end).at(-1);
    if (last?.kind === "copied") this.#keepCopy(this.#copy, last.data);
  }

  #keepCopy(copy: { readonly isBinary: boolean; isOpen: boolean }, pieces: readonly Buffer[]): void {
    const { isBinary } = copy;
    copy.isOpen = false;
    const data = Buffer.concat(pieces).toString(isBinary ? "base64" : "utf8");
    if (!isBinary) this.#requireReadable(data);
    this.#start().copies.push({ format: isBinary ? "binary" : "text", data });
  }

  #answer(message: ServerMessage): void {
    if (this.#prepared.apply(this.#head, message)) this.#queue.shift();
  }

  /** The statement that the server is executing. */
  #start(): DraftStatement {
    const prepared = this.#prepared.find(this.#head);
    if (prepared === undefined) throw new ProtocolError("the server executes what was not sent");
    this.#current ??= this.#portal?.suspended ?? this.#draft(prepared);

    return this.#current;
  }

  #draft(prepared: Pick<Prepared, "sql" | "types">): DraftStatement {
    const head = this.#head;
    if (this.#batch === undefined) {
      this.#log.batches += 1;
      this.#batch = this.#log.batches;
    }
    const binding = head?.kind === "bind" ? head : this.#portal?.binding;
    const { values = [], areBinary } = binding ?? {};
    const parameters = toSent(values, areBinary);
    for (const value of parameters) if (typeof value === "string") this.#requireReadable(value);

    return {
      session: this.#session,
      batch: this.#batch,
      protocol: head?.kind === "query" ? "simple" : "extended",
      sql: prepared.sql,
      parameters,
      parameterTypes: values.map((_, index) => prepared.types[index] ?? 0),
      results: [],
      copies: [],
      before: this.#status,
      after: this.#status,
    };
  }

  /** @param columns of the portal, if the server does not describe them again */
  #startResult(columns?: readonly RecordedColumn[]): DraftResult {
    const statement = this.#start();
    const portal = this.#portal;
    const suspended = portal?.suspended?.results.at(-1);
    if (suspended !== undefined) return suspended;
    const result = startResult(columns ?? portal?.columns ?? portal?.prepared.columns ?? []);
    statement.results.push(result);

    return result;
  }

  #complete(tag: string, isSuspended = false): void {
    const statement = this.#start();
    const portal = this.#portal;
    const result = this.#result ?? this.#startResult();
    result.tag = tag;
    this.#result = undefined;
    this.#copy = undefined;
    if (statement.protocol === "simple") return;
    if (portal?.suspended === undefined) this.#record(statement);
    if (portal !== undefined) portal.suspended = isSuspended ? statement : undefined;
    this.#current = undefined;
    this.#queue.shift();
  }

  #fail(error: RecordedError): void {
    this.#copy = undefined;
    this.#copied = [];
    const head = this.#head;
    if (!this.#isOpen) this.#rejection = error.message;
    else if (head?.kind === "sync") {
      // The commit at the end of the batch failed.
      const last = this.#unfinished.at(-1);
      if (last !== undefined) last.error = error;
    } else if (head !== undefined) {
      // It may have named a statement that the server does not have.
      const isKnown = this.#prepared.find(head) !== undefined;
      const statement = isKnown ? this.#start() : this.#draft({ sql: "", types: [] });
      statement.error = error;
      if (this.#result !== undefined) statement.results.splice(-1);
      this.#result = undefined;
      if (statement.protocol === "simple") return;
      if (this.#portal?.suspended === undefined) this.#record(statement);
      this.#current = undefined;
      this.#skip();
    }
  }

  #skip(): void {
    const sync = this.#queue.findIndex(({ kind }) => kind === "sync");
    this.#queue.splice(0, sync < 0 ? this.#queue.length : sync);
    this.#isSkipping = sync < 0;
  }

  #finishBatch(status: TransactionStatus): void {
    if (this.#current?.protocol === "simple") this.#record(this.#current);
    const head = this.#head;
    if (this.#isOpen && head?.kind !== "query" && head?.kind !== "sync") {
      throw new ProtocolError(`the server is ready after ${head?.kind ?? "nothing"}`);
    }
    if (this.#isOpen) this.#queue.shift();
    this.#isOpen = true;
    this.#finish(status);
  }

  #finish(status: TransactionStatus): void {
    for (const statement of this.#unfinished.splice(0)) statement.after = status;
    this.#status = status;
    this.#current = undefined;
    this.#batch = undefined;
  }

  #record(statement: DraftStatement): void {
    this.#log.statements.push(statement);
    this.#unfinished.push(statement);
  }
}
