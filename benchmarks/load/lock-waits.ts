/**
 * Samples which sessions wait for a lock while a load runs. What happens between two samples is unknown, so the result
 * is a mean, with the number of samples.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Session } from "../../harness/database/session.ts";

export interface LockWaits {
  /** Sessions that waited, summed over the samples. */
  readonly waiting: number;
  readonly samples: number;
}

/** More frequent samples would themselves be a load. */
const SAMPLE_MS = 10;

const SAMPLE_SQL = `
SELECT count(*) AS sessions, count(*) FILTER (WHERE wait_event_type = 'Lock') AS waiting
FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> ALL ($1)`;

/**
 * Does the work and samples meanwhile. Samples count only while all sessions of the work are connected.
 * @param bystanders process ids of sessions that take no part in the work, including the watcher's
 */
export async function watchLockWaits<Result>(
  watcher: Session,
  bystanders: readonly string[],
  sessions: number,
  work: () => Promise<Result>,
): Promise<Result & LockWaits> {
  const waits = { waiting: 0, samples: 0 };
  let isWorking = true;
  const watching = (async () => {
    while (isWorking) {
      const [row] = await watcher.query(SAMPLE_SQL, [bystanders.map(Number)]);
      if (isWorking && Number(row?.["sessions"]) >= sessions) {
        waits.samples += 1;
        waits.waiting += Number(row?.["waiting"]);
      }
      await delay(SAMPLE_MS);
    }
  })();

  const [done, watched] = await Promise.allSettled([
    work().finally(() => {
      isWorking = false;
    }),
    watching,
  ]);
  if (done.status === "rejected") throw done.reason;
  if (watched.status === "rejected") throw watched.reason;

  return { ...done.value, ...waits };
}
