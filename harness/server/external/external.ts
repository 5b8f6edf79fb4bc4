/**
 * A server of the user's own. We are a guest there: databases are made under names of this run's own, work is done in
 * those alone, and those alone are dropped, however the run ends. A session that is open all the while holds a lock by
 * which the run can be seen to be at work; what a run without it left behind is anyone's to clear away.
 */
import { randomBytes } from "node:crypto";
import { Client } from "pg";
import type { Server } from "../../database/server.ts";
import { HarnessError } from "../../errors.ts";
import { type ExternalAddress, readAddress } from "./address.ts";
import { dropAtExit, Sockets } from "./at-exit.ts";
import { type Dropped, dropOfRun, dropOrphans, lockNumber, sessionsOf } from "./databases.ts";
import { refusalOf } from "./eligibility.ts";
import { connectionTrouble } from "./errors.ts";
import { type ExternalFacts, LOCK_CLASS, readFacts } from "./facts.ts";

export interface ExternalOptions {
  /** The major version that the server is expected to be. */
  readonly major?: number;
  /** True where the user has said that what looks like production is none. */
  readonly yes?: boolean;
}

/** A session on the database that an address names. */
export interface Guest {
  readonly client: Client;
  /** True where the server has no TLS, and none was insisted on. */
  readonly plain: boolean;
}

/**
 * The server at an address, looked at and found fit; nothing is made on it yet.
 * @throws HarnessError, without any password, where it cannot be reached or is not to be worked on
 */
export async function openExternal(text: string, options: ExternalOptions = {}): Promise<Server> {
  const run = randomBytes(4).toString("hex");
  const sockets = new Sockets();
  const address = through(sockets, readAddress(text, process.env, sessionsOf(run)));
  const guest = await connectGuest(address);
  try {
    const facts = await factsOf(guest, address);
    const { shown, database } = address;
    const refusal = refusalOf(facts, { shown, database, major: options.major, yes: options.yes ?? false });
    if (refusal !== undefined) throw refusal;
    await guest.client.query("SELECT pg_advisory_lock($1, $2)", [LOCK_CLASS, lockNumber(run)]);

    return settled(address, guest, { run, version: facts.version, forget: dropAtExit(text, run, sockets) });
  } catch (thrown) {
    await guest.client.end();
    throw thrown instanceof HarnessError ? thrown : connectionTrouble(thrown, address.shown);
  }
}

function through({ make }: Sockets, address: ExternalAddress): ExternalAddress {
  return {
    ...address,
    connection: (database, plain) => ({ ...address.connection(database, plain), stream: make }),
  };
}

async function factsOf({ client, plain }: Guest, address: ExternalAddress): Promise<ExternalFacts> {
  const second = await connect(address, plain);
  try {
    return await readFacts(client, second);
  } finally {
    await second.end();
  }
}

/**
 * Drops what interrupted runs left on the server at an address; the databases of runs that are at work stay.
 * @throws HarnessError, without any password, where it cannot be reached
 */
export async function cleanExternal(text: string): Promise<Dropped> {
  const address = readAddress(text, process.env);
  const { client } = await connectGuest(address);
  try {
    return await dropOrphans(client);
  } catch (thrown) {
    throw connectionTrouble(thrown, address.shown);
  } finally {
    await client.end();
  }
}

interface Stay {
  readonly run: string;
  readonly version: string;
  /** To be called when there is nothing left to drop. */
  readonly forget: () => void;
}

function settled(address: ExternalAddress, { client, plain }: Guest, { run, version, forget }: Stay): Server {
  let gone: Promise<void> | undefined;

  return {
    kind: "external",
    version,
    tenancy: { maintenance: address.database, run },
    connection: (database) => address.connection(database, plain),
    [Symbol.asyncDispose]() {
      gone ??= leave(client, run).finally(forget);

      return gone;
    },
  };
}

/** Whoever made databases has dropped them; what is left nevertheless goes here, or is told. */
async function leave(client: Client, run: string): Promise<void> {
  try {
    const { left } = await dropOfRun(client, run);
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

/** @throws HarnessError where the server does not take the connection */
export async function connectGuest(address: ExternalAddress): Promise<Guest> {
  try {
    return { client: await connect(address, false), plain: false };
  } catch (thrown) {
    const withoutTls =
      address.prefersTls && thrown instanceof Error && thrown.message.includes("support SSL");
    if (!withoutTls) throw thrown instanceof HarnessError ? thrown : connectionTrouble(thrown, address.shown);
  }

  return await connectPlain(address);
}

async function connectPlain(address: ExternalAddress): Promise<Guest> {
  try {
    return { client: await connect(address, true), plain: true };
  } catch (thrown) {
    throw connectionTrouble(thrown, address.shown);
  }
}

async function connect(address: ExternalAddress, plain: boolean): Promise<Client> {
  const client = new Client(address.connection(address.database, plain));
  // A connection that breaks is told by the query that waits on it; unheard, it would end the process.
  client.on("error", (error) => error);
  try {
    await client.connect();
  } catch (thrown) {
    // The server may still wait for our answer.
    await client.end();
    throw thrown;
  }

  return client;
}
