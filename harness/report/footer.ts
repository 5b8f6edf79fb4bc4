/**
 * The last lines under a run: what it takes to have the same run again, and the one command worth trying next.
 */
import type { RunResult } from "../property/verdict.ts";
import { printable } from "../text/sanitize.ts";
import { filterByStatus, getExitCode, type VerdictStatus } from "./exit-status.ts";
import { formatReproduceCommand, formatRunCommand, type References } from "./reproduce-line.ts";
import { createPaints, readable, type Style } from "./style.ts";

/** The facts of the run and the command to try next, in one line where it is wide enough. */
export function formatFooter(run: RunResult, style: Style, references: References): string[] {
  const facts = printable(formatRunFacts(run));
  const next = `next: ${printable(nextCommand(run, references))}`;
  const line = `${facts}, ${next}`;
  const { faint } = createPaints(style);

  return line.length <= readable(style.width) ? [faint(line)] : [faint(facts), faint(next)];
}

/** Such as `seed 42, embedded PostgreSQL 18.4, 8.1 s`. */
export function formatRunFacts({ seed, server: { kind, version }, durationMs }: RunResult): string {
  const server = kind === "memory" ? `${version} in memory` : `${kind} PostgreSQL ${version}`;

  return `seed ${seed}, ${server}, ${durationOf(durationMs)}`;
}

/** The first surprise again; where a real server could decide more, the same there; else the first known finding, else the same with other cases. */
function nextCommand(run: RunResult, references: References): string {
  const isMore = run.server.kind === "memory" ? getExitCode(run) !== 1 : getExitCode(run) === 2;
  if (isMore && run.server.kind !== "embedded") {
    return formatRunCommand(run, run.seed, { ...references, options: [] });
  }
  const wanted: VerdictStatus[] = getExitCode(run) === 1 ? ["violated", "stale"] : ["known"];
  for (const standing of wanted) {
    for (const release of run.releases) {
      const [result] = filterByStatus(release.properties, standing);
      if (result !== undefined) return formatReproduceCommand(release.folder, result, references);
    }
  }

  return formatRunCommand(run, run.seed + 1, references);
}

/** Such as `850 ms`, `8.1 s`, `2 min 5 s`. */
function durationOf(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 60_000) return `${(durationMs / 1_000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1_000);

  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
