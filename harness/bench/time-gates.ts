/**
 * Measures the time of a gate: as a multiple of its reference statements, and how long it blocks writers.
 */
import type { Release } from "../release/release.ts";
import { blockedOperations } from "../tracing/lock-modes.ts";
import type { TracedStatement } from "../tracing/statement-trace.ts";
import { traceSteps } from "../tracing/trace.ts";
import type { BenchmarkDatabases } from "./benchmark-database.ts";
import type { Gate } from "./gate.ts";
import { compareCall, compareStepSequences, listStatements } from "./measure-reference.ts";
import type { TimedRatio } from "./paired-runs.ts";
import type { MeasuredSubject } from "./plans/facts.ts";
import { groupStatements, type StatementGroup } from "./statement-groups.ts";

/**
 * The time of the gate's call or step sequence as a multiple of its reference; undefined if it has none.
 * @param slowerThan the multiple above which it is too slow; without it the ratio is not judged
 */
export async function measureReferenceRatio(
  { subjects, reference, data: volume, state }: Gate,
  release: Release,
  databases: BenchmarkDatabases,
  slowerThan?: number,
): Promise<TimedRatio | undefined> {
  if (reference === undefined) return undefined;
  const clone = async () => await databases.fresh({ release, volume, state, rows: reference.rows });
  if (subjects.kind === "call") {
    const [call] = subjects.select(release);
    if (call === undefined) return undefined;
    await using database = await clone();

    return await compareCall(database, call, reference, slowerThan);
  }
  const statements =
    subjects.kind === "step-sequence"
      ? subjects.select(release).flatMap(({ steps }) => listStatements(steps))
      : [];
  if (statements.length === 0) return undefined;

  return await compareStepSequences(
    { statements, clone },
    { statements: [reference.sql(0, reference.rows)], clone },
    slowerThan,
  );
}

/**
 * How long the gate's step sequence blocks a writer, in milliseconds, if the summary shows it. The locks are those of
 * the smallest size, the times those of the largest.
 */
export async function measureWritersBlocked(
  { subjects, data: volume, state, summary }: Gate,
  release: Release,
  databases: BenchmarkDatabases,
  measured: readonly MeasuredSubject[],
): Promise<number | undefined> {
  if (subjects.kind !== "step-sequence" || !Object.values(summary).includes("writersBlocked"))
    return undefined;
  const rows = volume.sizes[0] ?? 0;
  const steps = subjects.select(release).flatMap((sequence) => sequence.steps);
  await using database = await databases.fresh({ release, volume, state, rows });

  return computeWritersBlockedMs(groupStatements(steps), measured, await traceSteps(database, steps), rows);
}

/**
 * How long the statements block a writer of one row, at the largest size, in milliseconds (pure): the whole duration of
 * a statement whose table lock blocks writes; of one that locks rows, the share of rows that it holds at once.
 * @param tracedRows the rows of the table on which the statements were traced
 */
export function computeWritersBlockedMs(
  groups: readonly StatementGroup[],
  measured: readonly MeasuredSubject[],
  traced: readonly TracedStatement[],
  tracedRows: number,
): number {
  return groups
    .filter((group) => group.measured)
    .reduce((sum, { name, statements }) => {
      const last = measured.find(({ subject }) => subject === name)?.measurements.at(-1);
      const shares = traced
        .filter(({ statement }) => statements.includes(statement))
        .map((trace) => shareBlocked(trace, tracedRows));

      return sum + (last?.durationMs ?? 0) * Math.max(0, ...shares);
    }, 0);
}

/** 1 if no row can be written meanwhile. */
function shareBlocked({ locks, rowsHeld }: TracedStatement, rows: number): number {
  if ([...locks.values()].some((mode) => blockedOperations(mode) !== "nothing")) return 1;

  return Math.min(1, Math.max(0, ...rowsHeld.values()) / rows);
}
