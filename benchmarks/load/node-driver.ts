/**
 * The load driven by Node, for machines without pgbench: prepared statements on a connection for each session. Node
 * shares the machine with the server, so its figures are lower; the multiples are comparable.
 */
import { Client, type ClientConfig, DatabaseError } from "pg";
import { STATEMENT_TIMEOUT_MS } from "../../harness/database/session.ts";
import { HarnessError, messageOf } from "../../harness/errors.ts";
import { statementsOf } from "./calls.ts";
import { type Driver, TRIES_MAX, type Turn, type TurnResult } from "./driver.ts";

/** What one session did. */
interface Done {
  calls: number;
  retries: number;
  refusal?: string;
}

/** @param because why it is not pgbench, where that was not asked for */
export function nodeDriver(connection: ClientConfig, because?: string): Driver {
  return {
    told: {
      name: "node",
      version: process.versions.node,
      ...(because === undefined ? {} : { because }),
    },
    take: (turn) => take(connection, turn),
  };
}

async function take(connection: ClientConfig, turn: Turn): Promise<TurnResult> {
  const opened = await Promise.allSettled(Array.from({ length: turn.sessions }, () => open(connection)));
  const clients = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));

  try {
    const failed = opened.find((one) => one.status === "rejected");
    if (failed !== undefined) {
      throw failed.reason;
    }
    const began = performance.now();
    const all = await Promise.all(clients.map((client) => callAll(client, turn)));
    const seconds = (performance.now() - began) / 1000;
    const calls = all.reduce((sum, done) => sum + done.calls, 0);
    const refusal = all.find((done) => done.refusal !== undefined)?.refusal;

    return {
      calls,
      callsPerSecond: calls / seconds,
      retries: all.reduce((sum, done) => sum + done.retries, 0),
      ...(refusal === undefined ? {} : { refusal }),
    };
  } finally {
    await Promise.allSettled(clients.map((client) => client.end()));
  }
}

async function open(connection: ClientConfig): Promise<Client> {
  const client = new Client({ statement_timeout: STATEMENT_TIMEOUT_MS, ...connection });
  // A connection that breaks is told by the query that waits on it; unheard, it would end the process.
  client.on("error", (error) => error);
  try {
    await client.connect();
  } catch (thrown) {
    throw new HarnessError(
      `No connection for a session of the load: ${messageOf(thrown)}`,
      "Check that the server is running and takes more connections",
      thrown,
    );
  }

  return client;
}

/** As pgbench does: a call that is refused for another reason than class 40 is the session's last. */
async function callAll(client: Client, turn: Turn): Promise<Done> {
  const statements = statementsOf(turn.kind, "$1");
  const done: Done = { calls: 0, retries: 0 };

  while (done.calls < turn.calls && done.refusal === undefined) {
    const type = Math.floor(Math.random() * statements.length);
    const number = 1 + Math.floor(Math.random() * turn.organizations);
    await call(
      client,
      { name: `${turn.kind} ${type}`, text: statements[type] ?? "", values: [number] },
      done,
    );
  }

  return done;
}

async function call(
  client: Client,
  query: { name: string; text: string; values: number[] },
  done: Done,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await client.query(query);
      done.calls += 1;

      return;
    } catch (thrown) {
      if (!(thrown instanceof DatabaseError)) {
        throw new HarnessError(
          `The server went away under the load: ${messageOf(thrown)}`,
          "Look into the server's log, and run again",
          thrown,
        );
      }
      if (thrown.code?.startsWith("40") !== true || tries >= TRIES_MAX) {
        done.refusal = thrown.message;

        return;
      }
      done.retries += 1;
    }
  }
}
