/**
 * P5 and P6: what the migration's indexes are worth to the documented queries, and what each consumption pays for them.
 */
import { type BenchQuery, gate, listQueries } from "../harness/bench/gate.ts";
import type { Release } from "../harness/release/release.ts";
import { consumeCall } from "./data/calls.ts";
import { usualVolume } from "./data/organizations.ts";

/** The lists whose queries the release documents. */
const DOCUMENTED = ["analyse", "verify", "exercise", "verifyRollback"] as const;

function listDocumented({ lists }: Release): readonly BenchQuery[] {
  return DOCUMENTED.flatMap((name) => listQueries(lists[name], name === "exercise" ? "explained" : "all"));
}

function listMissing({ lists }: Release): readonly string[] {
  return DOCUMENTED.filter((name) => lists[name] === undefined);
}

const measure = {
  kind: "indexes",
  select: listDocumented,
  missingLists: listMissing,
  workload: () => [consumeCall],
} as const;

export const hotUpdatesGate = gate("P5-indexes", "no unused index costs consumptions their heap-only updates", {
  data: usualVolume,
  measure: { ...measure, requirement: "keep-hot-updates" },
});

export const usedIndexesGate = gate("P6-indexes", "every index of the migration is chosen for some documented query", {
  data: usualVolume,
  measure: { ...measure, requirement: "used" },
});
