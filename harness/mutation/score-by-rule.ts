/**
 * How well each rule of the contract is guarded (pure): of the mutants that its properties noticed first and the survivors
 * that they ought to have noticed, the share that was noticed.
 */
import { ruleOf } from "../property/property.ts";
import type { Tried } from "./mutant-status.ts";
import { computeScore, expectedKillers, type MutationScore } from "./score.ts";

export interface ScoresByRule {
  /** Of the rules that any mutant counts for, in their order. A survivor counts for each rule that ought to have noticed it. */
  readonly scores: readonly MutationScore[];
  /** Survivors that nobody is known to have had to notice; they count for no rule. */
  readonly unclaimed: number;
  /** The rules that no mutant counts for. */
  readonly idle: readonly string[];
}

/** @param asked the ids of the properties that were asked, in the order of their rules */
export function scoreRules(tried: readonly Tried[], asked: readonly string[]): ScoresByRule {
  const groups = new Map<string, Tried[]>(asked.map((id) => [ruleOf(id), []]));
  let unclaimed = 0;
  for (const one of tried) {
    const rules = rulesOf(one, tried, asked);
    unclaimed += one.fate.status === "survived" && rules.length === 0 ? 1 : 0;
    for (const rule of rules) {
      groups.get(rule)?.push(one);
    }
  }

  return {
    scores: [...groups]
      .filter(([, { length }]) => length > 0)
      .map(([rule, some]) => computeScore(rule, some)),
    unclaimed,
    idle: [...groups].filter(([, { length }]) => length === 0).map(([rule]) => rule),
  };
}

/** The rules that a mutant counts for: none, where what came of it was no property's doing. */
function rulesOf(one: Tried, tried: readonly Tried[], asked: readonly string[]): readonly string[] {
  const { fate } = one;
  if (fate.status === "survived") {
    return [...new Set(expectedKillers(one, tried).map(ruleOf))];
  }

  // What runs into the limit while migrating was noticed by nobody in particular.
  return "by" in fate && asked.includes(fate.by) ? [ruleOf(fate.by)] : [];
}
