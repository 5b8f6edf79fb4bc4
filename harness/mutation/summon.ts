/**
 * Whom mutants are put to: the properties that hold for the release, each with the lists that it reads. A release that
 * breaks one is not worth mutating: nobody could say then who noticed what.
 */
import { HarnessError } from "../errors.ts";
import { inLanes } from "../property/lanes.ts";
import type { Suite } from "../property/load.ts";
import type { Property } from "../property/property.ts";
import { decide } from "../property/run.ts";
import type { Patch } from "../property/world.ts";
import type { Court, Witness } from "./ask.ts";
import { readingOf } from "./reading.ts";
import { ROUNDS } from "./suspects.ts";

/** What the court is made of. */
export type Summons = Omit<Court, "witnesses" | "catalog" | "openWorld"> & { readonly suite: Suite };

/** A property that cannot be asked, and why. */
export interface Absent {
  readonly property: string;
  readonly reason: string;
}

/**
 * @param onDecided hears of each property that is found to hold
 * @throws HarnessError where a property does not hold
 */
export async function summon(
  { suite, ...summons }: Summons,
  onDecided: (done: number, of: number) => void,
): Promise<{ readonly court: Court; readonly absent: readonly Absent[] }> {
  const witnesses = new Map<string, Witness>();
  const absent: Absent[] = [];
  const hear = async (property: Property<never>): Promise<void> => {
    const { release, reads } = readingOf(summons.release);
    const world = suite.openWorld({ ...worldParts(summons), release });
    try {
      const decided = await decide(property, world as never, courseOf(property, summons.seed));
      if (decided.verdict === "violated") {
        throw notHolding(summons.release.name, property.id, decided.violation?.got ?? "");
      }
      if (decided.verdict === "unknown") {
        absent.push({ property: property.id, reason: decided.reason ?? "" });
      } else {
        witnesses.set(property.id, { property, reads });
      }
      onDecided(witnesses.size + absent.length, suite.properties.length);
    } finally {
      await world.close();
    }
  };
  await inLanes(suite.properties.map((property) => async () => await hear(property)));

  const world = suite.openWorld({ ...worldParts(summons), release: summons.release });
  try {
    const catalog = (await world.catalog?.()) ?? new Map();
    const inOrder = suite.properties.flatMap(({ id }) => witnesses.get(id) ?? []);

    return { court: { ...summons, catalog, openWorld: suite.openWorld, witnesses: inOrder }, absent };
  } finally {
    await world.close();
  }
}

function worldParts({ databases, crashGround }: Omit<Summons, "suite">): Pick<
  Court,
  "databases" | "crashGround"
> & {
  readonly patch?: Patch;
} {
  return { databases, ...(crashGround === undefined ? {} : { crashGround }) };
}

/** What holds for the release is asked as often as of a mutant. */
function courseOf(
  { cost }: Property<never>,
  seed: number,
): { seed: number; runs: number; shrinksMax: number } {
  return { seed, runs: Math.max(...ROUNDS.map((runs) => runs[cost])), shrinksMax: 0 };
}

function notHolding(release: string, property: string, got: string): HarnessError {
  return new HarnessError(
    `${release} does not keep ${property} (${got}), and nothing was mutated`,
    `Mend the release first: npx plumbline verify --only ${property}`,
  );
}
