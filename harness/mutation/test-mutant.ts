/**
 * Asking properties about mutants, the likeliest to notice first, until one does. All of a mutant's properties work in
 * one world. Whatever goes wrong is the mutant's until the server is found to be gone.
 */
import { isDeepStrictEqual } from "node:util";
import type { Catalog } from "../catalog/facts.ts";
import type { Pool } from "../database/pool.ts";
import { HarnessError, Inconclusive, LimitError } from "../errors.ts";
import type { CrashServer } from "../fault/crash-server.ts";
import { decide } from "../property/check-property.ts";
import type { Property } from "../property/property.ts";
import type { TestContext } from "../property/test-context.ts";
import type { Release } from "../release/release.ts";
import type { ContextFactory, Patch } from "../suite/test-resources.ts";
import { applyMutant, findMutatedStep } from "./apply-mutant.ts";
import { patchOf } from "./function-patch.ts";
import type { Expectation } from "./kill-history.ts";
import { certainIn } from "./killers.ts";
import type { Mutant } from "./mutant.ts";
import { type Fate, MIGRATING } from "./mutant-status.ts";
import { ROUNDS, type Suspect, suspectsOf } from "./prioritize.ts";
import type { Profile } from "./profile.ts";

/** A property that holds for the release, and the lists of it that it reads. */
export interface Witness extends Suspect {
  readonly property: Property<never>;
}

/** What mutants are put to. */
export interface Court {
  readonly release: Release;
  /** Of an empty database that the release has migrated. */
  readonly catalog: Catalog;
  readonly witnesses: readonly Witness[];
  readonly openContext: ContextFactory;
  readonly databases: Pool;
  readonly crashGround?: CrashServer;
  readonly seed: number;
  readonly profile: Profile;
}

/**
 * What becomes of the mutant. The same seed and the same expectation give the same answer.
 * @throws HarnessError where the server is gone
 */
export async function fateOf(
  mutant: Mutant,
  court: Court,
  expectation: Expectation = new Map(),
): Promise<Fate> {
  const { profile } = court;
  const applied = await profile.of("changing the file", async () => await applyMutant(court.release, mutant));
  if (applied.kind === "invalid") {
    return { status: "invalid", message: applied.message };
  }
  const patch = await patchOf(court.release, findMutatedStep(court.release, mutant), applied.step);
  const opened = await profile.of(
    patch === undefined ? "migrating with the mutant" : "replacing a function",
    async () =>
      await openSite({
        court,
        release: applied.release,
        migrates: mutant.list === "migrate",
        ...(patch === undefined ? {} : { patch }),
      }),
  );
  if ("status" in opened) {
    return opened;
  }

  try {
    const sameResult = isDeepStrictEqual(opened.catalog, court.catalog);
    const lead = { list: mutant.list, sameResult, expectation };

    const suspects = suspectsOf(court.witnesses, lead);
    const certain = certainIn(expectation);

    // Whoever noticed it in the second round the last time is not to wait for the first round of all others.
    return (
      (await askAll(
        suspects.filter(({ property: { id } }) => id === certain),
        opened,
      )) ??
      (await askAll(suspects, opened)) ?? {
        status: "survived",
        asked: suspects.map(({ property }) => property.id),
      }
    );
  } finally {
    await profile.of("leaving the database", async () => await opened.world.close());
  }
}

/** How databases with the mutant in them are made. */
interface Making {
  readonly court: Court;
  readonly release: Release;
  /** Whether the mutant has a part in migrating; otherwise that was seen to work. */
  readonly migrates: boolean;
  readonly patch?: Patch;
}

/** Where properties are asked. */
interface Site extends Making {
  /** For those that only make calls: they leave nothing behind, so they can share it. */
  readonly world: TestContext;
  readonly catalog: Catalog | undefined;
}

/** A world with the mutant in it; what replaces functions is replaced, unless the server will not have it so. */
async function openSite(making: Making): Promise<Site | Fate> {
  const world = openContext(making);

  try {
    return { ...making, world, catalog: making.migrates ? await world.catalog?.() : undefined };
  } catch (error) {
    await world.close();
    if (error instanceof Inconclusive) {
      return { status: "invalid", message: error.message };
    }
    if (error instanceof LimitError) {
      return { status: "limit", by: MIGRATING, message: error.message };
    }
    if (making.patch !== undefined && error instanceof HarnessError) {
      const { patch: _, ...whole } = making;

      return await openSite(whole);
    }
    throw error;
  }
}

function openContext({ court, release, patch }: Making): TestContext {
  const { databases, crashGround } = court;

  return court.openContext({
    release,
    databases,
    ...(crashGround === undefined ? {} : { crashServer: crashGround }),
    ...(patch === undefined ? {} : { patch }),
  });
}

/** What becomes of the mutant with these suspects; undefined where none of them notices. */
async function askAll(suspects: readonly Witness[], site: Site): Promise<Fate | undefined> {
  for (const runs of ROUNDS) {
    for (const { property } of suspects) {
      const fate = runs[property.cost] === 0 ? undefined : await ask(property, site, runs[property.cost]);
      if (fate !== undefined) {
        return fate;
      }
    }
  }

  return undefined;
}

/** What the property has to say against the mutant; undefined where it has nothing. */
async function ask(property: Property<never>, site: Site, runs: number): Promise<Fate | undefined> {
  const { seed, databases, profile } = site.court;
  const world = property.cost === "call" ? site.world : openContext(site);

  try {
    const { verdict, violation } = await profile.of(
      `asking ${property.id}`,
      async () => await decide(property, world as never, { seed, runs, shrinksMax: 0 }),
    );

    return verdict === "violated" && violation !== undefined
      ? { status: "killed", by: property.id, expected: violation.expected, got: violation.got }
      : undefined;
  } catch (error) {
    if (error instanceof LimitError) {
      return { status: "limit", by: property.id, message: error.message };
    }
    if (error instanceof HarnessError) {
      await databases.requireServer(error);

      return { status: "trouble", by: property.id, message: error.message };
    }
    throw error;
  } finally {
    await (world === site.world ? world.endCase() : world.close());
  }
}
