/**
 * Chooses what makes the calls of a load: pgbench if it is installed, since it takes hardly any processor time, or Node.
 * The choice is part of the result. Node uses prepared statements, one connection per session; it shares the machine with
 * the server, so its figures are lower; the ratios are comparable.
 */
import { Client, type ClientConfig, DatabaseError } from "pg";
import { sum } from "simple-statistics";
import { STATEMENT_TIMEOUT_MS } from "../../harness/database/session.ts";
import { HarnessError, messageOf } from "../../harness/errors.ts";
import { callStatements } from "./calls.ts";
import { findPgbench, libpqEnvironment, pgbenchDriver } from "./pgbench.ts";
import type { DriverName } from "./turn.ts";
import { type LoadDriver, type LoadTurn, type LoadTurnResult, TRIES_MAX } from "./turn.ts";

/** The requested driver, or the best available. */
export async function chooseDriver(connection: ClientConfig, requested?: DriverName): Promise<LoadDriver> {
  if (requested === "node") return nodeDriver(connection);
  const version = await findPgbench();
  const environment = libpqEnvironment(connection);
  if (version !== undefined && environment !== undefined) return pgbenchDriver(version, environment);
  const because =
    version === undefined ? "pgbench 15 or later is not installed" : "libpq has no variables for this connection";
  if (requested === "pgbench") {
    throw new HarnessError(because, "Install PostgreSQL's client programs, or let Node make the calls");
  }

  return nodeDriver(connection, because);
}

/** What one session did. */
interface SessionTurn {
  calls: number;
  retries: number;
  error?: string;
}

/** @param because why it is not pgbench, unless Node was requested */
function nodeDriver(connection: ClientConfig, because?: string): LoadDriver {
  return {
    description: { name: "node", version: process.versions.node, ...(because === undefined ? {} : { because }) },
    run: (turn) => runTurn(connection, turn),
  };
}

async function runTurn(connection: ClientConfig, turn: LoadTurn): Promise<LoadTurnResult> {
  const opened = await Promise.allSettled(Array.from({ length: turn.sessions }, () => open(connection)));
  const clients = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));

  try {
    const failed = opened.find((one) => one.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    const began = performance.now();
    const all = await Promise.all(clients.map((client) => callRepeatedly(client, turn)));
    const seconds = (performance.now() - began) / 1000;
    const calls = sum(all.map((session) => session.calls));

    return {
      calls,
      callsPerSecond: calls / seconds,
      retries: sum(all.map((session) => session.retries)),
      error: all.find(({ error }) => error !== undefined)?.error,
    };
  } finally {
    await Promise.allSettled(clients.map((client) => client.end()));
  }
}

async function open(connection: ClientConfig): Promise<Client> {
  const client = new Client({ statement_timeout: STATEMENT_TIMEOUT_MS, ...connection });
  // The pending query reports a broken connection; without a listener the event would end the process.
  client.on("error", (error) => error);
  try {
    await client.connect();
  } catch (thrown) {
    throw new HarnessError(
      `No connection for a session of the load: ${messageOf(thrown)}`,
      "Check that the server is running and accepts more connections",
      thrown,
    );
  }

  return client;
}

/** As with pgbench, an error outside of SQLSTATE class 40 ends the session. */
async function callRepeatedly(client: Client, turn: LoadTurn): Promise<SessionTurn> {
  const statements = callStatements(turn.kind, "$1");
  const session: SessionTurn = { calls: 0, retries: 0 };

  while (session.calls < turn.calls && session.error === undefined) {
    const type = Math.floor(Math.random() * statements.length);
    const number = 1 + Math.floor(Math.random() * turn.organizations);
    const query = { name: `${turn.kind} ${type}`, text: statements[type] ?? "", values: [number] };
    await callWithRetries(client, query, session);
  }

  return session;
}

async function callWithRetries(
  client: Client,
  query: { name: string; text: string; values: number[] },
  session: SessionTurn,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await client.query(query);
      session.calls += 1;

      return;
    } catch (thrown) {
      if (!(thrown instanceof DatabaseError)) {
        throw new HarnessError(
          `The server went away under the load: ${messageOf(thrown)}`,
          "Check the server's log, and run again",
          thrown,
        );
      }
      if (thrown.code?.startsWith("40") !== true || tries >= TRIES_MAX) {
        session.error = thrown.message;

        return;
      }
      session.retries += 1;
    }
  }
}
