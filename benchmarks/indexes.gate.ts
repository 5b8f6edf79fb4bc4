/**
 * P5 and P6: what the migration's indexes are worth to the documented queries, and what each consumption pays for them.
 */
import { type BenchQuery, gate, listQueries } from "../harness/bench/gate.ts";
import type { Release } from "../harness/release/release.ts";
import { consumeCall } from "./data/calls.ts";
import { organizationVolume, USUAL_SIZES } from "./data/organizations.ts";

/** Every query that the release documents. */
function listDocumented({ analyse, verify, exercise, verifyRollback }: Release): readonly BenchQuery[] {
  return [
    ...listQueries(analyse),
    ...listQueries(verify),
    ...listQueries(exercise, "explained"),
    ...listQueries(verifyRollback),
  ];
}

function listMissing({ analyse, verify, exercise, verifyRollback }: Release): readonly string[] {
  const lists = Object.entries({ analyse, verify, exercise, verifyRollback });

  return lists.filter(([, steps]) => steps === undefined).map(([name]) => name);
}

const data = organizationVolume({ rows: USUAL_SIZES });
const measure = {
  kind: "indexes",
  select: listDocumented,
  missingLists: listMissing,
  workload: () => [consumeCall],
} as const;

export const hotUpdatesGate = gate(
  "P5-indexes",
  "no unused index costs consumptions their heap-only updates",
  {
    data,
    measure: { ...measure, requirement: "keep-hot-updates" },
  },
);

export const usedIndexesGate = gate(
  "P6-indexes",
  "every index of the migration is chosen for some documented query",
  {
    data,
    measure: { ...measure, requirement: "used" },
  },
);
