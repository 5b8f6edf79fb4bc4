/**
 * Formats the results of the gates for programs. Counts and shapes are the same on every run with the same seed; what
 * depends on a clock has a key that ends in `Ms`, or is under `time`.
 */
import { GROWTH_COUNTS, type MeasuredSubject } from "../bench/plans/facts.ts";
import { outlineMeasurement } from "../bench/plans/shape.ts";
import { fitGrowth, listSamples } from "../bench/projection.ts";
import type { BenchResult, GateResult } from "../bench/result.ts";
import { formatBenchSummary } from "./bench-summary.ts";
import { toPlainJson } from "./json.ts";

/** The content of `bench --json`. */
export function formatBenchJson(bench: BenchResult): unknown {
  const { accepting: _, durationMs, releases, ...facts } = bench;

  return toPlainJson({
    ...facts,
    durationMs: Math.round(durationMs),
    summary: formatBenchSummary(bench),
    releases: releases.map(({ name, gates, differences, load }) => ({
      name,
      gates: gates.map(formatGateJson),
      differences,
      load: load?.figures,
    })),
  });
}

function formatGateJson(result: GateResult): unknown {
  const { id, title, rule, verdict, expected, reason, because, budget, purpose } = result;
  const { notes, indexes, ratio, projection, writersBlockedMs } = result;

  return {
    ...{ id, title, rule, verdict, expected, reason, because, budget, purpose },
    subjects: result.subjects.map(formatSubject),
    violations: result.violations.map(({ measurement: _, ...violation }) => violation),
    ...{ notes, indexes, time: { ratio, projection, writersBlockedMs } },
  };
}

function formatSubject({ subject, measurements }: MeasuredSubject): unknown {
  const growth = GROWTH_COUNTS.flatMap((name) => {
    const found = fitGrowth(listSamples(measurements, name));

    return found === undefined ? [] : [[name, found]];
  });

  return {
    subject,
    growth: Object.fromEntries(growth),
    measurements: measurements.map(({ rows, counts, durationMs, sleepShare, forced, ...plans }) => ({
      ...{ rows, counts, shape: outlineMeasurement(plans), forced, time: { durationMs, sleepShare } },
    })),
  };
}
