/**
 * Defines a property: one universal claim about a release. It says what is given and what must hold; the runner provides
 * the database, generates and shrinks the cases, and cleans up after each.
 */
import assert from "node:assert";
import type { Arbitrary } from "fast-check";
import { record } from "fast-check";
import { Inconclusive } from "../errors.ts";
import type { Release } from "../release/release.ts";
import type { TestContext } from "./test-context.ts";
import type { QuestionResult, Violation } from "./verdict.ts";

/** What a case does to the database, which decides how many cases are run by default and how many shrinks are tried. */
export type CaseKind = "call" | "schedule" | "migration" | "fault" | "crash" | "once";

/** How many kinds of failures there can be, and what is said of those that do not occur: `seeded faults are reported`. */
export interface KindCount {
  readonly of: number;
  readonly passing: string;
}

/** What is wrong in one case: nothing, one fault, or several. */
export type Violations = Violation | readonly Violation[] | undefined;

/**
 * Checks each item, whatever is wrong with the ones before.
 * @throws Inconclusive if an item cannot be decided, and nothing is wrong with the others
 */
export async function checkEach<Item>(
  items: Iterable<Item>,
  check: (item: Item) => Promise<Violations>,
): Promise<readonly Violation[]> {
  const violations: Violation[] = [];
  let undecided: Inconclusive | undefined;
  for (const item of items) {
    try {
      violations.push(...listViolations(await check(item)));
    } catch (error) {
      if (!(error instanceof Inconclusive)) throw error;
      undecided ??= error;
    }
  }
  if (violations.length === 0 && undecided !== undefined) throw undecided;

  return violations;
}

export function listViolations(violations: Violations): readonly Violation[] {
  return violations === undefined ? [] : [violations].flat();
}

/** A property as the runner sees it: the types of its values are known to the property alone. */
export interface Property<Context extends TestContext = TestContext> {
  readonly kind: "property";
  readonly id: string;
  readonly rule: string;
  readonly title: string;
  readonly caseKind: CaseKind;
  readonly given: Arbitrary<unknown>;
  /** Cases that are checked first, such as counterexamples found earlier. */
  readonly examples: readonly unknown[];
  readonly counts?: KindCount;
  /** False for a release that it says nothing of: there it is left out, and counts as nothing. Default: all. */
  concerns?(release: Release): boolean;
  holds(given: unknown, context: Context): Promise<Violations>;
  batchCheck?(cases: readonly unknown[], context: Context): Promise<readonly boolean[]>;
}

/** An open question: measured and reported, never failed. */
export interface Question<Context extends TestContext = TestContext> {
  readonly kind: "question";
  readonly id: string;
  readonly title: string;
  measure(context: Context): Promise<Omit<QuestionResult, "id" | "title">>;
  /** True if it is asked in a matrix only, where all versions must give one answer. */
  readonly comparesVersions?: true;
}

/** The arbitraries of a property, by the names of the values that they generate. */
type Given<Values> = { readonly [Name in keyof Values]: Arbitrary<Values[Name]> };

export interface PropertyDefinition<Values, Context extends TestContext> {
  readonly given: Given<Values>;
  /** Default: `call`. Cases of this kind leave the database as they found it, so that properties can share it. */
  readonly caseKind?: CaseKind;
  readonly examples?: readonly NoInfer<Values>[];
  /** Where each kind of failure is one of so many that the cases try. */
  readonly counts?: KindCount;
  /**
   * Checks one case.
   * @returns undefined or an empty list if the rule holds; several violations are distinguished by their kinds
   * @throws Inconclusive if the case cannot be decided; any other error is an error of the harness
   */
  holds(given: Values, context: Context): Promise<Violations>;
  /**
   * Checks many cases together, if that is faster.
   * @returns for each case whether it certainly holds; the others are checked one by one
   */
  batchCheck?(cases: readonly Values[], context: Context): Promise<readonly boolean[]>;
}

/**
 * Defines a property. Its id begins with its rule: `C3`, or `C3-null` if a rule needs several; `applies.1` for the first
 * one of the family `applies`.
 */
export function property<Values, Context extends TestContext = TestContext>(
  id: string,
  title: string,
  definition: PropertyDefinition<Values, Context>,
): Property<Context> {
  const { given, caseKind = "call", examples = [], counts, batchCheck } = definition;

  return {
    kind: "property",
    id,
    rule: parseRule(id),
    title,
    caseKind,
    given: record(given, { noNullPrototype: true }),
    examples,
    ...(counts && { counts }),
    holds: (values, context) => definition.holds(values as Values, context),
    ...(batchCheck && { batchCheck: (cases, context) => batchCheck(cases as readonly Values[], context) }),
  };
}

/** Defines an open question. */
export function question<Context extends TestContext = TestContext>(
  id: string,
  title: string,
  measure: Question<Context>["measure"],
  options: Pick<Question, "comparesVersions"> = {},
): Question<Context> {
  return { kind: "question", id, title, measure, ...options };
}

/** Reads the rule from an id: `C3` from `C3-null`, and the family `applies` from `applies.1`. */
export function parseRule(id: string): string {
  const rule = /^(?:[A-Z]\d+(?=-|$)|[a-z]+(?:-[a-z]+)*(?=\.\d+(?:-|$)))/.exec(id)?.[0];
  assert(rule !== undefined, `The id of a property begins with its rule, such as C3 or applies.1: ${id}`);

  return rule;
}
