/**
 * Parses PostgreSQL's frontend/backend protocol, version 3 (pure; PostgreSQL manual, 54.7 Message Formats). Text is taken
 * as UTF-8.
 */
import { BodyReader, ProtocolError } from "./body-reader.ts";

/** A message without its length. */
export interface WireMessage {
  /** The letter of its type. */
  readonly type: string;
  readonly body: Buffer;
}

/** Codes of the messages that have no type (PostgreSQL manual, 54.7). */
const CANCEL_REQUEST = 80877102;
const SSL_REQUEST = 80877103;
const GSSENC_REQUEST = 80877104;

/** The server accepts no longer startup packet (`MAX_STARTUP_PACKET_LENGTH` in PostgreSQL's source). */
const STARTUP_MAX_BYTES = 10_000;
const LENGTH_BYTES = 4;
const HEADER_BYTES = 1 + LENGTH_BYTES;

/** Splits what arrives, in pieces of any size, into messages. Copies each byte once at most, however large a message is. */
export class MessageSplitter {
  #pieces: Buffer[] = [];
  #size = 0;
  /** How many bytes the next message has, as far as that is known. */
  #needed = HEADER_BYTES;

  /**
   * Returns the messages that this piece completes.
   * @throws ProtocolError if a length is impossible
   */
  push(piece: Buffer): readonly WireMessage[] {
    this.#pieces.push(piece);
    this.#size += piece.length;
    if (this.#size < this.#needed) return [];
    const bytes = this.#pieces.length === 1 ? piece : Buffer.concat(this.#pieces);
    const messages: WireMessage[] = [];
    let start = 0;
    for (;;) {
      const left = bytes.length - start;
      this.#needed = left < HEADER_BYTES ? HEADER_BYTES : 1 + readLength(bytes, start + 1);
      if (left < this.#needed) break;
      messages.push({
        type: String.fromCharCode(bytes[start] ?? 0),
        body: bytes.subarray(start + HEADER_BYTES, start + this.#needed),
      });
      start += this.#needed;
    }
    this.#size = bytes.length - start;
    this.#pieces = this.#size === 0 ? [] : [bytes.subarray(start)];

    return messages;
  }
}

function readLength(bytes: Buffer, at: number): number {
  const length = bytes.readInt32BE(at);
  if (length < LENGTH_BYTES) throw new ProtocolError(`a message cannot have ${length} bytes`);

  return length;
}

/** A message that a connection begins with. */
export interface StartupMessage {
  readonly kind: "startup" | "cancel" | "encryption";
  /** The whole message. */
  readonly bytes: Buffer;
  /** Of a startup message, by name. */
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Parses the first message; undefined while it is incomplete.
 * @throws ProtocolError if it is none of the protocol
 */
export function parseStartup(received: Buffer): StartupMessage | undefined {
  if (received.length < LENGTH_BYTES) return undefined;
  const length = readLength(received, 0);
  if (length > STARTUP_MAX_BYTES) throw new ProtocolError("it does not begin with a startup message");
  if (received.length < length) return undefined;
  const bytes = received.subarray(0, length);
  const reader = new BodyReader(bytes.subarray(LENGTH_BYTES));
  const code = reader.int32();
  if (code === CANCEL_REQUEST) return { kind: "cancel", bytes, parameters: {} };
  if (code === SSL_REQUEST || code === GSSENC_REQUEST) return { kind: "encryption", bytes, parameters: {} };
  if (code >> 16 !== 3) throw new ProtocolError("it speaks another version of the protocol than 3");
  const parameters: Record<string, string> = {};
  for (let name = reader.text(); name !== ""; name = reader.text()) parameters[name] = reader.text();

  return { kind: "startup", bytes, parameters };
}

/** A prepared statement or a portal. */
type Target = "statement" | "portal";

/** What a client sends in a session. */
export type ClientMessage =
  | { readonly kind: "query"; readonly sql: string }
  | { readonly kind: "parse"; readonly name: string; readonly sql: string; readonly types: readonly number[] }
  | ({ readonly kind: "bind" } & Binding)
  | { readonly kind: "describe" | "close"; readonly target: Target; readonly name: string }
  | { readonly kind: "execute"; readonly portal: string }
  | { readonly kind: "copyData"; readonly data: Buffer }
  | { readonly kind: "sync" | "copyDone" | "copyFail" | "functionCall" | "other" };

export interface Binding {
  readonly portal: string;
  readonly statement: string;
  readonly values: readonly (Buffer | null)[];
  /** Whether each value is binary: none where all are text, one for all of them, or one for each. */
  readonly areBinary: readonly boolean[];
  /** The same of the columns of the result. */
  readonly areColumnsBinary: readonly boolean[];
}

/** @throws ProtocolError if the message ends too early */
export function parseClientMessage({ type, body }: WireMessage): ClientMessage {
  const reader = new BodyReader(body);
  switch (type) {
    case "Q":
      return { kind: "query", sql: reader.text() };
    case "P":
      return {
        kind: "parse",
        name: reader.text(),
        sql: reader.text(),
        types: reader.list(() => reader.int32() >>> 0),
      };
    case "B":
      return parseBind(reader);
    case "D":
      return { kind: "describe", ...parseTarget(reader) };
    case "C":
      return { kind: "close", ...parseTarget(reader) };
    case "E":
      return { kind: "execute", portal: reader.text() };
    case "S":
      return { kind: "sync" };
    case "d":
      return { kind: "copyData", data: body };
    case "c":
      return { kind: "copyDone" };
    case "f":
      return { kind: "copyFail" };
    case "F":
      return { kind: "functionCall" };
    default:
      return { kind: "other" };
  }
}

function parseBind(reader: BodyReader): ClientMessage {
  const [portal, statement] = [reader.text(), reader.text()];
  const areBinary = reader.list(() => reader.int16() === 1);
  const values = reader.list(() => reader.value());
  const areColumnsBinary = reader.list(() => reader.int16() === 1);

  return { kind: "bind", portal, statement, values, areBinary, areColumnsBinary };
}

function parseTarget(reader: BodyReader): { readonly target: Target; readonly name: string } {
  return { target: reader.byte() === "S" ? "statement" : "portal", name: reader.text() };
}

export interface WireColumn {
  readonly name: string;
  /** Its type's OID. */
  readonly type: number;
}

/** What a server sends in a session. */
export type ServerMessage =
  | { readonly kind: "columns"; readonly columns: readonly WireColumn[] }
  | { readonly kind: "parameterTypes"; readonly types: readonly number[] }
  | { readonly kind: "row"; readonly values: readonly (Buffer | null)[] }
  | { readonly kind: "complete"; readonly tag: string }
  | { readonly kind: "error"; readonly code: string; readonly message: string }
  | { readonly kind: "copyIn"; readonly isBinary: boolean }
  | { readonly kind: "ready"; readonly status: string }
  | { readonly kind: "setting"; readonly name: string; readonly value: string }
  | { readonly kind: "key"; readonly key: Buffer }
  | { readonly kind: "parsed" | "bound" | "closed" | "noColumns" | "empty" | "suspended" | "other" };

/** @throws ProtocolError if the message ends too early */
export function parseServerMessage({ type, body }: WireMessage): ServerMessage {
  const reader = new BodyReader(body);
  switch (type) {
    case "T":
      return { kind: "columns", columns: reader.list(() => parseColumn(reader)) };
    case "t":
      return { kind: "parameterTypes", types: reader.list(() => reader.int32() >>> 0) };
    case "D":
      return {
        kind: "row",
        // Most rows of a long result are not kept, and need not be parsed.
        get values() {
          const row = new BodyReader(body);

          return row.list(() => row.value());
        },
      };
    case "C":
      return { kind: "complete", tag: reader.text() };
    case "E":
      return parseError(reader);
    case "G":
      return { kind: "copyIn", isBinary: body[0] === 1 };
    case "Z":
      return { kind: "ready", status: reader.byte() };
    case "S":
      return { kind: "setting", name: reader.text(), value: reader.text() };
    case "K":
      return { kind: "key", key: body };
    default:
      return { kind: bareKinds[type] ?? "other" };
  }
}

const bareKinds: Readonly<
  Record<string, "parsed" | "bound" | "closed" | "noColumns" | "empty" | "suspended" | undefined>
> = { 1: "parsed", 2: "bound", 3: "closed", n: "noColumns", I: "empty", s: "suspended" };

function parseColumn(reader: BodyReader): WireColumn {
  const name = reader.text();
  reader.skip(6);
  const type = reader.int32() >>> 0;
  reader.skip(8);

  return { name, type };
}

/** The fields are in 54.8 Error and Notice Message Fields. */
function parseError(reader: BodyReader): ServerMessage {
  const fields: Record<string, string> = {};
  for (let field = reader.byte(); field !== "\0"; field = reader.byte()) fields[field] = reader.text();
  const { C: code = "", M: message = "" } = fields;

  return { kind: "error", code, message };
}

/** A CancelRequest for the session whose BackendKeyData this is. */
export function formatCancelRequest(key: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeInt32BE(header.length + key.length, 0);
  header.writeInt32BE(CANCEL_REQUEST, 4);

  return Buffer.concat([header, key]);
}
