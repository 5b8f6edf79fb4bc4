/**
 * Measures how long a gate's steps block a writer of one row.
 */
import type { Release } from "../release/release.ts";
import { blockedOperations } from "../tracing/lock-modes.ts";
import type { TracedStatement } from "../tracing/statement-trace.ts";
import { traceSteps } from "../tracing/trace.ts";
import type { BenchmarkDatabases } from "./benchmark-database.ts";
import type { Gate } from "./gate.ts";
import type { MeasuredSubject } from "./plans/facts.ts";
import { groupStatements } from "./statement-groups.ts";

/**
 * In milliseconds, if the summary shows it. The locks are those of the smallest size, the times those of the largest: the
 * whole duration of a statement whose table lock blocks writes; of one that locks rows, the share that it holds at once.
 */
export async function measureWritersBlocked(
  { subjects, data: volume, state, summary }: Gate,
  release: Release,
  databases: BenchmarkDatabases,
  measured: readonly MeasuredSubject[],
): Promise<number | undefined> {
  if (subjects.kind !== "step-sequence" || !Object.values(summary).includes("writersBlocked")) return undefined;
  const rows = volume.sizes[0] ?? 0;
  const steps = subjects.select(release).flatMap((sequence) => sequence.steps);
  await using database = await databases.fresh({ release, volume, state, rows });

  const traced = await traceSteps(database, steps);

  return groupStatements(steps)
    .filter((group) => group.measured)
    .reduce((sum, { name, statements }) => {
      const last = measured.find(({ subject }) => subject === name)?.measurements.at(-1);
      const shares = traced
        .filter(({ statement }) => statements.includes(statement))
        .map((trace) => shareBlocked(trace, rows));

      return sum + (last?.durationMs ?? 0) * Math.max(0, ...shares);
    }, 0);
}

/** The share of its time for which a statement blocks the writer: all of it if no row can be written meanwhile. */
function shareBlocked({ locks, rowsHeld }: TracedStatement, rows: number): number {
  if ([...locks.values()].some((mode) => blockedOperations(mode) !== "nothing")) return 1;

  return Math.min(1, Math.max(0, ...rowsHeld.values()) / rows);
}
