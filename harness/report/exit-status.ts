/**
 * Compares a verdict with the release's known failures, once for every report. An expected verdict passes, even a
 * violation; an unexpected one fails, and so does a known failure that no longer happens. An unknown verdict decides
 * nothing, unless the release itself is the reason.
 */
import type { PropertyResult, RunResult } from "../property/verdict.ts";

/** `known`: violated, and listed as a known failure. `stale`: held, although listed as a known failure. */
export type VerdictStatus = "held" | "known" | "violated" | "stale" | "unknown";

export function classifyVerdict({ verdict, expected }: Pick<PropertyResult, "verdict" | "expected">): VerdictStatus {
  switch (verdict) {
    case "held":
      return expected ? "held" : "stale";
    case "violated":
      return expected ? "known" : "violated";
    case "unknown":
      return "unknown";
  }
}

export function filterByStatus(results: readonly PropertyResult[], status: VerdictStatus): PropertyResult[] {
  return results.filter((result) => classifyVerdict(result) === status);
}

/** The most serious status among the results; unknown where there are none. */
export function findWorstStatus(results: readonly PropertyResult[]): VerdictStatus {
  const worstFirst: readonly VerdictStatus[] = ["violated", "stale", "known", "unknown", "held"];
  const found = new Set(results.map(classifyVerdict));

  return worstFirst.find((status) => found.has(status)) ?? "unknown";
}

/**
 * 1 for a new violation, a known failure that no longer happens, or a rule that the release itself keeps from being
 * decided; 2 where all verdicts are unknown; otherwise 0. A shard may leave everything to the others.
 */
export function getExitCode(run: RunResult): 0 | 1 | 2 {
  const results = run.releases.flatMap((release) => release.properties);
  const failed = results.some(
    (result) => ["violated", "stale"].includes(classifyVerdict(result)) || result.blocked === true,
  );
  if (failed) return 1;
  const isUndecided = results.length > 0 && results.every((result) => classifyVerdict(result) === "unknown");

  return isUndecided && run.shard === undefined ? 2 : 0;
}
