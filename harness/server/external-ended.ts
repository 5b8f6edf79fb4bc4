/**
 * What the process does that an interrupted run leaves its databases to: the run's sessions are ended, so that none
 * makes another database, and then its databases are dropped.
 */
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import * as v from "valibot";
import { connectGuest } from "./external.ts";
import { readAddress } from "./external-address.ts";
import { dropOfRun, runsAtWork, sessionsOf } from "./external-databases.ts";

const order = v.object({ address: v.string(), run: v.pipe(v.string(), v.regex(/^[0-9a-f]{8}$/)) });
const endLimitMs = 10_000;

/** Reads address and run from the standard input. @throws HarnessError where something is left */
export async function dropAfterEnd(): Promise<void> {
  const { address, run } = v.parse(order, JSON.parse(await text(process.stdin)));
  const { client } = await connectGuest(readAddress(address, process.env));
  try {
    await endSessions(client, run);
    const { left } = await dropOfRun(client, run);
    for (const { name, reason } of left) process.stderr.write(`${name}: ${reason}\n`);
    process.exitCode = left.length === 0 ? 0 : 1;
  } finally {
    await client.end();
  }
}

/** Until the lock is gone too: by then nothing is made any more. */
async function endSessions(client: Client, run: string): Promise<void> {
  const deadline = Date.now() + endLimitMs;
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = $1 AND usename = current_user AND pid <> pg_backend_pid()`,
    [sessionsOf(run)],
  );
  while ((await runsAtWork(client)).has(run) && Date.now() < deadline) await delay(10);
}
