import { expect, test } from "vitest";
import type { DraftStatement, StatementLog } from "./draft-statement.ts";
import { SessionRecorder } from "./session-recorder.ts";
import type { ClientMessage, ServerMessage } from "./wire-messages.ts";

/** What one side sends, as a short word or a message. */
type Sent = { readonly client: ClientMessage } | { readonly server: ServerMessage };

const query = (sql: string): Sent => ({ client: { kind: "query", sql } });
const parse = (sql: string, name = "", types: readonly number[] = []): Sent => ({
  client: { kind: "parse", name, sql, types },
});
const bind = (statement = "", values: readonly (Buffer | null)[] = [], portal = ""): Sent => ({
  client: { kind: "bind", portal, statement, values, areBinary: [], areColumnsBinary: [] },
});
const describe = (target: "statement" | "portal", name = ""): Sent => ({ client: { kind: "describe", target, name } });
const execute = (portal = ""): Sent => ({ client: { kind: "execute", portal } });
const close = (target: "statement" | "portal", name = ""): Sent => ({ client: { kind: "close", target, name } });
const sync: Sent = { client: { kind: "sync" } };
const data = (text: string): Sent => ({ client: { kind: "copyData", data: Buffer.from(text) } });
const copyDone: Sent = { client: { kind: "copyDone" } };
const copyFail: Sent = { client: { kind: "copyFail" } };

const ready = (status = "I"): Sent => ({ server: { kind: "ready", status } });
const complete = (tag: string): Sent => ({ server: { kind: "complete", tag } });
const columns = (...names: readonly string[]): Sent => ({
  server: { kind: "columns", columns: names.map((name) => ({ name, type: 25 })) },
});
const row = (...values: readonly string[]): Sent => ({
  server: { kind: "row", values: values.map((value) => Buffer.from(value)) },
});
const error = (code: string): Sent => ({ server: { kind: "error", code, message: "no" } });
const copyIn: Sent = { server: { kind: "copyIn", isBinary: false } };
const answer = (...kinds: readonly ("parsed" | "bound" | "closed" | "noColumns" | "suspended" | "empty")[]): Sent[] =>
  kinds.map((kind) => ({ server: { kind } }));

/** Records a session that is open. */
function record(...messages: readonly Sent[]): readonly DraftStatement[] {
  const { log, recorder } = open();
  send(recorder, messages);
  recorder.close();

  return log.statements;
}

function open(): { readonly log: StatementLog; readonly recorder: SessionRecorder } {
  const log: StatementLog = { statements: [], batches: 0 };
  const recorder = new SessionRecorder(1, log);
  send(recorder, [ready()]);

  return { log, recorder };
}

function send(recorder: SessionRecorder, messages: readonly Sent[]): void {
  for (const message of messages) {
    if ("client" in message) recorder.fromClient(message.client);
    else recorder.fromServer(message.server);
  }
}

/** `batch sql: tags or the error's code, before after`. */
function summarize({ batch, sql, results, error: failed, before, after }: DraftStatement): string {
  return `${batch} ${sql}: ${failed?.code ?? results.map(({ tag }) => tag).join(", ")}, ${before} ${after}`;
}

test("each statement of a simple query has a result, up to the one that fails", () => {
  const statements = record(
    query("SELECT a; INSERT; SELECT b"),
    ...[columns("a"), row("1"), row("2"), complete("SELECT 2"), complete("INSERT 0 1")],
    ...[columns("b"), row("3"), error("22012"), ready()],
    ...[query("BEGIN"), complete("BEGIN"), ready("T"), query("x"), error("42601"), ready("E")],
    ...[query(""), ...answer("empty"), ready("E")],
  );
  expect(statements.map(summarize)).toEqual([
    "1 SELECT a; INSERT; SELECT b: 22012, idle idle",
    "2 BEGIN: BEGIN, idle open",
    "3 x: 42601, open failed",
    "4 : , failed failed",
  ]);
  expect(statements[0]?.results.map(({ tag, rows, rowCount }) => ({ tag, rows, rowCount }))).toEqual([
    { tag: "SELECT 2", rows: [["1"], ["2"]], rowCount: 2 },
    { tag: "INSERT 0 1", rows: [], rowCount: 0 },
  ]);
});

