/**
 * Which properties are asked about a mutant, and in which order (pure): those first that are worth their time by what
 * earlier mutants have shown, then the cheap ones. Whoever never reads the list that the mutant is in cannot notice it;
 * nor can who only looks at a migrated database, where that is the same.
 */
import type { Cost, Property } from "../property/property.ts";
import type { Expectation } from "./kill-history.ts";

/** How many cases a property of a cost is asked for, in each round. The first round is to notice what is plain. */
export const ROUNDS: readonly Readonly<Record<Cost, number>>[] = [
  { call: 10, schedule: 4, once: 1, migration: 4, strike: 3, crash: 1 },
  { call: 100, schedule: 12, once: 0, migration: 0, strike: 0, crash: 0 },
];

/** About how much longer than the cheapest a property of a cost takes for its first round, the cheapest first. */
const EFFORT: Readonly<Record<Cost, number>> = {
  call: 1,
  schedule: 4,
  migration: 10,
  once: 20,
  strike: 25,
  crash: 30,
};

/** Of whom nothing is known. */
const EXPECTED_OF_ANYONE = 0.5;

/** What is known of the mutant before anyone is asked. */
export interface Lead {
  /** The list that its step is in. */
  readonly list: string;
  /** True where an empty database that is migrated with it is as without it. */
  readonly sameResult: boolean;
  readonly expectation: Expectation;
}

/** A property, and the lists of the release that it was seen to read. */
export interface Suspect {
  readonly property: Pick<Property, "id" | "cost">;
  readonly reads: ReadonlySet<string>;
}

/** The suspects worth asking, the most promising first; of those that promise the same, in their own order. */
export function suspectsOf<One extends Suspect>(
  all: readonly One[],
  { list, sameResult, expectation }: Lead,
): readonly One[] {
  const able = all.filter(({ property, reads }) =>
    list === "migrate" ? !(sameResult && onlySeesResult(property)) : reads.has(list),
  );

  const promise = ({ property: { id, cost } }: Suspect): number =>
    ((expectation.get(id) ?? 0) + EXPECTED_OF_ANYONE) / EFFORT[cost];

  return able.toSorted((one, other) => promise(other) - promise(one));
}

/** Calls and schedules are made on a database that is migrated already. */
function onlySeesResult({ cost }: Suspect["property"]): boolean {
  return cost === "call" || cost === "schedule";
}
