/**
 * Listens between a tool and a server, passes on what both send, and records it. Nothing is changed but the answer to a
 * request for encryption, which is always no. Neither side waits for the record, and neither is read faster than the other
 * takes it.
 */
import { connect, createServer, type Socket } from "node:net";
import { HarnessError, messageOf } from "../errors.ts";
import type { StatementLog } from "./draft-statement.ts";
import type { RecordedSession } from "./record.ts";
import { relay } from "./relay.ts";
import { SessionRecorder } from "./session-recorder.ts";
import { parseStartupSettings } from "./startup-settings.ts";
import {
  formatCancelRequest,
  MessageSplitter,
  parseClientMessage,
  parseServerMessage,
  parseStartup,
} from "./wire-messages.ts";

/** Where the server listens: a host, or the absolute folder of its socket. */
export interface ProxyTarget {
  readonly host: string;
  readonly port: number;
}

/** A session that the tool asked for. */
export interface ProxySession extends RecordedSession {
  readonly recorder: SessionRecorder;
}

export interface ToolProxy {
  /** On 127.0.0.1. */
  readonly port: number;
  /** In the order of opening, those that the server rejected among them. */
  readonly sessions: readonly ProxySession[];
  readonly log: StatementLog;
  /** Why the record is incomplete. */
  readonly problem: HarnessError | undefined;
  /** Waits until the server has ended the sessions that the tool has left; false if that takes longer than the limit. */
  untilClosed(limitMs: number): Promise<boolean>;
  /** The SQL that the server is working on, of each session that waits for it. */
  readonly running: readonly string[];
  /** Cancels what still runs on the server, and closes all connections. Safe to call twice. */
  close(): Promise<void>;
}

/** To SSLRequest and GSSENCRequest (PostgreSQL manual, 54.2.10 SSL Session Encryption). */
const ENCRYPTION_REFUSED = "N";

/** Starts a proxy. Rejects with the system's error if it cannot listen. */
export async function startProxy(target: ProxyTarget): Promise<ToolProxy> {
  const recording = new Recording(target);
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => recording.accept(client));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  let closing: Promise<void> | undefined;

  return {
    port: address.port,
    sessions: recording.sessions,
    log: recording.log,
    get problem() {
      return recording.problem;
    },
    get running() {
      return recording.running;
    },
    untilClosed: (limitMs) => recording.untilClosed(limitMs),
    close() {
      closing ??= (async () => {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        await recording.end();
        await closed;
      })();

      return closing;
    },
  };
}

/** The connections of a tool, and what they are recorded to. */
class Recording {
  readonly sessions: ProxySession[] = [];
  readonly log: StatementLog = { statements: [], batches: 0 };
  problem: HarnessError | undefined;
  readonly #target: ProxyTarget;
  readonly #connections = new Set<Connection>();

  constructor(target: ProxyTarget) {
    this.#target = target;
  }

  get running(): readonly string[] {
    return [...this.#connections].flatMap(({ running }) => running ?? []);
  }

  accept(client: Socket): void {
    const connection = new Connection(client, this.connect(), this);
    this.#connections.add(connection);
    connection.closed.then(() => this.#connections.delete(connection));
  }

  connect(): Socket {
    const { host, port } = this.#target;

    return host.startsWith("/")
      ? connect({ path: `${host}/.s.PGSQL.${port}`, allowHalfOpen: true })
      : connect({ host, port, allowHalfOpen: true, noDelay: true });
  }

  open(parameters: Readonly<Record<string, string>>): SessionRecorder {
    const session = this.sessions.length + 1;
    const { user = "", database = user, ...others } = parameters;
    const recorder = new SessionRecorder(session, this.log);
    this.sessions.push({ session, user, database, settings: parseStartupSettings(others), recorder });

    return recorder;
  }

  fail(problem: HarnessError): void {
    this.problem ??= problem;
  }

  async untilClosed(limitMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), limitMs);
    });
    const all = Promise.all([...this.#connections].map(({ closed }) => closed)).then(() => true);
    const isClosed = await Promise.race([all, limit]);
    clearTimeout(timer);

    return isClosed;
  }

  async end(): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection.end()));
  }
}