test("a pipeline has its statements in one batch, with the types and columns that the server described", () => {
  const statements = record(
    ...[parse("INSERT $1", "s", [0]), describe("statement", "s"), bind("s", [Buffer.from("x"), null])],
    ...[execute(), bind("s", [Buffer.from("y"), null]), execute(), close("statement", "s"), sync],
    ...[...answer("parsed"), { server: { kind: "parameterTypes", types: [25, 23] } } as const, columns("id")],
    ...[...answer("bound"), row("7"), complete("INSERT 0 1")],
    ...[...answer("bound"), row("8"), complete("INSERT 0 1"), ...answer("closed"), ready("T")],
  );
  expect(statements.map(summarize)).toEqual([
    "1 INSERT $1: INSERT 0 1, idle open",
    "1 INSERT $1: INSERT 0 1, idle open",
  ]);
  expect(statements[1]).toMatchObject({
    ...{ protocol: "extended", parameters: ["y", null], parameterTypes: [25, 23] },
    results: [{ columns: [{ name: "id", type: 25 }], rows: [["8"]] }],
  });
});

test("what the server skips after an error is not recorded, whether it was sent before or after", () => {
  const statements = record(
    ...[parse("a"), bind(), execute(), parse("b"), bind(), execute()],
    ...[...answer("parsed", "bound"), error("22012"), parse("c"), bind(), execute(), sync],
    ...[parse("d"), bind(), execute(), sync, ready()],
    ...[...answer("parsed", "bound"), complete("D"), ready()],
    ...[parse("e", "e"), bind("e"), sync, query("f"), error("42601"), ready(), complete("F"), ready()],
  );
  expect(statements.map(summarize)).toEqual([
    "1 a: 22012, idle idle",
    "2 d: D, idle idle",
    "3 e: 42601, idle idle",
    "4 f: F, idle idle",
  ]);
});

test("a prepared statement that the server rejects does not replace the one of its name", () => {
  const statements = record(
    ...[parse("a", "s"), sync, ...answer("parsed"), ready()],
    ...[parse("b", "s"), sync, error("42P05"), ready()],
    ...[bind("s"), execute(), sync, ...answer("bound"), complete("A"), ready()],
  );
  expect(statements.map(summarize)).toEqual(["1 b: 42P05, idle idle", "2 a: A, idle idle"]);
});

test("a statement that the server does not have fails without SQL", () => {
  const statements = record(
    ...[bind("s"), execute(), sync, error("26000"), ready("E"), execute("p"), sync, error("34000"), ready("E")],
    ...[query("a"), complete("A"), ready()],
  );
  expect(statements.map(summarize)).toEqual([
    ...["1 : 26000, idle failed", "2 : 34000, failed failed", "3 a: A, failed idle"],
  ]);
});

test("an error at the commit of a batch belongs to its last statement", () => {
  const statements = record(
    ...[parse("a"), bind(), execute(), sync, ...answer("parsed", "bound")],
    ...[complete("INSERT 0 1"), error("23503"), ready()],
  );
  expect(statements.map(summarize)).toEqual(["1 a: 23503, idle idle"]);
});

test("a portal that is read in parts is one statement", () => {
  const [statement, ...others] = record(
    ...[parse("a"), describe("statement"), bind("", [], "p"), execute("p"), execute("p"), sync],
    ...[...answer("parsed"), columns("x"), ...answer("bound"), row("1"), ...answer("suspended")],
    ...[row("2"), complete("SELECT 2"), ready()],
  );
  expect(others).toEqual([]);
  expect(statement?.results).toEqual([expect.objectContaining({ tag: "SELECT 2", rows: [["1"], ["2"]], rowCount: 2 })]);
});

const copied = [{ format: "text", data: "1\n2\n" }];

test("COPY of the simple protocol takes the data", () => {
  const statements = record(
    ...[query("COPY t; COPY u"), copyIn, data("1\n"), data("2\n"), copyDone, complete("COPY 2")],
    ...[copyIn, data("3\n"), copyDone, complete("COPY 1"), ready()],
  );
  expect(statements.map(summarize)).toEqual(["1 COPY t; COPY u: COPY 2, COPY 1, idle idle"]);
  expect(statements[0]?.copies).toEqual([...copied, { format: "text", data: "3\n" }]);
});

