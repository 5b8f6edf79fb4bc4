/**
 * Which properties are asked about a mutant, and in which order (pure). The cheap ones come first. Whoever never reads
 * the list that the mutant is in cannot notice it; nor can who only looks at a migrated database, where that is the same.
 */
import type { Cost, Property } from "../property/property.ts";

/** How many cases a property of a cost is asked for, in each round. The first round is to notice what is plain. */
export const ROUNDS: readonly Readonly<Record<Cost, number>>[] = [
  { call: 10, schedule: 4, once: 1, migration: 4, strike: 3, crash: 1 },
  { call: 100, schedule: 12, once: 0, migration: 0, strike: 0, crash: 0 },
];

const BY_COST: readonly Cost[] = ["call", "schedule", "migration", "once", "strike", "crash"];

/** What is known of the mutant before anyone is asked. */
export interface Lead {
  /** The list that its step is in. */
  readonly list: string;
  /** True where an empty database that is migrated with it is as without it. */
  readonly sameResult: boolean;
}

/** A property, and the lists of the release that it was seen to read. */
export interface Suspect {
  readonly property: Pick<Property, "id" | "cost">;
  readonly reads: ReadonlySet<string>;
}

/** The suspects worth asking, the cheapest first; of the same cost, in their own order. */
export function suspectsOf<One extends Suspect>(
  all: readonly One[],
  { list, sameResult }: Lead,
): readonly One[] {
  const able = all.filter(({ property, reads }) =>
    list === "migrate" ? !(sameResult && onlySeesResult(property)) : reads.has(list),
  );

  return able.toSorted((one, other) => rank(one) - rank(other));
}

/** Calls and schedules are made on a database that is migrated already. */
function onlySeesResult({ cost }: Suspect["property"]): boolean {
  return cost === "call" || cost === "schedule";
}

function rank({ property }: Suspect): number {
  return BY_COST.indexOf(property.cost);
}
