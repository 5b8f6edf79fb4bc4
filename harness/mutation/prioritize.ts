/**
 * Selects and orders the properties to check on a mutant (pure). A property that never reads the mutated list cannot kill
 * the mutant; nor can one that works on a migrated database only, if that is the same as without the mutant.
 */
import type { CaseKind, Property } from "../property/property.ts";

/** The number of cases in each round, by price class. The first round finds plain faults cheaply. */
export const ROUNDS: readonly Readonly<Record<CaseKind, number>>[] = [
  { call: 10, schedule: 4, once: 1, migration: 4, fault: 3, crash: 1 },
  { call: 100, schedule: 12, once: 0, migration: 0, fault: 0, crash: 0 },
];

/** The approximate time for the first round, relative to the cheapest class. */
const EFFORT: Readonly<Record<CaseKind, number>> = {
  call: 1,
  schedule: 4,
  migration: 10,
  once: 20,
  fault: 25,
  crash: 30,
};

export interface Lead {
  readonly list: string;
  /** Whether the mutant leaves the catalog of an empty migrated database unchanged. */
  readonly hasSameCatalog: boolean;
  readonly killer: string | undefined;
}

/** A property, and the lists of the release that it was seen to read. */
export interface PropertyUsage {
  readonly property: Pick<Property, "id" | "caseKind">;
  readonly reads: ReadonlySet<string>;
}

/** The properties that can kill the mutant: first its earlier killer, then the cheap ones. */
export function prioritize<Usage extends PropertyUsage>(
  all: readonly Usage[],
  { list, hasSameCatalog, killer }: Lead,
): readonly Usage[] {
  const effort = ({ property: { id, caseKind } }: PropertyUsage) => (id === killer ? 0 : EFFORT[caseKind]);

  return all
    .filter(({ property: { caseKind }, reads }) =>
      list === "migrate" ? !(hasSameCatalog && (caseKind === "call" || caseKind === "schedule")) : reads.has(list),
    )
    .toSorted((one, other) => effort(one) - effort(other));
}
