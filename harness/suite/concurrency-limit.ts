/**
 * Doing many things a few at a time, so that both the server and this process have work.
 */
import { messageOf } from "../errors.ts";

/** How many are at work at the same time. */
export const LANES = 3;

type Job = () => Promise<void>;

/** Does the jobs in their order, a few at a time; after the first that fails no other is begun. */
export async function inLanes(jobs: Iterable<Job>, lanes = LANES): Promise<void> {
  const waiting = [...jobs].reverse();
  const lane = async (): Promise<void> => {
    for (let job = waiting.pop(); job !== undefined; job = waiting.pop()) {
      try {
        await job();
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane));
  const failed = ended.find((end) => end.status === "rejected");

  if (failed !== undefined) {
    throw failed.reason instanceof Error ? failed.reason : new Error(messageOf(failed.reason));
  }
}
