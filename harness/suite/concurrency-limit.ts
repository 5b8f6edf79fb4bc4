/** Runs jobs a few at a time, so that both the server and this process are busy. */
import { messageOf } from "../errors.ts";

/** How many properties are checked at the same time by default. */
export const CONCURRENCY = 3;

type Job = () => Promise<void>;

/**
 * Runs the jobs in their order, and beside them those of `exclusive`, one at a time: they would only wait for each other.
 * After the first error no other job starts, and those that run are awaited.
 * @throws the first error
 */
export async function runConcurrently(
  jobs: Iterable<Job>,
  limit = CONCURRENCY,
  exclusive: Iterable<Job> = [],
): Promise<void> {
  const queues = [[...jobs].reverse(), [...exclusive].reverse()] as const;
  const work = async (queue: Job[]): Promise<void> => {
    for (let job = queue.pop(); job !== undefined; job = queue.pop()) {
      try {
        await job();
      } catch (error) {
        for (const waiting of queues) waiting.length = 0;
        throw error;
      }
    }
  };
  const workers = [...Array.from({ length: limit }, () => queues[0]), queues[1]];
  const results = await Promise.allSettled(workers.map(work));
  const failed = results.find((result) => result.status === "rejected");

  if (failed !== undefined) {
    throw failed.reason instanceof Error ? failed.reason : new Error(messageOf(failed.reason));
  }
}

/** How long a job takes. Those that are `exclusive` share what only one of them can use at a time. */
export type JobKind = "short" | "long" | "exclusive";

export interface KindedJob {
  readonly kind: JobKind;
  readonly run: Job;
}

/** Runs the long jobs first: nothing long is then left for the end, when the rest is done. Errors as above. */
export async function runByKind(jobs: readonly KindedJob[], limit?: number): Promise<void> {
  const select = (kind: JobKind) => jobs.filter((job) => job.kind === kind).map(({ run }) => run);

  await runConcurrently([...select("long"), ...select("short")], limit, select("exclusive"));
}
