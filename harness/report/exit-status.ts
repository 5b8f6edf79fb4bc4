/**
 * Compares a verdict with the release's known failures, once for every report. An expected verdict passes, even a
 * violation; an unexpected one fails, and so does a known failure that no longer happens. An unknown verdict decides
 * nothing, unless the release itself is the reason.
 */
import type { PropertyResult, RunResult } from "../property/verdict.ts";

/**
 * `known`: violated, and listed as a known failure. `stale`: held, although listed as a known failure, or without a kind
 * that is listed.
 */
export type VerdictStatus = "held" | "known" | "violated" | "stale" | "unknown";

export function classifyVerdict({
  verdict,
  expected,
  kinds,
}: Pick<PropertyResult, "verdict" | "expected" | "kinds">): VerdictStatus {
  switch (verdict) {
    case "held":
      return expected ? "held" : "stale";
    case "violated":
      if (expected) return "known";

      return kinds === undefined || kinds.some((kind) => !kind.expected) ? "violated" : "stale";
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

/** Whether the known failures must be corrected before they decide anything. */
export function hasLedgerError({ isAmbiguous, staleKinds = [] }: PropertyResult): boolean {
  return isAmbiguous === true || staleKinds.some(({ isMistyped }) => isMistyped === true);
}

/**
 * 1 for a new violation, a known failure that no longer happens, or a rule that the release itself keeps from being
 * decided; 2 where all verdicts are unknown, where a migration's needs are not met, or where the known failures name kinds that never were, or none where there
 * are several; otherwise 0. A shard may leave everything to the others.
 */
export function getExitCode(run: RunResult): 0 | 1 | 2 {
  const results = run.releases.flatMap((release) => release.properties);
  if (results.some(hasLedgerError)) return 2;
  const failed = results.some(
    (result) => ["violated", "stale"].includes(classifyVerdict(result)) || result.blocked === true,
  );
  if (failed) return 1;
  if (run.releases.some(({ need }) => need !== undefined)) return 2;
  const isUndecided = results.length > 0 && results.every((result) => classifyVerdict(result) === "unknown");

  return isUndecided && run.shard === undefined ? 2 : 0;
}
