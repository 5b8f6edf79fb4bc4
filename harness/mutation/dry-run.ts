/**
 * Whom mutants are put to: the properties that hold for the release, each with the lists that it reads. A release that
 * breaks one is not worth mutating: nobody could say then who noticed what.
 */
import { HarnessError } from "../errors.ts";
import { decide } from "../property/check-property.ts";
import type { Property } from "../property/property.ts";
import type { TestContext } from "../property/test-context.ts";
import type { Release } from "../release/release.ts";
import { inLanes } from "../suite/concurrency-limit.ts";
import type { Suite } from "../suite/load-suite.ts";
import { trackListUsage } from "./list-usage.ts";
import { ROUNDS } from "./prioritize.ts";
import type { Court, Witness } from "./test-mutant.ts";

/** What the court is made of. */
export type Summons = Omit<Court, "witnesses" | "catalog" | "openContext"> & { readonly suite: Suite };

/** A property that cannot be asked, and why. */
export interface Absent {
  readonly property: string;
  readonly reason: string;
}

/** What the properties say of the release as it is: plain data, worth keeping. */
export interface Testimony {
  /** Those that hold, by their ids, with the lists that they read. */
  readonly held: readonly { readonly property: string; readonly reads: readonly string[] }[];
  readonly absent: readonly Absent[];
}

/**
 * Asks every property about the release itself.
 * @param onDecided hears how many are done
 * @throws HarnessError where a property does not hold
 */
export async function hear(
  summons: Summons,
  onDecided: (done: number, of: number) => void,
): Promise<Testimony> {
  const { properties } = summons.suite;
  const held = new Map<string, readonly string[]>();
  const absent: Absent[] = [];
  const hearOne = async (property: Property<never>): Promise<void> => {
    const { release, reads } = trackListUsage(summons.release);
    const world = openContext(summons, release);
    try {
      const decided = await decide(property, world as never, courseOf(property, summons.seed));
      if (decided.verdict === "violated") {
        throw notHolding(summons.release, property.id, decided.violation?.got ?? "");
      }
      if (decided.verdict === "unknown") {
        absent.push({ property: property.id, reason: decided.reason ?? "" });
      } else {
        held.set(property.id, [...reads]);
      }
      onDecided(held.size + absent.length, properties.length);
    } finally {
      await world.close();
    }
  };
  await inLanes(properties.map((property) => async () => await hearOne(property)));

  return {
    held: properties.flatMap(({ id }) => {
      const reads = held.get(id);

      return reads === undefined ? [] : [{ property: id, reads }];
    }),
    absent,
  };
}

/** The court of those that hold for the release. */
export async function convene(summons: Summons, { held }: Testimony): Promise<Court> {
  const { suite, ...parts } = summons;
  const reads = new Map(held.map((one) => [one.property, new Set(one.reads)]));
  const witnesses = suite.properties.flatMap((property): Witness[] => {
    const lists = reads.get(property.id);

    return lists === undefined ? [] : [{ property, reads: lists }];
  });
  const world = openContext(summons, summons.release);
  try {
    const catalog = (await world.catalog?.()) ?? new Map();

    return { ...parts, catalog, openContext: suite.openContext, witnesses };
  } finally {
    await world.close();
  }
}

function openContext({ suite, databases, crashGround }: Summons, release: Release): TestContext {
  return suite.openContext({
    release,
    databases,
    ...(crashGround === undefined ? {} : { crashServer: crashGround }),
  });
}

/** What holds for the release is asked as often as of a mutant. */
function courseOf(
  { cost }: Property<never>,
  seed: number,
): { seed: number; runs: number; shrinksMax: number } {
  return { seed, runs: Math.max(...ROUNDS.map((runs) => runs[cost])), shrinksMax: 0 };
}

function notHolding({ name, folder }: Release, property: string, got: string): HarnessError {
  return new HarnessError(
    `${name} does not keep ${property} (${got}), and nothing was mutated`,
    `Mend the release first: npx pg-plumbline verify --release ${folder} --only ${property}`,
  );
}