test.each([
  ["before", [sync, copyIn, data("1\n2\n"), copyDone, sync]],
  ["during", [copyIn, sync, data("1\n2\n"), sync, copyDone, sync]],
  ["before data that the server had not asked for", [sync, data("1\n"), data("2\n"), copyDone, sync, copyIn]],
])("a Sync %s COPY of the extended protocol is none", (_, messages) => {
  const statements = record(
    ...[parse("COPY t"), bind(), execute(), ...answer("parsed", "bound"), ...messages],
    ...[complete("COPY 2"), ready(), query("a"), complete("A"), ready()],
  );
  expect(statements.map(summarize)).toEqual(["1 COPY t: COPY 2, idle idle", "2 a: A, idle idle"]);
  expect(statements[0]?.copies).toEqual(copied);
});

test("data of a COPY that fails is not taken for that of the next one", () => {
  const next = [query("COPY u"), copyIn, data("1\n2\n"), copyDone, complete("COPY 2"), ready()];
  const statements = record(
    ...[query("COPY t"), copyIn, data("x"), error("22P02"), data("y"), copyDone, ready(), ...next],
    ...[query("COPY t"), copyIn, data("x"), copyFail, error("57014"), ready(), ...next],
    ...[query("COPY missing"), error("42P01"), ready(), ...next],
  );
  const ofSuccess = statements.filter(({ error: failed }) => failed === undefined);
  expect(ofSuccess.map(({ copies }) => copies)).toEqual([copied, copied, copied]);
  expect(statements.map(({ error: failed }) => failed?.code)).toEqual([
    ...["22P02", undefined, "57014", undefined, "42P01", undefined],
  ]);
});

test("what had not completed when the session ended failed, unless it never began", () => {
  const statements = record(
    ...[parse("a"), bind(), execute(), ...answer("parsed", "bound"), complete("A"), query("never")],
  );
  expect(statements.map(summarize)).toEqual(["1 a: 08006, idle idle"]);
});

test("at most 1,000 rows and 1,000,000 bytes of a result are kept", () => {
  const rows = Array.from({ length: 1_001 }, () => row("x"));
  const long = Array.from({ length: 5 }, () => row("x".repeat(400_000)));
  const [many, large] = record(
    ...[query("a"), columns("x"), ...rows, complete("SELECT 1001"), ready()],
    ...[query("b"), columns("x"), ...long, complete("SELECT 5"), ready()],
  );
  expect(many?.results[0]?.rows.length).toBe(1_000);
  expect(many?.results[0]?.rowCount).toBe(1_001);
  expect(large?.results[0]?.rows.length).toBe(3);
  expect(large?.results[0]?.rowCount).toBe(5);
});

test("the session reports what the server works on, and why it was rejected", () => {
  const { recorder } = open();
  expect(recorder.running).toBeUndefined();
  send(recorder, [parse("a"), bind(), execute(), sync, ...answer("parsed", "bound")]);
  expect(recorder.running).toBe("a");
  const rejected = new SessionRecorder(1, { statements: [], batches: 0 });
  send(rejected, [error("28P01")]);
  expect([rejected.isOpen, rejected.rejection]).toEqual([false, "no"]);
});

test.each([
  ["a call without SQL", [{ client: { kind: "functionCall" } }]],
  ["a statement that was prepared in SQL", [bind("s"), ...answer("bound")]],
  ["a portal that was declared in SQL", [execute("c"), row("1")]],
  ["an answer to nothing", [complete("A")]],
  ["a wrong answer", [parse("a"), ...answer("bound")]],
  ["another encoding", [{ server: { kind: "setting", name: "client_encoding", value: "LATIN1" } }, query("é")]],
] as const)("%s cannot be recorded", (_, messages) => {
  expect(() => record(...messages)).toThrow();
});

test("text in ASCII is the same in every encoding", () => {
  const encoding: Sent = { server: { kind: "setting", name: "client_encoding", value: "LATIN1" } };
  expect(record(encoding, query("a"), complete("A"), ready()).length).toBe(1);
});
