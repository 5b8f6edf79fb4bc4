import { expect, test } from "vitest";
import { ProtocolError } from "./body-reader.ts";
import {
  type ClientMessage,
  formatCancelRequest,
  MessageSplitter,
  parseClientMessage,
  parseServerMessage,
  parseStartup,
  type ServerMessage,
  type WireMessage,
} from "./wire-messages.ts";

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);

  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);

  return bytes;
}

/** A text with its zero byte. */
const text = (value: string) => Buffer.from(`${value}\0`);

function message(type: string, ...fields: readonly Buffer[]): Buffer {
  const body = Buffer.concat(fields);

  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

const value = (bytes: string) => Buffer.concat([int32(bytes.length), Buffer.from(bytes)]);
const NULL = int32(0xff_ff_ff_ff);

const fromClient: readonly (readonly [Buffer, ClientMessage])[] = [
  [message("Q", text("SELECT 'é'")), { kind: "query", sql: "SELECT 'é'" }],
  [
    message("P", text("s"), text("SELECT $1, $2"), int16(2), int32(23), int32(4_000_000_000)),
    { kind: "parse", name: "s", sql: "SELECT $1, $2", types: [23, 4_000_000_000] },
  ],
  [
    message(
      "B",
      text("p"),
      text("s"),
      int16(1),
      int16(1),
      int16(3),
      value("ab"),
      NULL,
      value(""),
      int16(2),
      int16(0),
      int16(1),
    ),
    {
      ...{ kind: "bind", portal: "p", statement: "s", areBinary: [true], areColumnsBinary: [false, true] },
      values: [Buffer.from("ab"), null, Buffer.from("")],
    },
  ],
  [message("D", Buffer.from("S"), text("s")), { kind: "describe", target: "statement", name: "s" }],
  [message("D", Buffer.from("P"), text("p")), { kind: "describe", target: "portal", name: "p" }],
  [message("C", Buffer.from("P"), text("")), { kind: "close", target: "portal", name: "" }],
  [message("E", text("p"), int32(0)), { kind: "execute", portal: "p" }],
  [message("d", Buffer.from("1\t2\n")), { kind: "copyData", data: Buffer.from("1\t2\n") }],
  [message("c"), { kind: "copyDone" }],
  [message("f", text("no")), { kind: "copyFail" }],
  [message("S"), { kind: "sync" }],
  [message("F", int32(1)), { kind: "functionCall" }],
  [message("H"), { kind: "other" }],
  [message("p", text("secret")), { kind: "other" }],
  [message("X"), { kind: "other" }],
];

const column = (name: string, type: number) =>
  Buffer.concat([text(name), int32(7), int16(1), int32(type), int16(4), NULL, int16(0)]);

const fromServer: readonly (readonly [Buffer, ServerMessage])[] = [
  [message("S", text("client_encoding"), text("UTF8")), { kind: "setting", name: "client_encoding", value: "UTF8" }],
  [message("K", int32(1), int32(2)), { kind: "key", key: Buffer.concat([int32(1), int32(2)]) }],
  [message("Z", Buffer.from("T")), { kind: "ready", status: "T" }],
  [message("1"), { kind: "parsed" }],
  [message("2"), { kind: "bound" }],
  [message("3"), { kind: "closed" }],
  [message("n"), { kind: "noColumns" }],
  [message("t", int16(1), int32(25)), { kind: "parameterTypes", types: [25] }],
  [
    message("T", int16(2), column("a", 23), column("é", 25)),
    {
      kind: "columns",
      columns: [
        { name: "a", type: 23 },
        { name: "é", type: 25 },
      ],
    },
  ],
  [message("D", int16(2), value("1"), NULL), { kind: "row", values: [Buffer.from("1"), null] }],
  [message("C", text("SELECT 1")), { kind: "complete", tag: "SELECT 1" }],
  [message("I"), { kind: "empty" }],
  [message("s"), { kind: "suspended" }],
  [message("G", Buffer.from([1]), int16(0)), { kind: "copyIn", isBinary: true }],
  [
    message("E", text("SFEHLER"), text("VERROR"), text("C42P01"), text("Mno such table"), Buffer.from([0])),
    { kind: "error", code: "42P01", message: "no such table" },
  ],
  [message("N", text("VNOTICE"), text("Mx"), Buffer.from([0])), { kind: "other" }],
];

type Parse = (message: WireMessage) => ClientMessage | ServerMessage;

const sides: readonly (readonly [string, readonly (readonly [Buffer, ClientMessage | ServerMessage])[], Parse])[] = [
  ["client", fromClient, parseClientMessage],
  ["server", fromServer, parseServerMessage],
];

test.each(sides)("messages of the %s are parsed, wherever they are split", (_, sent, parse) => {
  const bytes = Buffer.concat(sent.map(([one]) => one));
  const expected = sent.map(([, parsed]) => parsed);
  for (let at = 0; at <= bytes.length; at += 1) {
    const splitter = new MessageSplitter();
    const messages = [bytes.subarray(0, at), bytes.subarray(at)].flatMap((piece) => splitter.push(piece));
    expect(messages.map(parse)).toEqual(expected);
  }
  const splitter = new MessageSplitter();
  expect([...bytes].flatMap((byte) => splitter.push(Buffer.from([byte]))).map(parse)).toEqual(expected);
});

test.each(sides)("a message of the %s that ends too early is an error", (_, sent, parse) => {
  for (const kind of ["query", "parse", "bind", "describe", "columns", "parameterTypes", "row", "complete", "error"]) {
    const [bytes] = sent.find(([, parsed]) => parsed.kind === kind) ?? [];
    if (bytes === undefined) continue;
    const type = bytes.toString("latin1", 0, 1);
    // A copy reads every field.
    expect(() => ({ ...parse({ type, body: bytes.subarray(5, -1) }) })).toThrow(ProtocolError);
    expect(() => ({ ...parse({ type, body: Buffer.alloc(0) }) })).toThrow(ProtocolError);
  }
});

test("a length that is impossible is an error", () => {
  expect(() => new MessageSplitter().push(Buffer.from([81, 0, 0, 0, 3]))).toThrow(/3 bytes/);
  expect(() => new MessageSplitter().push(Buffer.from([81, 255, 0, 0, 0]))).toThrow(/bytes/);
});

test("a large message is not copied for each of its pieces", () => {
  const splitter = new MessageSplitter();
  const piece = Buffer.alloc(64 * 1024, 120);
  const count = 4_000;
  expect(splitter.push(Buffer.concat([Buffer.from("d"), int32(count * piece.length + 4)]))).toEqual([]);
  for (let at = 1; at < count; at += 1) expect(splitter.push(piece)).toEqual([]);
  expect(splitter.push(piece)[0]?.body.length).toBe(count * piece.length);
});

function startup(code: number, ...fields: readonly Buffer[]): Buffer {
  const body = Buffer.concat([int32(code), ...fields]);

  return Buffer.concat([int32(body.length + 4), body]);
}

test("the first message is parsed once it is complete, and not what follows", () => {
  const bytes = startup(0x30002, text("user"), text("me"), text("options"), text("-c a=b"), Buffer.from([0]));
  for (let at = 0; at < bytes.length; at += 1) expect(parseStartup(bytes.subarray(0, at))).toBeUndefined();
  expect(parseStartup(Buffer.concat([bytes, Buffer.from("Q")]))).toEqual({
    ...{ kind: "startup", bytes },
    parameters: { user: "me", options: "-c a=b" },
  });
});

test("requests for encryption and to cancel are recognized", () => {
  const ssl = startup(80_877_103);
  const gss = startup(80_877_104);
  const cancel = formatCancelRequest(Buffer.concat([int32(1), int32(2)]));
  expect(cancel).toEqual(startup(80_877_102, int32(1), int32(2)));
  for (const [bytes, kind] of [
    [ssl, "encryption"],
    [gss, "encryption"],
    [cancel, "cancel"],
  ] as const) {
    expect(parseStartup(bytes)).toMatchObject({ kind, bytes });
  }
});

test.each([
  ["a TLS handshake", Buffer.from([0x16, 3, 1, 2, 0, 1, 0])],
  ["an HTTP request", Buffer.from("GET / HTTP/1.1\r\n")],
  ["version 2 of the protocol", startup(0x20000)],
  ["a negative length", Buffer.from([255, 255, 255, 255])],
])("%s is an error", (_, bytes) => {
  expect(() => parseStartup(bytes)).toThrow();
});
