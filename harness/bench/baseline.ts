/**
 * The figures of the last accepted run, and how a new run differs from them (pure). Counts hold still, so a difference is
 * a change of the release or of the server, not noise. Only counts of the largest size are kept: smaller ones say less.
 */

import type { Gate } from "./gate.ts";
import { COUNT_WORDS, type CountName, type Counts, type Measured, type Reading } from "./plans/facts.ts";
import { shapeOf } from "./plans/shape.ts";
import { countOf, numberOf } from "./statement-lookup.ts";

/** One subject as it was accepted. */
export interface Figures {
  readonly rows: number;
  /** True where it was counted from outside, the catalog's own bookkeeping included. */
  readonly outside?: boolean | undefined;
  readonly counts: Counts;
  /** The outline of its plans, a line a node. */
  readonly shape: readonly string[];
}

/** By gate and subject. */
export type Snapshot = Readonly<Record<string, Readonly<Record<string, Figures>>>>;

export interface Difference {
  readonly gate: string;
  readonly subject: string;
  /** `worse` fails the run, `better` is worth accepting, `other` is only told. */
  readonly kind: "worse" | "better" | "other";
  readonly told: string;
  /** Both outlines, where the shape changed. */
  readonly shapes?: { readonly before: readonly string[]; readonly after: readonly string[] };
}

/** A share of a count that is no change: the log's own bookkeeping falls now here, now there. */
const TOLERANCE = 0.02;
/** From outside, a page of the catalog that is tidied in passing is counted too: so much is no change either. */
const IN_PASSING: Readonly<Partial<Record<CountName, number>>> = { walRecords: 60, walBytes: 6_000 };

/** The counts that are compared, and the ends of which they are worse. */
const COMPARED: Readonly<Partial<Record<CountName, "more" | "less">>> = {
  rows: "more",
  rowsRemoved: "more",
  qError: "more",
  statements: "more",
  buffers: "more",
  buffersRead: "more",
  dirtied: "more",
  tempBlocks: "more",
  walRecords: "more",
  walBytes: "more",
  indexWrites: "more",
  hotShare: "less",
};

/** What is kept of the gates of a run. */
export function snapshotOf(
  gates: readonly { readonly id: string; readonly measured: readonly Measured[]; readonly gate: Gate }[],
): Snapshot {
  return Object.fromEntries(
    gates.map(({ id, measured, gate }) => [
      id,
      Object.fromEntries(
        measured.flatMap(({ subject, readings }) => {
          const figures = figuresOf(readings, gate.subjects.kind === "passage");

          return figures === undefined ? [] : [[subject, figures]];
        }),
      ),
    ]),
  );
}

/** What a passage runs inside is known of the first size alone. */
function figuresOf(readings: readonly Reading[], outside: boolean): Figures | undefined {
  const [first, last] = [readings[0], readings.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const { statements } = first.counts;
  const counts = { ...last.counts, ...(outside && statements !== undefined ? { statements } : {}) };

  return {
    rows: last.rows,
    ...(outside ? { outside } : {}),
    counts: kept(counts),
    shape: shapeOf(outside ? first : last),
  };
}

/** Rounded to what is compared: a mean of many has more digits than it has sense. */
function kept(counts: Counts): Counts {
  const names = Object.keys(COMPARED) as CountName[];

  return Object.fromEntries(
    names.flatMap((name) => {
      const value = counts[name];

      return value === undefined ? [] : [[name, Math.round(value * 1_000) / 1_000]];
    }),
  );
}

/** How the figures of `after` differ from those of `before`; gates that `after` did not run are passed over. */
export function differencesBetween(before: Snapshot, after: Snapshot): readonly Difference[] {
  return Object.entries(after).flatMap(([gate, subjects]) => {
    const earlier = before[gate];
    if (earlier === undefined) {
      return [{ gate, subject: "all", kind: "other" as const, told: "is new: there is nothing to compare" }];
    }
    if (Object.keys(subjects).length === 0 && Object.keys(earlier).length > 0) {
      return [{ gate, subject: "all", kind: "other" as const, told: "is no longer there" }];
    }
    const gone = Object.keys(earlier).filter((subject) => subjects[subject] === undefined);

    return [
      ...Object.entries(subjects).flatMap(([subject, figures]) =>
        differencesOf(gate, subject, earlier[subject], figures),
      ),
      ...gone.map((subject) => ({ gate, subject, kind: "other" as const, told: "is no longer there" })),
    ];
  });
}

function differencesOf(
  gate: string,
  subject: string,
  before: Figures | undefined,
  after: Figures,
): readonly Difference[] {
  if (before === undefined) {
    return [{ gate, subject, kind: "other", told: "is new: there is nothing to compare" }];
  }
  if (before.rows !== after.rows) {
    const sizes = `${numberOf(after.rows)} rows, and the other figures of ${numberOf(before.rows)}`;

    return [{ gate, subject, kind: "other", told: `was measured at ${sizes}: not compared` }];
  }

  return [
    ...shapeDifference(gate, subject, before, after),
    ...countDifferences(gate, subject, before, after),
  ];
}

function shapeDifference(gate: string, subject: string, before: Figures, after: Figures): Difference[] {
  if (before.shape.join("\n") === after.shape.join("\n")) return [];

  return [
    {
      gate,
      subject,
      kind: "worse",
      told: "its plan has another shape",
      shapes: { before: before.shape, after: after.shape },
    },
  ];
}

function countDifferences(gate: string, subject: string, before: Figures, after: Figures): Difference[] {
  return (Object.entries(COMPARED) as [CountName, "more" | "less"][]).flatMap(([name, worseEnd]) => {
    const [was, is] = [before.counts[name], after.counts[name]];
    const slack = after.outside === true ? (IN_PASSING[name] ?? 0) : 0;
    if (was === undefined || is === undefined || Math.abs(is - was) <= Math.max(was * TOLERANCE, slack))
      return [];
    const worse = worseEnd === "more" ? is > was : is < was;

    return [
      {
        gate,
        subject,
        kind: worse ? ("worse" as const) : ("better" as const),
        told: `${COUNT_WORDS[name]}: ${countOf(name, was)} before, ${countOf(name, is)} now`,
      },
    ];
  });
}
