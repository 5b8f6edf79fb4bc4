/**
 * Compares the figures of a run with accepted ones (pure). Counts repeat, so a difference is a change of the release or
 * the server, not noise. Only the figures of the largest size are kept: smaller ones show less.
 */
import type { AcceptedFigures, FiguresByGate } from "./baseline-file.ts";
import type { Gate } from "./gate.ts";
import { formatCount, formatNumber } from "./number-format.ts";
import { COUNT_LABELS, type CountName, type Counts, type MeasuredSubject, type Measurement } from "./plans/facts.ts";
import { outlineMeasurement } from "./plans/shape.ts";

export interface FigureDifference {
  readonly gate: string;
  readonly subject: string;
  /** `worse` fails the run, `better` is worth accepting, `other` is information. */
  readonly kind: "worse" | "better" | "other";
  readonly message: string;
  /** Both outlines, if the shape changed. */
  readonly shapes?: { readonly before: readonly string[]; readonly after: readonly string[] };
}

/** The share of a count that is no change: WAL bookkeeping varies. */
const TOLERANCE = 0.02;
/** The counts of a step sequence include pruned pages of the catalogs: up to these they do not change. */
const CATALOG_TOLERANCE: Readonly<Partial<Record<CountName, number>>> = { walRecords: 60, walBytes: 6_000 };

/** The compared counts, and in which direction they get worse. */
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

/** The figures of a run that are compared and accepted. */
export function takeSnapshot(
  gates: readonly { readonly gate: Gate; readonly subjects: readonly MeasuredSubject[] }[],
): FiguresByGate {
  return Object.fromEntries(
    gates.map(({ subjects, gate }) => [
      gate.id,
      Object.fromEntries(
        subjects.flatMap(({ subject, measurements }) => {
          const figures = takeFigures(measurements, gate.subjects.kind === "step-sequence");

          return figures === undefined ? [] : [[subject, figures]];
        }),
      ),
    ]),
  );
}

/** The plans inside a step sequence are known of the first size only. */
function takeFigures(measurements: readonly Measurement[], outside: boolean): AcceptedFigures | undefined {
  const [first, last] = [measurements[0], measurements.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const { statements } = first.counts;
  const counts = { ...last.counts, ...(outside && statements !== undefined ? { statements } : {}) };

  return {
    rows: last.rows,
    ...(outside ? { outside } : {}),
    counts: roundCompared(counts),
    shape: outlineMeasurement(outside ? first : last),
  };
}

/** Three decimals: a mean of many calls has more digits than are meaningful. */
function roundCompared(counts: Counts): Counts {
  const names = Object.keys(COMPARED) as CountName[];

  return Object.fromEntries(
    names.flatMap((name) => {
      const value = counts[name];

      return value === undefined ? [] : [[name, Math.round(value * 1_000) / 1_000]];
    }),
  );
}

const IS_NEW = "is new: there is nothing to compare";
const IS_GONE = "no longer exists";

/** How the figures of `after` differ from those of `before`; gates that `after` did not run are skipped. */
export function compareFigures(before: FiguresByGate, after: FiguresByGate): readonly FigureDifference[] {
  return Object.entries(after).flatMap(([gate, subjects]) => {
    const other = (subject: string, message: string): FigureDifference => ({ gate, subject, kind: "other", message });
    const earlier = before[gate];
    if (earlier === undefined) return [other("all", IS_NEW)];
    const gone = Object.keys(earlier).filter((subject) => subjects[subject] === undefined);
    if (gone.length > 0 && Object.keys(subjects).length === 0) return [other("all", IS_GONE)];

    return [
      ...Object.entries(subjects).flatMap(([subject, figures]) => {
        const accepted = earlier[subject];
        if (accepted === undefined) return [other(subject, IS_NEW)];
        if (accepted.rows === figures.rows) return compareSubject(gate, subject, accepted, figures);
        const sizes = `${formatNumber(figures.rows)} rows, and the other figures at ${formatNumber(accepted.rows)}`;

        return [other(subject, `was measured at ${sizes}: not compared`)];
      }),
      ...gone.map((subject) => other(subject, IS_GONE)),
    ];
  });
}

function compareSubject(
  gate: string,
  subject: string,
  before: AcceptedFigures,
  after: AcceptedFigures,
): readonly FigureDifference[] {
  const hasSameShape = before.shape.join("\n") === after.shape.join("\n");
  const shapes = { before: before.shape, after: after.shape };

  return [
    ...(hasSameShape ? [] : [{ gate, subject, kind: "worse" as const, message: "its plan has another shape", shapes }]),
    ...(Object.entries(COMPARED) as [CountName, "more" | "less"][]).flatMap(([name, worseIf]) => {
      const [was, is] = [before.counts[name], after.counts[name]];
      const slack = after.outside === true ? (CATALOG_TOLERANCE[name] ?? 0) : 0;
      if (was === undefined || is === undefined) return [];
      if (Math.abs(is - was) <= Math.max(was * TOLERANCE, slack)) return [];
      const isWorse = worseIf === "more" ? is > was : is < was;
      const message = `${COUNT_LABELS[name]}: ${formatCount(name, was)} before, ${formatCount(name, is)} now`;

      return [{ gate, subject, kind: isWorse ? ("worse" as const) : ("better" as const), message }];
    }),
  ];
}
