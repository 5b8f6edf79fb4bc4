/**
 * What the fates of mutants come to (pure). Who ran into the limit was noticed; who brought the harness to grief was
 * not. Invalid and equivalent mutants count for nothing.
 */
import type { Status, Tried } from "./mutant-status.ts";

export interface MutationScore {
  readonly name: string;
  readonly counts: Readonly<Record<Status, number>>;
  /** Share of the counted mutants that were noticed, 0 to 1; NaN where none counts. */
  readonly share: number;
}

const NONE: Readonly<Record<Status, number>> = {
  killed: 0,
  limit: 0,
  survived: 0,
  trouble: 0,
  equivalent: 0,
  invalid: 0,
};

export function computeScore(name: string, tried: readonly Tried[]): MutationScore {
  const counts = { ...NONE };
  for (const { fate } of tried) {
    counts[fate.status] += 1;
  }
  const noticed = counts.killed + counts.limit;

  return { name, counts, share: noticed / (noticed + counts.survived + counts.trouble) };
}

/** Whether the score is what was asked for, 0 to 1; it is where no mutant counts. */
export function reachesScore({ share }: MutationScore, scoreMin = 0): boolean {
  return Number.isNaN(share) || share >= scoreMin;
}

/** A score for each group, in the order in which the groups first come. */
export function groupScores(
  tried: readonly Tried[],
  groupOf: (one: Tried) => string,
): readonly MutationScore[] {
  const groups = new Map<string, Tried[]>();
  for (const one of tried) {
    const group = groupOf(one);
    groups.set(group, [...(groups.get(group) ?? []), one]);
  }

  return [...groups].map(([name, members]) => computeScore(name, members));
}

/** What a mutant changes: the object, or the step where there is none. */
export function objectOrStep({ mutant }: Pick<Tried, "mutant">): string {
  return mutant.object ?? mutant.step;
}

/** Properties by how many mutants they noticed first, the most first. */
export function countKills(tried: readonly Tried[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { fate } of tried) {
    if (fate.status === "killed" || fate.status === "limit") {
      counts.set(fate.by, (counts.get(fate.by) ?? 0) + 1);
    }
  }

  return new Map([...counts].toSorted(([, one], [, other]) => other - one));
}

/**
 * The properties that ought to have noticed a survivor: of those that were asked, the ones that noticed most of what was
 * wrong in the same place, by the same operator first, then at all. At most three.
 */
export function expectedKillers(survivor: Tried, tried: readonly Tried[]): readonly string[] {
  const { fate, mutant } = survivor;
  const asked = fate.status === "survived" ? new Set(fate.asked) : new Set<string>();
  const near = tried.filter((one) => objectOrStep(one) === objectOrStep(survivor));
  const alike = near.filter((one) => one.mutant.operator === mutant.operator);
  const names = [...countKills(alike).keys(), ...countKills(near).keys()].filter((id) => asked.has(id));

  return [...new Set(names)].slice(0, 3);
}
