/**
 * The gates' results for programs. Counts and shapes are the same on every run with the same seed; whatever a clock had a
 * part in has a key that ends in `Ms`, or stands under `time`.
 */

import { growthOf } from "../bench/growth.ts";
import type { Measured, Reading } from "../bench/plans/facts.ts";
import { GROWING } from "../bench/plans/facts.ts";
import { shapeOf } from "../bench/plans/shape.ts";
import { samplesOf } from "../bench/projection.ts";
import type { BenchResult, GateResult, ReleaseBench } from "../bench/result.ts";
import { glanceOf } from "./bench-summary.ts";
import { plain } from "./json.ts";

/** What `bench --json` writes. */
export function benchJson(bench: BenchResult): unknown {
  const { plumbline, seed, scale, server, settings, durationMs, comparison, duel } = bench;

  return plain({
    plumbline,
    seed,
    scale,
    server: { kind: server.kind, version: server.version },
    settings,
    durationMs: Math.round(durationMs),
    comparison,
    releases: bench.releases.map(releaseOf),
    glance: glanceOf(bench),
    duel,
  });
}

function releaseOf({ name, gates, differences, load }: ReleaseBench): unknown {
  return { name, gates: gates.map(gateOf), differences, load: load?.figures };
}

function gateOf(result: GateResult): unknown {
  const { id, title, rule, verdict, expected, because, reason, budget, purpose, notes } = result;

  return {
    id,
    title,
    rule,
    verdict,
    expected,
    reason,
    because,
    budget,
    purpose,
    subjects: result.measured.map(subjectOf),
    breaches: result.breaches.map(({ subject, expected: wanted, got, hint }) => ({
      subject,
      expected: wanted,
      got,
      hint,
    })),
    notes,
    indexes: result.indexes,
    time: {
      ratio: result.ratio,
      projection: result.projection,
      shutOutMs: result.shutOutMs,
    },
  };
}

function subjectOf({ subject, readings }: Measured): unknown {
  const growth = GROWING.flatMap((name) => {
    const found = growthOf(samplesOf(readings, name));

    return found === undefined || samplesOf(readings, name).length < 2 ? [] : [[name, found]];
  });

  return { subject, growth: Object.fromEntries(growth), readings: readings.map(readingOf) };
}

function readingOf(reading: Reading): unknown {
  const { rows, counts, durationMs, asleep, served } = reading;

  return {
    rows,
    counts,
    shape: shapeOf(reading),
    served,
    time: { durationMs, asleep },
  };
}
