/**
 * How long a writer of one row is shut out by the statements of a passage (pure): as long as a statement lasts whose lock
 * on the table keeps writers away, and of one that locks rows, the share of them that it holds at a time.
 */
import { stoppedBy } from "../tracing/lock-modes.ts";
import type { Traced } from "../tracing/trace.ts";
import type { Measured } from "./plans/facts.ts";
import type { Unit } from "./units.ts";

/**
 * In milliseconds, at the largest size that was measured.
 * @param tracedRows the rows of the table on which the statements were traced
 */
export function shutOutMs(
  units: readonly Unit[],
  measured: readonly Measured[],
  traced: readonly Traced[],
  tracedRows: number,
): number {
  return units
    .filter((unit) => unit.measured)
    .reduce((sum, unit) => {
      const durationMs =
        measured.find(({ subject }) => subject === unit.name)?.readings.at(-1)?.durationMs ?? 0;
      const traces = traced.filter(({ statement }) => unit.statements.includes(statement));

      return sum + durationMs * Math.max(0, ...traces.map((trace) => shareShutOut(trace, tracedRows)));
    }, 0);
}

/** 1 where no row can be written meanwhile. */
function shareShutOut({ locks, rowsHeld }: Traced, rows: number): number {
  if ([...locks.values()].some((mode) => stoppedBy(mode) !== "nothing")) return 1;

  return Math.min(1, Math.max(0, ...rowsHeld.values()) / rows);
}
