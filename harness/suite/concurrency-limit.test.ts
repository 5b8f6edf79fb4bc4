import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { runConcurrently } from "./concurrency-limit.ts";

/** Runs jobs that take a few turns of the event loop. */
async function observeJobs(jobs: number, limit: number, exclusive: number) {
  const now = { jobs: 0, exclusive: 0 };
  const most = { jobs: 0, exclusive: 0, both: 0 };
  const order: string[] = [];
  const make = (kind: keyof typeof now, count: number) =>
    Array.from({ length: count }, (_, index) => async () => {
      order.push(`${kind} ${index}`);
      now[kind] += 1;
      most[kind] = Math.max(most[kind], now[kind]);
      most.both = Math.max(most.both, Math.min(now.jobs, now.exclusive));
      for (let turn = 0; turn < 3; turn += 1) await setImmediate();
      now[kind] -= 1;
    });
  await runConcurrently(make("jobs", jobs), limit, make("exclusive", exclusive));

  return { most, order };
}

test("at most so many jobs run at a time, and beside them one that is exclusive, each kind in its order", async () => {
  const { most, order } = await observeJobs(9, 2, 4);

  expect(most).toEqual({ jobs: 2, exclusive: 1, both: 1 });
  for (const kind of ["jobs", "exclusive"]) {
    const own = order.filter((name) => name.startsWith(kind));
    expect(own).toEqual(own.map((_, index) => `${kind} ${index}`));
  }
  expect(order).toHaveLength(13);
});

test("after an error of an exclusive job, no other job starts, and those that run are awaited", async () => {
  const error = new Error("the server is gone");
  const events: string[] = [];
  const running = runConcurrently(
    [
      async () => {
        await setImmediate();
        events.push("the first ended");
      },
      async () => void events.push("the second started"),
    ],
    1,
    [() => Promise.reject(error), async () => void events.push("another exclusive one started")],
  );

  await expect(running).rejects.toBe(error);
  expect(events).toEqual(["the first ended"]);
});
