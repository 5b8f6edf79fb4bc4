/**
 * What a property is: one universal claim about a release. It says what is given and what must hold; where the
 * database comes from, how cases are made, shrunk and cleaned up after is the runner's business.
 */
import assert from "node:assert";
import type { Arbitrary } from "fast-check";
import { record } from "fast-check";
import type { Measurement, Violation } from "./verdict.ts";

/** What the cases of a property cost: it decides how many are run by default. */
export type Cost = "call" | "schedule" | "migration" | "strike" | "crash" | "once";

export interface Property<World = unknown> {
  readonly kind: "property";
  readonly id: string;
  readonly rule: string;
  readonly title: string;
  readonly cost: Cost;
  readonly given: Arbitrary<unknown>;
  /** Counterexamples that were found once, tried first. */
  readonly examples: readonly unknown[];
  holds(given: unknown, world: World): Promise<Violation | undefined>;
  settles?(cases: readonly unknown[], world: World): Promise<readonly boolean[]>;
}

/** An open question: measured, reported, never failed. */
export interface Question<World = unknown> {
  readonly kind: "question";
  readonly id: string;
  readonly title: string;
  measure(world: World): Promise<Omit<Measurement, "id" | "title">>;
}

/** The arbitraries of a property by name, and what they give. */
type Given<Values> = { readonly [Name in keyof Values]: Arbitrary<Values[Name]> };

export interface Claim<Values, World> {
  readonly given: Given<Values>;
  readonly cost?: Cost;
  readonly examples?: readonly NoInfer<Values>[];
  /**
   * Undefined where the rule holds for the case. Throws Inconclusive where the case cannot tell; any other error is the
   * harness's own trouble.
   */
  holds(given: Values, world: World): Promise<Violation | undefined>;
  /**
   * Of many cases at once, which certainly hold, where that is found out faster together: those are not asked about one
   * by one. False says nothing against a case.
   */
  settles?(cases: readonly Values[], world: World): Promise<readonly boolean[]>;
}

/**
 * States a property. The id begins with the number of the rule that it checks: `C3`, or `C3-null` where a rule needs several.
 */
export function property<Values, World>(
  id: string,
  title: string,
  claim: Claim<Values, World>,
): Property<World> {
  const rule = ruleOf(id);
  const { settles } = claim;

  return {
    kind: "property",
    id,
    rule,
    title,
    cost: claim.cost ?? "call",
    given: record(claim.given, { noNullPrototype: true }),
    examples: claim.examples ?? [],
    holds: (given, world) => claim.holds(given as Values, world),
    ...(settles === undefined
      ? {}
      : { settles: (cases, world) => settles(cases as readonly Values[], world) }),
  };
}

/** States an open question of the contract. */
export function question<World>(
  id: string,
  title: string,
  measure: Question<World>["measure"],
): Question<World> {
  return { kind: "question", id, title, measure };
}

/** `C3` of `C3-null`. */
export function ruleOf(id: string): string {
  const rule = /^[A-Z]\d+(?=-|$)/.exec(id)?.[0];
  assert(rule !== undefined, `The id of a property begins with a rule's number: ${id}`);

  return rule;
}
