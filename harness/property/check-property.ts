/**
 * Checks one property with fast-check and returns the verdict as data: held, unknown, or violated in one or several kinds.
 */
import { CaseRunner } from "./case-runner.ts";
import { type FoundKind, KindSearch, type SearchOptions } from "./kind-search.ts";
import type { Property } from "./property.ts";
import type { TestContext } from "./test-context.ts";
import type { PropertyResult } from "./verdict.ts";

export type CheckOptions = SearchOptions;

/** The result, except for what depends on the known failures. */
export type CheckResult = Omit<PropertyResult, "expected" | "because" | "kinds"> & {
  readonly kinds?: readonly FoundKind[];
};

/**
 * Runs all cases of the property, and shrinks the first of each kind of failure. A case that cannot be decided is
 * discarded, and another takes its place; the verdict is `unknown` where fewer than half of the runs could be decided.
 * @throws what the property threw, except Inconclusive
 */
export async function checkProperty<Context extends TestContext>(
  property: Property<Context>,
  context: Context,
  options: CheckOptions,
): Promise<CheckResult> {
  const started = performance.now();
  const runner = new CaseRunner(context, options.runs);
  const search = new KindSearch(property, context, runner, options);
  const isPrepared = await runner.attempt(async () => {
    await context.prepare?.();

    return true;
  });
  if (isPrepared === true) await search.run();
  const { id, title, rule, counts } = property;
  const common = { id, title, rule, seed: options.seed, durationMs: Math.round(performance.now() - started) };

  if (runner.failure !== undefined) throw runner.failure.error;
  const { kinds, isCut } = search;
  const [first] = kinds;
  if (first !== undefined) {
    const { kind: _, ...found } = first;

    return {
      ...common,
      ...found,
      verdict: "violated",
      kinds,
      ...(isCut ? { isCut } : {}),
      ...(counts === undefined || options.firstKindOnly === true
        ? {}
        : { counted: `${counts.of - kinds.length} of ${counts.of} ${counts.passing}` }),
    };
  }
  const { unknown, decided } = runner;

  return unknown === undefined
    ? { ...common, verdict: "held", runs: decided }
    : { ...common, verdict: "unknown", runs: decided, ...unknown };
}
