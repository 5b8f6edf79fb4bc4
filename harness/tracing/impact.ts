/**
 * What a statement means for everyone else (pure): its traces at several sizes of the tables, put together and judged.
 */
import type { Refusal } from "../database/session.ts";
import type { Statement, Step } from "../release/release.ts";
import { grows, type Sample } from "./growth.ts";
import { type Lock, type Stopped, stoppedBy, stronger, type TableMode } from "./lock-modes.ts";
import type { Trace, Traced } from "./trace.ts";

/** The traces of the same steps on tables of one size. */
export interface Run {
  readonly rows: number;
  readonly traced: readonly Traced[];
}

/** A statement, as it was seen at all sizes. */
export interface Impact {
  readonly step: Step;
  readonly statement: Statement;
  /** The strongest mode on each table, at any size. */
  readonly locks: ReadonlyMap<string, TableMode>;
  readonly rewrites: readonly string[];
  /** All rows that the statement read or wrote, in whatever table: so long its locks are held. */
  readonly work: readonly Sample[];
  /** Rows that it held locked at the same time, by table. */
  readonly rowsHeld: ReadonlyMap<string, readonly Sample[]>;
  /** True where it runs outside of a transaction only. */
  readonly outside: boolean;
  readonly refusal?: Refusal;
}

/** A lock that stops somebody, and for how long. */
export interface Obstruction {
  readonly lock: Lock;
  readonly stops: Exclude<Stopped, "nothing"> | "writes of the rows it wrote";
  /** Whether it is held for a time that grows with the rows of the tables. */
  readonly grows: boolean;
  /** Rows read or written under a lock on a table; rows locked. */
  readonly samples: readonly Sample[];
}

/** @param runs of the same steps: the statements come in the same order in each */
export function impactsOf(runs: readonly Run[]): readonly Impact[] {
  const [first] = runs;

  return (first?.traced ?? []).map(({ step, statement }, index) => {
    const seen = runs.flatMap(({ rows, traced }) => {
      const trace = traced[index];
      return trace === undefined ? [] : [{ rows, trace }];
    });
    const refusal = seen.find(({ trace }) => trace.refusal !== undefined)?.trace.refusal;

    return {
      step,
      statement,
      locks: strongestAt(seen.map(({ trace }) => trace)),
      rewrites: [...new Set(seen.flatMap(({ trace }) => trace.rewrites))],
      work: seen.map(({ rows, trace }) => ({ rows, count: workOf(trace) })),
      rowsHeld: heldAt(seen),
      outside: seen.some(({ trace }) => trace.outside === true),
      ...(refusal === undefined ? {} : { refusal }),
    };
  });
}

/** What stops readers or writers of the table while the statement runs. */
export function obstructionsOf(impact: Impact, table: string): readonly Obstruction[] {
  const found: Obstruction[] = [];
  const mode = impact.locks.get(table);
  const stops = mode === undefined ? "nothing" : stoppedBy(mode);
  if (mode !== undefined && stops !== "nothing") {
    const samples = impact.work;
    found.push({ lock: { table, mode }, stops, grows: grows(samples), samples });
  }
  const held = impact.rowsHeld.get(table) ?? [];
  if (held.some(({ count }) => count > 0)) {
    const lock: Lock = { table, mode: "FOR NO KEY UPDATE" };
    found.push({ lock, stops: "writes of the rows it wrote", grows: grows(held), samples: held });
  }

  return found;
}

function workOf({ counts }: Trace): number {
  return [...counts.values()].reduce((sum, { read, written }) => sum + read + written, 0);
}

function strongestAt(traces: readonly Trace[]): ReadonlyMap<string, TableMode> {
  const strongest = new Map<string, TableMode>();
  for (const [table, mode] of traces.flatMap(({ locks }) => [...locks])) {
    strongest.set(table, stronger(strongest.get(table) ?? mode, mode));
  }

  return strongest;
}

function heldAt(
  seen: readonly { readonly rows: number; readonly trace: Trace }[],
): ReadonlyMap<string, readonly Sample[]> {
  const tables = new Set(seen.flatMap(({ trace }) => [...trace.rowsHeld.keys()]));

  return new Map(
    [...tables].map((table) => [
      table,
      seen.map(({ rows, trace }) => ({ rows, count: trace.rowsHeld.get(table) ?? 0 })),
    ]),
  );
}
