/**
 * How a verdict stands to the ledger, decided once for every way of telling it. What was expected passes, however bad
 * it is; what was not expected fails, and so does a ledger that names what no longer happens. An unknown verdict is
 * neither: it is told, and it decides nothing.
 */
import type { PropertyResult, RunResult } from "../property/verdict.ts";

/** `known`: violated, and the ledger says so. `stale`: held, although the ledger says violated. */
export type VerdictStatus = "held" | "known" | "violated" | "stale" | "unknown";

export function classifyVerdict(result: Pick<PropertyResult, "verdict" | "expected">): VerdictStatus {
  switch (result.verdict) {
    case "held":
      return result.expected ? "held" : "stale";
    case "violated":
      return result.expected ? "known" : "violated";
    case "unknown":
      return "unknown";
  }
}

/** The results of one standing, in the order in which they were given. */
export function filterByStatus(
  results: readonly PropertyResult[],
  standing: VerdictStatus,
): PropertyResult[] {
  return results.filter((result) => classifyVerdict(result) === standing);
}

/**
 * 1 where a rule is broken that the ledger does not know, the ledger is stale, or the release itself keeps a rule from
 * being decided; 2 where all that was asked is undecided; otherwise 0. A part of a run may leave all to the others.
 */
export function getExitCode(run: RunResult): 0 | 1 | 2 {
  const results = run.releases.flatMap((release) => release.properties);
  const isSurprising = results.some(
    (result) => ["violated", "stale"].includes(classifyVerdict(result)) || result.blocked === true,
  );
  if (isSurprising) return 1;
  const isUndecided = results.length > 0 && results.every((result) => classifyVerdict(result) === "unknown");

  return isUndecided && run.shard === undefined ? 2 : 0;
}
