/**
 * Works on the user's own server, as a guest: databases are created under names of this run, work is done in those
 * alone, and those alone are dropped, however the run ends. A session that stays open holds an advisory lock, which shows
 * that the run is active; what a run without its lock left behind may be removed by any other run.
 */
import { randomBytes } from "node:crypto";
import { Socket } from "node:net";
import { Client } from "pg";
import type { Server } from "../../database/server.ts";
import { HarnessError } from "../../errors.ts";
import type { CleanupResult } from "../process/cleanup.ts";
import { onExit, runAtEnd } from "../process/on-exit.ts";
import type { ServerOptions } from "../process/settings.ts";
import { type ExternalAddress, parseServerAddress } from "./address.ts";
import { dropOrphanDatabases, dropRunDatabases, lockNumber, sessionName } from "./databases.ts";
import { checkEligibility, LOCK_CLASS, readFacts } from "./eligibility.ts";
import { connectionError } from "./errors.ts";

/**
 * Opens the server at an address, after checking that it is fit to work on. Nothing is created on it yet.
 * @throws HarnessError, without any password, if it cannot be reached or is not fit
 */
export async function openExternal(text: string, options: ServerOptions = {}): Promise<Server> {
  const run = randomBytes(4).toString("hex");
  const sockets = new Set<Socket>();
  const address = tracked(parseServerAddress(text, process.env, sessionName(run)), sockets);
  const { client, plain } = await connectExternal(address);
  try {
    const second = await connect(address, plain);
    const facts = await readFacts(client, second).finally(() => second.end());
    const { shown, database } = address;
    checkEligibility(facts, { shown, database, major: options.major, yes: options.yes ?? false });
    await client.query("SELECT pg_advisory_lock($1, $2)", [LOCK_CLASS, lockNumber(run)]);
    const forget = dropAtExit(text, run, sockets);
    let disposal: Promise<void> | undefined;

    return {
      kind: "external",
      version: facts.version,
      tenancy: { maintenance: database, run },
      connection: (name) => address.connection(name, plain),
      [Symbol.asyncDispose]() {
        disposal ??= leave(client, run).finally(forget);

        return disposal;
      },
    };
  } catch (thrown) {
    await client.end();
    throw thrown instanceof HarnessError ? thrown : connectionError(thrown, address.shown);
  }
}

/**
 * Drops what killed runs left on the server at an address; the databases of active runs stay.
 * @throws HarnessError, without any password, if it cannot be reached
 */
export async function cleanExternal(text: string): Promise<CleanupResult> {
  const address = parseServerAddress(text, process.env);
  const { client } = await connectExternal(address);
  try {
    return await dropOrphanDatabases(client);
  } catch (thrown) {
    throw connectionError(thrown, address.shown);
  } finally {
    await client.end();
  }
}

/**
 * Connects to the database that the address names.
 * @returns `plain` is true without TLS, which the server lacks and the address does not require
 * @throws HarnessError if the server does not accept the connection
 */
export async function connectExternal(address: ExternalAddress): Promise<{ client: Client; plain: boolean }> {
  try {
    return { client: await connect(address, false), plain: false };
  } catch (thrown) {
    const lacksTls = thrown instanceof Error && thrown.message.includes("support SSL");
    if (!address.prefersTls || !lacksTls) throw asHarnessError(thrown, address);
  }
  try {
    return { client: await connect(address, true), plain: true };
  } catch (thrown) {
    throw asHarnessError(thrown, address);
  }
}

function asHarnessError(thrown: unknown, { shown }: ExternalAddress): HarnessError {
  return thrown instanceof HarnessError ? thrown : connectionError(thrown, shown);
}

async function connect(address: ExternalAddress, plain: boolean): Promise<Client> {
  const client = new Client(address.connection(address.database, plain));
  // The query that waits reports a lost connection; without a listener this event would end the process.
  client.on("error", (error) => error);
  try {
    await client.connect();
  } catch (thrown) {
    // The server may still wait for an answer.
    await client.end();
    throw thrown;
  }

  return client;
}

/** Adds every socket that is opened for the address to the set, for as long as it is open. */
function tracked(address: ExternalAddress, sockets: Set<Socket>): ExternalAddress {
  const stream = (): Socket => {
    const socket = new Socket();
    sockets.add(socket);

    return socket.once("close", () => sockets.delete(socket));
  };

  return { ...address, connection: (database, plain) => ({ ...address.connection(database, plain), stream }) };
}

/**
 * Drops the databases of the run when the process ends. The connections are closed before: a server that is accepting
 * one waits up to a minute for an answer, and dropping a database waits for that.
 * @returns cancels that
 */
function dropAtExit(address: string, run: string, sockets: ReadonlySet<Socket>): () => void {
  return onExit(() => {
    for (const socket of sockets) socket.destroy();
    runAtEnd(
      "harness/server/external/drop",
      { address, run },
      "databases of this run were left on the server; run pg-plumbline clean with the same --server",
    );
  });
}

/** Drops what is left of the run. @throws HarnessError if something cannot be dropped */
async function leave(client: Client, run: string): Promise<void> {
  try {
    const { left } = await dropRunDatabases(client, run);
    const [first] = left;
    if (first === undefined) return;

    throw new HarnessError(
      `${left.length} databases of this run could not be dropped: ${first.name}: ${first.reason}`,
      "Run pg-plumbline clean with the same --server",
    );
  } finally {
    await client.end();
  }
}
