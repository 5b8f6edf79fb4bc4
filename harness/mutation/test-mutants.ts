/**
 * Tests mutants, a few at a time, and records each outcome at once, so that a stopped run can be resumed. The properties
 * are checked against a mutant, the likeliest to kill it first, until one is violated. Whatever goes wrong is caused by
 * the mutant unless the server is gone.
 */

import { isDeepStrictEqual } from "node:util";
import type { Catalog } from "../catalog/facts.ts";
import type { Pool } from "../database/pool.ts";
import { HarnessError, Inconclusive, LimitError } from "../errors.ts";
import type { CrashServer } from "../fault/crash-server.ts";
import { checkProperty } from "../property/check-property.ts";
import type { Property } from "../property/property.ts";
import type { TestContext } from "../property/test-context.ts";
import type { Release } from "../release/release.ts";
import { runConcurrently } from "../suite/concurrency-limit.ts";
import type { ContextFactory } from "../suite/test-resources.ts";
import { applyMutant } from "./apply-mutant.ts";
import type { Mutant, MutantOutcome, MutantResult } from "./mutant.ts";
import type { Killers } from "./mutant-files.ts";
import { type PropertyUsage, prioritize, ROUNDS } from "./prioritize.ts";
import type { ResultJournal } from "./result-journal.ts";

interface MutationOptions {
  readonly context: MutationContext;
  readonly journal: ResultJournal;
  readonly killers?: Killers;
  readonly onTested?: (done: number) => void;
}

/** The outcome of a mutant that need not be tested: it is equivalent, or an earlier run has tested it. */
export function findKnownOutcome(
  { id }: Mutant,
  equivalents: ReadonlyMap<string, string>,
  journal: ResultJournal,
): MutantOutcome | undefined {
  const reason = equivalents.get(id);

  return reason === undefined ? journal.get(id) : { status: "equivalent", reason };
}

/**
 * Tests each mutant.
 * @returns the results in the order of the mutants
 * @throws HarnessError if the server is gone, or an outcome cannot be recorded
 */
export async function testMutants(
  mutants: readonly Mutant[],
  { context, journal, killers, onTested }: MutationOptions,
): Promise<readonly MutantResult[]> {
  const results = new Map<string, MutantResult>();
  await runConcurrently(
    mutants.map((mutant) => async () => {
      const began = performance.now();
      const outcome = await testMutant(mutant, context, killers?.get(mutant.id));
      journal.add(mutant.id, outcome);
      const durationMs = Math.max(1, Math.round(performance.now() - began));
      results.set(mutant.id, { mutant, ...outcome, durationMs });
      onTested?.(results.size);
    }),
  );

  return mutants.flatMap(({ id }) => results.get(id) ?? []);
}

export interface CandidateProperty extends PropertyUsage {
  readonly property: Property;
}

export interface MutationContext {
  readonly release: Release;
  readonly catalog: Catalog;
  readonly candidates: readonly CandidateProperty[];
  readonly openContext: ContextFactory;
  readonly databases: Pool;
  readonly crashServer?: CrashServer;
  readonly seed: number;
}

/**
 * The same mutant, seed and killer give the same outcome.
 * @param killer the property that killed the mutant in an earlier run
 * @throws HarnessError if the server is gone
 */
export async function testMutant(mutant: Mutant, context: MutationContext, killer?: string): Promise<MutantOutcome> {
  const applied = await applyMutant(context.release, mutant);
  if (applied.kind === "invalid") return { status: "compileError", reason: applied.message };
  const opened = await openMutant({ ...context, release: applied.release }, mutant.list === "migrate");
  if ("status" in opened) return opened;

  try {
    const hasSameCatalog = isDeepStrictEqual(opened.mutantCatalog, context.catalog);
    const candidates = prioritize(context.candidates, { list: mutant.list, hasSameCatalog, killer });
    // The earlier killer may need its second round, which is to come before the first round of the others.
    const first = candidates.filter(({ property: { id } }) => id === killer);

    return (
      (await checkCandidates(first, opened)) ??
      (await checkCandidates(candidates, opened)) ?? {
        status: "survived",
        coveredBy: candidates.map(({ property: { id } }) => id),
      }
    );
  } finally {
    await opened.shared.close();
  }
}

export function openTestContext({
  openContext,
  release,
  databases,
  crashServer,
}: Pick<MutationContext, "openContext" | "release" | "databases" | "crashServer">): TestContext {
  return openContext({ release, databases, ...(crashServer && { crashServer }) });
}

interface OpenMutant extends MutationContext {
  /** Shared by the properties that only make calls, which leave nothing behind. */
  readonly shared: TestContext;
  /** Undefined if the mutant does not take part in migrating. */
  readonly mutantCatalog: Catalog | undefined;
}

async function openMutant(context: MutationContext, migrates: boolean): Promise<OpenMutant | MutantOutcome> {
  const shared = openTestContext(context);

  try {
    return { ...context, shared, mutantCatalog: migrates ? await shared.catalog?.() : undefined };
  } catch (error) {
    await shared.close();
    if (error instanceof Inconclusive) return { status: "compileError", reason: error.message };
    if (error instanceof LimitError) return { status: "timeout", reason: error.message };
    throw error;
  }
}

/** Checks the candidates in each round; undefined if none detects the mutant. */
async function checkCandidates(
  candidates: readonly CandidateProperty[],
  mutant: OpenMutant,
): Promise<MutantOutcome | undefined> {
  for (const round of ROUNDS) {
    for (const { property } of candidates) {
      const runs = round[property.caseKind];
      const outcome = runs === 0 ? undefined : await checkCandidate(property, mutant, runs);
      if (outcome !== undefined) return outcome;
    }
  }

  return undefined;
}

async function checkCandidate(
  property: Property,
  mutant: OpenMutant,
  runs: number,
): Promise<MutantOutcome | undefined> {
  const { id, caseKind } = property;
  const { seed, databases, shared } = mutant;
  const testContext = caseKind === "call" ? shared : openTestContext(mutant);

  try {
    const { violation } = await checkProperty(property, testContext, {
      seed,
      runs,
      shrinksMax: 0,
      firstKindOnly: true,
    });

    return violation && { status: "killed", property: id, reason: `${violation.expected}; but ${violation.got}` };
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    if (!(error instanceof LimitError)) await databases.requireServer(error);
    const status = error instanceof LimitError ? "timeout" : "runtimeError";

    return { status, property: id, reason: error.message };
  } finally {
    await (testContext === shared ? testContext.endCase() : testContext.close());
  }
}
