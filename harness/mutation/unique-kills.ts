/**
 * What each property noticed that no other did (pure): what would be lost with it.
 */
import type { Fate, Killed, Tried } from "./mutant-status.ts";

/** True where it is not known yet whether the property that noticed is the only one. */
export function isHalfKnown(fate: Fate): fate is Killed {
  return fate.status === "killed" && fate.second === undefined;
}

/** How many mutants each property alone noticed, by its id, the most first; and who noticed none alone. */
export interface Merits {
  readonly alone: ReadonlyMap<string, number>;
  readonly never: readonly string[];
}

/**
 * @param asked the ids of the properties that were asked
 * @returns undefined where that is not known of every mutant that a property noticed, or none was
 */
export function meritsOf(tried: readonly Tried[], asked: readonly string[]): Merits | undefined {
  const fates = tried.map(({ fate }) => fate);
  if (fates.some(isHalfKnown) || !fates.some(({ status }) => status === "killed")) {
    return undefined;
  }
  const counts = new Map<string, number>();
  for (const fate of fates) {
    if (fate.status === "killed" && fate.second?.by === undefined) {
      counts.set(fate.by, (counts.get(fate.by) ?? 0) + 1);
    }
  }

  return {
    alone: new Map([...counts].toSorted(([, one], [, other]) => other - one)),
    never: asked.filter((id) => !counts.has(id)),
  };
}
