/**
 * Tests a mutant: checks the properties against it, the likeliest to kill it first, until one is violated. Whatever goes
 * wrong is caused by the mutant unless the server is gone.
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
import type { ContextFactory, Patch } from "../suite/test-resources.ts";
import { applyMutant, findMutatedStep } from "./apply-mutant.ts";
import { patchOf } from "./function-patch.ts";
import type { Mutant } from "./mutant.ts";
import type { MutantOutcome } from "./mutant-result.ts";
import { type PropertyUsage, prioritize, ROUNDS } from "./prioritize.ts";

/** A property that holds for the release itself. */
export interface CandidateProperty extends PropertyUsage {
  readonly property: Property<never>;
}

/** What mutants are tested with. */
export interface MutationContext {
  readonly release: Release;
  /** The catalog after the release has migrated an empty database. */
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
export async function testMutant(
  mutant: Mutant,
  context: MutationContext,
  killer?: string,
): Promise<MutantOutcome> {
  const applied = await applyMutant(context.release, mutant);
  if (applied.kind === "invalid") return { status: "compileError", reason: applied.message };
  const patch = await patchOf(context.release, findMutatedStep(context.release, mutant), applied.step);
  const { release } = applied;
  const migrates = mutant.list === "migrate";
  const opened = await openMutant({ context, release, ...(patch && { patch }) }, migrates);
  if ("status" in opened) return opened;

  try {
    const hasSameCatalog = isDeepStrictEqual(opened.catalog, context.catalog);
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

/** Opens a context on the databases of the options; with a mutant's release, on that mutant. */
export function openTestContext({
  openContext,
  release,
  databases,
  crashServer,
}: Pick<MutationContext, "openContext" | "release" | "databases" | "crashServer">): TestContext {
  return openContext({ release, databases, ...(crashServer && { crashServer }) });
}

interface Target {
  readonly context: MutationContext;
  /** With the mutant. */
  readonly release: Release;
  readonly patch?: Patch;
}

interface OpenMutant extends Target {
  /** Shared by the properties that only make calls, which leave nothing behind. */
  readonly shared: TestContext;
  /** Undefined if the mutant does not take part in migrating. */
  readonly catalog: Catalog | undefined;
}

async function openMutant(target: Target, migrates: boolean): Promise<OpenMutant | MutantOutcome> {
  const shared = openContextOf(target);

  try {
    return { ...target, shared, catalog: migrates ? await shared.catalog?.() : undefined };
  } catch (error) {
    await shared.close();
    if (error instanceof Inconclusive) return { status: "compileError", reason: error.message };
    if (error instanceof LimitError) return { status: "timeout", reason: error.message };
    // The server may refuse to replace a function, such as one whose return type differs: migrate from the baseline.
    if (target.patch !== undefined && error instanceof HarnessError) {
      const { patch: _, ...whole } = target;

      return await openMutant(whole, migrates);
    }
    throw error;
  }
}

function openContextOf({ context, release, patch }: Target): TestContext {
  const { openContext, databases, crashServer } = context;

  return openContext({ release, databases, ...(crashServer && { crashServer }), ...(patch && { patch }) });
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
  property: Property<never>,
  mutant: OpenMutant,
  runs: number,
): Promise<MutantOutcome | undefined> {
  const { id, caseKind } = property;
  const { seed, databases } = mutant.context;
  const world = caseKind === "call" ? mutant.shared : openContextOf(mutant);

  try {
    const { violation } = await checkProperty(property, world as never, { seed, runs, shrinksMax: 0 });

    return (
      violation && { status: "killed", property: id, reason: `${violation.expected}; but ${violation.got}` }
    );
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    if (!(error instanceof LimitError)) await databases.requireServer(error);
    const status = error instanceof LimitError ? "timeout" : "runtimeError";

    return { status, property: id, reason: error.message };
  } finally {
    await (world === mutant.shared ? world.endCase() : world.close());
  }
}
