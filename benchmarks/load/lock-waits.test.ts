import { afterAll, expect, test } from "vitest";
import { Session } from "../../harness/database/session.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { watchLockWaits } from "./lock-waits.ts";

const server = await startEmbedded();
const connection = server.connection("postgres");
const watcher = await Session.open(connection);
const control = await Session.open(connection);

afterAll(async () => {
  await Promise.all([watcher, control].map((session) => session[Symbol.asyncDispose]()));
  await server[Symbol.asyncDispose]();
});

const LIMIT_MS = 20_000;

async function until(condition: string): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (performance.now() < deadline) {
    const [row] = await control.query(`SELECT ${condition} AS holds`);
    if (row?.["holds"] === "t") {
      return;
    }
  }
  throw new Error(`This did not become true: ${condition}`);
}

async function readPid(session: Session): Promise<string> {
  const [row] = await session.query("SELECT pg_backend_pid() AS pid");

  return row?.["pid"] ?? "";
}

/** Parse, Bind and Execute of one sample each set `query_start`. */
const MESSAGES_A_SAMPLE = 3;

/** Waits for this many further samples of the watcher. */
async function waitForSamples(times: number): Promise<void> {
  const pid = await readPid(watcher);
  for (let message = 0; message < times * MESSAGES_A_SAMPLE; message += 1) {
    const [now] = await control.query("SELECT clock_timestamp() AS now");
    await until(`EXISTS (SELECT FROM pg_stat_activity WHERE pid = ${pid} AND query_start > '${now?.["now"]}')`);
  }
}

test("a session that waits for a lock is counted, one that holds it is not", async () => {
  await using holder = await Session.open(connection);
  await using waiter = await Session.open(connection);
  const bystanders = await Promise.all([watcher, control].map(readPid));

  const waits = await watchLockWaits(watcher, bystanders, 2, async () => {
    await holder.query("SELECT pg_advisory_lock(1)");
    const waiting = waiter.query("SELECT pg_advisory_lock(1)");
    await until("EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock')");
    await waitForSamples(3);
    await holder.query("SELECT pg_advisory_unlock(1)");
    await waiting;

    return { done: true };
  });

  expect(waits.done).toBe(true);
  expect(waits.waiting).toBeGreaterThanOrEqual(2);
  expect(waits.waiting).toBeLessThanOrEqual(waits.samples);
});

test("while not all sessions are connected, nothing is counted", async () => {
  const bystanders = await Promise.all([watcher, control].map(readPid));
  const waits = await watchLockWaits(watcher, bystanders, 1, async () => {
    await waitForSamples(3);

    return {};
  });

  expect(waits).toEqual({ waiting: 0, samples: 0 });
});

test("work that fails throws its own error, after the watcher has ended", async () => {
  const failing = watchLockWaits(watcher, [], 1, async () => {
    throw new Error("no more calls");
  });

  await expect(failing).rejects.toThrow("no more calls");
  expect(await watcher.query("SELECT 1 AS one")).toEqual([{ one: "1" }]);
});