/** A connection of the tool, and the one to the server. */
class Connection {
  /** Fulfilled when both are closed. */
  readonly closed: Promise<void>;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #recording: Recording;
  readonly #fromClient = new MessageSplitter();
  readonly #fromServer = new MessageSplitter();
  /** What the client sent so far, until its session begins. */
  #beginning: Buffer | undefined = Buffer.alloc(0);
  #recorder: SessionRecorder | undefined;
  #key: Buffer | undefined;

  constructor(client: Socket, server: Socket, recording: Recording) {
    this.#client = client;
    this.#server = server;
    this.#recording = recording;
    this.closed = Promise.all([untilClosed(client), untilClosed(server)]).then(() =>
      this.#record((recorder) => recorder.close()),
    );
    let isConnected = false;
    server.once("connect", () => (isConnected = true));
    server.once("error", (thrown) => isConnected || recording.fail(unreachable(thrown)));
    relay(client, server, {
      begin: (piece) =>
        this.#beginning === undefined ? undefined : this.#begin(Buffer.concat([this.#beginning, piece])),
      record: (piece) => this.#recordFromClient(piece),
    });
    relay(server, client, { record: (piece) => this.#recordFromServer(piece) });
    // A server that ends a session takes nothing more; a client that does may have sent what is still to be executed.
    server.once("end", () => client.destroySoon());
    server.once("close", () => client.destroySoon());
    client.once("end", () => server.end());
    client.once("close", () => server.end());
  }

  /** The SQL that the server is working on. */
  get running(): string | undefined {
    return this.#recorder?.running;
  }

  async end(): Promise<void> {
    if (this.running !== undefined && this.#key !== undefined) {
      const other = this.#recording.connect().on("error", () => undefined);
      other.end(formatCancelRequest(this.#key)).resume();
      await untilClosed(other);
    }
    this.#client.destroy();
    this.#server.destroy();
    await this.closed;
  }

  #recordFromClient(piece: Buffer): void {
    this.#record((recorder) => {
      for (const message of this.#fromClient.push(piece)) recorder.fromClient(parseClientMessage(message));
    });
  }

  #recordFromServer(piece: Buffer): void {
    this.#record((recorder) => {
      for (const each of this.#fromServer.push(piece)) {
        const message = parseServerMessage(each);
        if (message.kind === "key") this.#key = message.key;
        recorder.fromServer(message);
      }
    });
  }

  /** @returns what to pass on of what a client sends until its session begins */
  #begin(received: Buffer): Buffer {
    try {
      const message = parseStartup(received);
      this.#beginning = received.subarray(message?.bytes.length ?? 0);
      if (message === undefined) return Buffer.alloc(0);
      if (message.kind === "encryption") {
        this.#client.write(ENCRYPTION_REFUSED);

        return this.#begin(this.#beginning);
      }
      const rest = this.#beginning;
      this.#beginning = undefined;
      if (message.kind === "startup") this.#recorder = this.#recording.open(message.parameters);
      this.#recordFromClient(rest);

      return received;
    } catch (thrown) {
      this.#recording.fail(unrecordable(thrown));
      this.#client.destroy();

      return Buffer.alloc(0);
    }
  }

  /** After an error, nothing more is recorded of this session. */
  #record(work: (recorder: SessionRecorder) => void): void {
    if (this.#recorder === undefined) return;
    try {
      work(this.#recorder);
    } catch (thrown) {
      this.#recording.fail(unrecordable(thrown));
      this.#recorder = undefined;
    }
  }
}

function unrecordable(thrown: unknown): HarnessError {
  return new HarnessError(
    `What the tool sends cannot be recorded: ${messageOf(thrown)}`,
    "Change that in the tool's settings, or write the migrations as SQL files",
    thrown,
  );
}

function unreachable(thrown: Error): HarnessError {
  return new HarnessError(
    `The server accepts no connections while the tool runs: ${thrown.message}`,
    "Check the server's log, and run again",
    thrown,
  );
}

async function untilClosed(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise<void>((resolve) => socket.once("close", () => resolve()));
}
