/**
 * Computes mutation scores: the share of detected mutants, killed or timed out, of those that count (pure). Survivors and
 * runtime errors count as undetected; compile errors and equivalent mutants do not count.
 */
import { parseRule } from "../property/property.ts";
import type { MutantResult, MutantStatus } from "./mutant.ts";

export interface MutationScore {
  readonly name: string;
  readonly counts: Readonly<Record<MutantStatus, number>>;
  readonly total: number;
  /** From 0 to 1; NaN if no mutant counts. */
  readonly share: number;
}

export function computeScore(name: string, results: readonly MutantResult[]): MutationScore {
  const counts = { killed: 0, timeout: 0, survived: 0, runtimeError: 0, compileError: 0, equivalent: 0 };
  for (const { status } of results) counts[status] += 1;
  const detected = counts.killed + counts.timeout;
  const total = detected + counts.survived + counts.runtimeError;

  return { name, counts, total, share: detected / total };
}

/** Whether the score is at least the minimum, from 0 to 1; also if no mutant counts. */
export function reachesScore({ share }: MutationScore, scoreMin = 0): boolean {
  return Number.isNaN(share) || share >= scoreMin;
}

export function groupScores(
  results: readonly MutantResult[],
  getGroup: (result: MutantResult) => string,
): readonly MutationScore[] {
  const groups = new Map<string, MutantResult[]>();
  for (const result of results) {
    const group = getGroup(result);
    groups.set(group, [...(groups.get(group) ?? []), result]);
  }

  return [...groups].map(([name, members]) => computeScore(name, members));
}

export function objectOrStep({ mutant }: Pick<MutantResult, "mutant">): string {
  return mutant.object ?? mutant.step;
}

/** The number of mutants that each property detected first, in descending order. */
export function countKills(results: readonly MutantResult[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { status, property = "migrating" } of results) {
    if (status === "killed" || status === "timeout") counts.set(property, (counts.get(property) ?? 0) + 1);
  }

  return new Map([...counts].toSorted(([, one], [, other]) => other - one));
}

/**
 * The properties expected to kill a survivor, at most three: of those that were checked, the ones that killed most
 * mutants of the same object by the same operator, then by any.
 */
export function expectedKillers(survivor: MutantResult, results: readonly MutantResult[]): readonly string[] {
  const near = results.filter((result) => objectOrStep(result) === objectOrStep(survivor));
  const alike = near.filter(({ mutant }) => mutant.operator === survivor.mutant.operator);
  const ids = [...countKills(alike).keys(), ...countKills(near).keys()];

  return [...new Set(ids)].filter((id) => survivor.coveredBy?.includes(id)).slice(0, 3);
}

interface RuleScores {
  /** Of the rules with a mutant that counts, in their order. */
  readonly scores: readonly MutationScore[];
  /** Survivors without an expected killer; they count for no rule. */
  readonly unclaimed: number;
  readonly idle: readonly string[];
}

/**
 * How well each rule is guarded: a detected mutant counts for the rule of the property that detected it, a survivor for
 * each rule of its expected killers.
 * @param checked the ids of the properties, in the order of their rules
 */
export function scoreRules(results: readonly MutantResult[], checked: readonly string[]): RuleScores {
  const groups = new Map<string, MutantResult[]>(checked.map((id) => [parseRule(id), []]));
  let unclaimed = 0;
  for (const result of results) {
    const { status, property } = result;
    const ids = status === "survived" ? expectedKillers(result, results) : property ? [property] : [];
    unclaimed += status === "survived" && ids.length === 0 ? 1 : 0;
    for (const rule of new Set(ids.map(parseRule))) groups.get(rule)?.push(result);
  }

  return {
    scores: [...groups].filter(([, { length }]) => length > 0).map(([rule, members]) => computeScore(rule, members)),
    unclaimed,
    idle: [...groups].filter(([, { length }]) => length === 0).map(([rule]) => rule),
  };
}
