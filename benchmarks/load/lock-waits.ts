/**
 * Who waits for a lock while a load runs: one more session looks at all the others now and then. What it sees between
 * two looks is not known, so the answer is an average over samples, and says how many they were.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Session } from "../../harness/database/session.ts";

export interface LockWaits {
  /** Sessions that waited, summed over the samples. */
  readonly waiting: number;
  readonly samples: number;
}

/** Looking more often would itself be a load. */
const SAMPLE_MS = 10;

const LOOK = `
SELECT count(*) AS sessions, count(*) FILTER (WHERE wait_event_type = 'Lock') AS waiting
FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> ALL ($1)`;

/**
 * Does the work, and says what was seen meanwhile. Samples count only while all sessions of the work are there.
 * @param bystanders process ids of sessions that have no part in the work, the watcher's own included
 */
export async function watchLockWaits<Result>(
  watcher: Session,
  bystanders: readonly string[],
  sessions: number,
  work: () => Promise<Result>,
): Promise<Result & LockWaits> {
  const seen = { waiting: 0, samples: 0 };
  const working = { still: true };
  const watching = (async () => {
    while (working.still) {
      const [row] = await watcher.query(LOOK, [bystanders.map(Number)]);
      if (working.still && Number(row?.["sessions"]) >= sessions) {
        seen.samples += 1;
        seen.waiting += Number(row?.["waiting"]);
      }
      await pause(SAMPLE_MS);
    }
  })();

  const [done, watched] = await Promise.allSettled([
    work().finally(() => {
      working.still = false;
    }),
    watching,
  ]);
  if (done.status === "rejected") {
    throw done.reason;
  }
  if (watched.status === "rejected") {
    throw watched.reason;
  }

  return { ...done.value, ...seen };
}
