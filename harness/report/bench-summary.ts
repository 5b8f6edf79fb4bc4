/**
 * Releases beside each other, in the figures that a reader decides by (pure). What a gate contributes it says itself.
 */
import type { GlanceFigure } from "../bench/gate.ts";
import type { BenchResult, GateResult, ReleaseBench } from "../bench/result.ts";
import { countOf, minutesOf, numberOf } from "../bench/statement-lookup.ts";
import { worstGrowth } from "./bench-text.ts";
import { bareTable } from "./plain-table.ts";

/** The table's lines: a column for each release, and how many times the first is the last where both are numbers. */
export function glanceOf({ releases }: BenchResult): readonly string[] {
  const labels = [
    ...new Set(releases.flatMap(({ gates }) => gates.flatMap(({ gate }) => Object.keys(gate.glance)))),
  ];
  if (labels.length === 0) return [];
  const rows = labels.map((label) => {
    const found = releases.map((release) => figureIn(release, label));

    return [
      label,
      ...found.map((figure) => figure?.told ?? "unknown"),
      timesOf(found.map((figure) => figure?.value)),
    ];
  });
  const columns = ["", ...releases.map(({ name }) => name), ""].map((head, index) => ({
    head,
    end: index === 0 ? ("left" as const) : ("right" as const),
  }));

  return bareTable(columns, rows);
}

interface Figure {
  readonly told: string;
  readonly value: number;
}

function figureIn({ gates }: ReleaseBench, label: string): Figure | undefined {
  const result = gates.find(({ gate }) => gate.glance[label] !== undefined);
  const what = result?.gate.glance[label];

  return result === undefined || what === undefined ? undefined : figureOf(result, what);
}

function figureOf(result: GateResult, what: GlanceFigure): Figure | undefined {
  const last = result.measured.flatMap(({ readings }) => readings.at(-1) ?? []);
  const rows = last[0]?.rows;
  if (rows === undefined) return undefined;
  switch (what) {
    case "time": {
      const value = last.reduce((sum, { durationMs }) => sum + durationMs, 0);

      return { told: `${minutesOf(value)} at ${numberOf(rows)}`, value };
    }
    case "growth": {
      const value = worstGrowth(result);

      return value === undefined ? undefined : { told: `power of ${value.toFixed(2)}`, value: Number.NaN };
    }
    case "ratio": {
      const value = result.ratio?.ratio;

      return value === undefined ? undefined : { told: `${value.toFixed(1)} times`, value };
    }
    case "shutOut":
      return result.shutOutMs === undefined
        ? undefined
        : { told: `${minutesOf(result.shutOutMs)} at ${numberOf(rows)}`, value: result.shutOutMs };
    case "asleep": {
      const total = last.reduce((sum, { durationMs }) => sum + durationMs, 0);
      const asleep = last.reduce((sum, { durationMs, asleep: share = 0 }) => sum + durationMs * share, 0);

      return { told: `${((asleep / total) * 100).toFixed(0)} % of it`, value: Number.NaN };
    }
    default: {
      const value = last[0]?.counts[what];

      return value === undefined
        ? undefined
        : { told: countOf(what, value), value: what === "hotShare" ? Number.NaN : value };
    }
  }
}

/** `×2.3` of the larger to the smaller, for two figures. */
function timesOf(values: readonly (number | undefined)[]): string {
  const [one, other] = values;
  if (values.length !== 2 || !one || !other || Number.isNaN(one / other)) return "";

  return `×${numberOf(Math.max(one, other) / Math.min(one, other))}`;
}
