/**
 * Formats the summary of a run: the releases side by side, in the figures that gates name for it (pure).
 */
import { sum } from "simple-statistics";
import { formatCount, formatElapsed, formatNumber, formatPercentage } from "../bench/number-format.ts";
import type { BenchResult, ReleaseBench } from "../bench/result.ts";
import { findWorstGrowth } from "./bench-gate.ts";
import { formatPlainTable } from "./plain-table.ts";

/** A column for each release, and the ratio of two figures. */
export function formatBenchSummary({ releases }: BenchResult): readonly string[] {
  const labels = [...new Set(releases.flatMap(({ gates }) => gates.flatMap(({ gate }) => Object.keys(gate.summary))))];
  if (labels.length === 0) return [];
  const rows = labels.map((label) => {
    const figures = releases.map((release) => findFigure(release, label));

    return [
      label,
      ...figures.map((figure) => figure?.text ?? "unknown"),
      formatRatio(figures.map((figure) => figure?.value)),
    ];
  });
  const columns = ["", ...releases.map(({ name }) => name), ""].map((head, index) => ({
    head,
    end: index === 0 ? ("left" as const) : ("right" as const),
  }));

  return formatPlainTable(columns, rows);
}

interface Figure {
  readonly text: string;
  /** Undefined if a ratio of two such figures has no meaning. */
  readonly value?: number;
}

function findFigure({ gates }: ReleaseBench, label: string): Figure | undefined {
  const result = gates.find(({ gate }) => gate.summary[label] !== undefined);
  const figure = result?.gate.summary[label];
  if (result === undefined || figure === undefined) return undefined;
  const last = result.subjects.flatMap(({ measurements }) => measurements.at(-1) ?? []);
  const [first] = last;
  if (first === undefined) return undefined;
  const totalMs = sum(last.map(({ durationMs }) => durationMs));
  const atRows = (value: number) => ({ text: `${formatElapsed(value)} at ${formatNumber(first.rows)}`, value });
  const sleepMs = sum(last.map(({ durationMs, sleepShare = 0 }) => durationMs * sleepShare));
  const growth = findWorstGrowth(result);
  const { ratio: { ratio } = {}, writersBlockedMs } = result;
  switch (figure) {
    case "time":
      return atRows(totalMs);
    case "growth":
      return growth === undefined ? undefined : { text: growth.toFixed(2) };
    case "ratio":
      return ratio === undefined ? undefined : { text: `${ratio.toFixed(1)} times`, value: ratio };
    case "writersBlocked":
      return writersBlockedMs === undefined ? undefined : atRows(writersBlockedMs);
    case "sleepShare":
      return { text: formatPercentage(sleepMs / totalMs) };
    default: {
      const value = first.counts[figure];
      if (value === undefined) return undefined;
      const text = formatCount(figure, value);

      return figure === "hotShare" ? { text } : { text, value };
    }
  }
}

/** `×2.3`, the larger of two figures as a multiple of the smaller. */
function formatRatio(values: readonly (number | undefined)[]): string {
  const [one, other] = values;
  if (values.length !== 2 || !one || !other) return "";

  return `×${formatNumber(Math.max(one, other) / Math.min(one, other))}`;
}
