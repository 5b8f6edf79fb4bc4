/** Runs jobs a few at a time, so that both the server and this process are busy. */
import { messageOf } from "../errors.ts";

/** How many properties are checked at the same time by default. */
export const CONCURRENCY = 3;

type Job = () => Promise<void>;

/**
 * Runs the jobs in their order. After the first error no other job starts, and those that run are awaited.
 * @throws the first error
 */
export async function runConcurrently(jobs: Iterable<Job>, limit = CONCURRENCY): Promise<void> {
  const waiting = [...jobs].reverse();
  const worker = async (): Promise<void> => {
    for (let job = waiting.pop(); job !== undefined; job = waiting.pop()) {
      try {
        await job();
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: limit }, worker));
  const failed = results.find((result) => result.status === "rejected");

  if (failed !== undefined) {
    throw failed.reason instanceof Error ? failed.reason : new Error(messageOf(failed.reason));
  }
}
