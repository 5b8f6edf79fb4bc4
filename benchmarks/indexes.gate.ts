/**
 * P5 and P6: what the migration's indexes are worth to the document's queries, and what each consumption pays for them.
 */
import { gate, type Query, queriesOf } from "../harness/bench/gate.ts";
import type { Release } from "../harness/release/release.ts";
import { consumption } from "./data/calls.ts";
import { organizations, USUAL_SIZES } from "./data/organizations.ts";

/** Every query that the document gives to someone to run. */
function documented({ analyse, verify, exercise, verifyRollback }: Release): readonly Query[] {
  return [
    ...queriesOf(analyse),
    ...queriesOf(verify),
    ...queriesOf(exercise, "explained"),
    ...queriesOf(verifyRollback),
  ];
}

function lacking({ analyse, verify, exercise, verifyRollback }: Release): readonly string[] {
  const lists = Object.entries({ analyse, verify, exercise, verifyRollback });

  return lists.filter(([, steps]) => steps === undefined).map(([name]) => name);
}

const data = organizations({ rows: USUAL_SIZES });
const use = () => [consumption];

export const repaid = gate("P5-indexes", "no index costs consumptions their heap-only updates for nothing", {
  data,
  measure: { kind: "indexes", of: documented, lacking, use, demand: "repaid" },
});

export const chosen = gate("P6-indexes", "every index of the migration is chosen for some documented query", {
  data,
  measure: { kind: "indexes", of: documented, lacking, use, demand: "chosen" },
});
