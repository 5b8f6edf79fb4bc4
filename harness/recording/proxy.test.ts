import { connect, createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { startProxy, type ToolProxy } from "./proxy.ts";

const closings: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});

/** A server that keeps what it receives, and the proxy before it. */
async function start(onConnection: (socket: Socket) => void = () => undefined) {
  const received: Buffer[] = [];
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined).on("data", (piece) => received.push(piece));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const proxy = await startProxy({ host: "127.0.0.1", port });
  closings.push(
    () => server.close(),
    () => sockets.map((socket) => socket.destroy()),
    () => proxy.close(),
  );

  return { proxy, received, sockets, stop: () => server.close() };
}

function open(proxy: ToolProxy): Socket {
  const socket = connect(proxy.port, "127.0.0.1").on("error", () => undefined);
  closings.push(() => socket.destroy());

  return socket;
}

function untyped(code: number, text = ""): Buffer {
  const bytes = Buffer.alloc(8 + text.length);
  bytes.writeInt32BE(bytes.length, 0);
  bytes.writeInt32BE(code, 4);
  bytes.write(text, 8);

  return bytes;
}

const ssl = untyped(80_877_103);
const gss = untyped(80_877_104);
const startup = untyped(0x30000, "user\0me\0database\0app\0\0");
const ready = Buffer.from([90, 0, 0, 0, 5, 73]);

function query(sql: string): Buffer {
  const bytes = Buffer.alloc(6 + sql.length);
  bytes.write("Q");
  bytes.writeInt32BE(bytes.length - 1, 1);
  bytes.write(sql, 5);

  return bytes;
}

test("encryption is declined however the requests are split, and all that follows is passed on", async () => {
  const { proxy, received } = await start((socket) => socket.once("data", () => socket.write(ready)));
  const client = open(proxy);
  const answers: Buffer[] = [];
  client.on("data", (piece) => answers.push(piece));
  for (const byte of Buffer.concat([ssl, gss])) {
    client.write(Buffer.from([byte]));
    await delay(1);
  }
  client.write(Buffer.concat([startup, query("SELECT 1")]));
  await vi.waitFor(() => expect(Buffer.concat(received)).toEqual(Buffer.concat([startup, query("SELECT 1")])));
  await vi.waitFor(() => expect(Buffer.concat(answers).toString("latin1").replace(/Z.*/su, "")).toBe("NN"));
  expect(proxy.sessions).toMatchObject([{ session: 1, user: "me", database: "app", settings: {} }]);
});

test("a request to cancel is passed on, and is no session", async () => {
  const { proxy, received } = await start();
  const cancel = untyped(80_877_102, "pid-key!");
  open(proxy).end(cancel);
  await vi.waitFor(() => expect(Buffer.concat(received)).toEqual(cancel));
  expect(proxy.sessions).toEqual([]);
});

test("what does not begin with the protocol is closed and reported, and the server sees none of it", async () => {
  const { proxy, received } = await start();
  const client = open(proxy);
  client.write("GET / HTTP/1.1\r\n\r\n");
  await new Promise((resolve) => client.once("close", resolve));
  expect(proxy.problem?.message).toMatch(/cannot be recorded: it does not begin/);
  expect(received).toEqual([]);
});

test("a server that sends what is not the protocol is passed on and reported", async () => {
  const garbage = Buffer.from([90, 0, 0, 0, 0]);
  const { proxy } = await start((socket) => socket.once("data", () => socket.write(garbage)));
  const client = open(proxy);
  client.write(startup);
  const piece = await new Promise<Buffer>((resolve) => client.once("data", resolve));
  expect(piece).toEqual(garbage);
  expect(proxy.problem).toBeDefined();
});

test.each(["the client", "the server"])("the sender is not read faster than %s reads", async (reader) => {
  const piece = Buffer.alloc(1 << 20, 120);
  let sent = 0;
  const flood = (socket: Socket) => {
    while (sent < 64 && socket.write(piece)) sent += 1;
    if (sent < 64) socket.once("drain", () => flood(socket));
  };
  const { proxy, sockets } = await start((socket) => {
    if (reader === "the client") flood(socket);
    else socket.pause();
  });
  const client = open(proxy);
  if (reader === "the client") client.pause();
  // A message that the flood does not complete.
  client.write(Buffer.concat([startup, Buffer.from([100, 0x7f, 0xff, 0xff, 0xff])]));
  if (reader === "the server") flood(client);
  let before = -1;
  while (before !== sent) {
    before = sent;
    await delay(300);
  }
  expect(sent).toBeLessThan(40);
  let count = 0;
  const slow = reader === "the client" ? client : sockets[0];
  slow?.on("data", (some) => (count += some.length)).resume();
  await vi.waitFor(() => expect(count).toBeGreaterThanOrEqual(64 * piece.length), 30_000);
});

test("a client that disconnects lets the server finish, and a server that ends a session ends it for the client", async () => {
  const { proxy, sockets } = await start((socket) => socket.once("data", () => socket.write(ready)));
  const first = open(proxy);
  first.write(startup);
  await vi.waitFor(() => expect(proxy.sessions[0]?.recorder.isOpen).toBe(true));
  first.write(query("SELECT 1"));
  await vi.waitFor(() => expect(proxy.running).toEqual(["SELECT 1"]));
  first.destroy();
  expect(await proxy.untilClosed(100)).toBe(false);
  sockets[0]?.write(Buffer.concat([Buffer.from([67, 0, 0, 0, 6, 65, 0]), ready]));
  sockets[0]?.end();
  expect(await proxy.untilClosed(10_000)).toBe(true);
  expect(proxy.log.statements).toMatchObject([{ sql: "SELECT 1", results: [{ tag: "A" }], after: "idle" }]);

  const second = open(proxy).resume();
  second.write(startup);
  await vi.waitFor(() => expect(proxy.sessions[1]?.recorder.isOpen).toBe(true));
  sockets[1]?.end(query("never"));
  await new Promise((resolve) => second.once("close", resolve));
  expect(await proxy.untilClosed(10_000)).toBe(true);
});

test("a server that accepts no connections is reported", async () => {
  const { proxy, stop } = await start();
  stop();
  const client = open(proxy);
  await new Promise((resolve) => client.once("close", resolve));
  expect(proxy.problem?.message).toMatch(/^The server accepts no connections while the tool runs: .*ECONNREFUSED/);
});
