/**
 * Trying mutants a few at a time: what is known already is taken as it is, and what is found out is kept at once.
 */
import { inLanes } from "../property/lanes.ts";
import { type Court, fateOf } from "./ask.ts";
import { Experience } from "./experience.ts";
import type { Fate, Tried } from "./fate.ts";
import type { Kept } from "./kept.ts";
import type { Mutant } from "./mutant.ts";

export interface Trial {
  readonly mutants: readonly Mutant[];
  readonly court: Court;
  /** Why a mutant means the same, by its id. */
  readonly equivalents: ReadonlyMap<string, string>;
  readonly kept: Kept;
  readonly onTried: (tried: Tried, done: number) => void;
}

/**
 * What became of each mutant, in their order.
 * @throws HarnessError where the server is gone, or what was found out cannot be kept
 */
export async function tryMutants({
  mutants,
  court,
  equivalents,
  kept,
  onTried,
}: Trial): Promise<readonly Tried[]> {
  const tried = new Map<string, Tried>();
  const experience = new Experience(mutants.length);
  const note = (index: number, one: Tried): void => {
    tried.set(one.mutant.id, one);
    experience.note(index, one);
    onTried(one, tried.size);
  };
  const waiting = [...mutants.entries()].filter(([index, mutant]) => {
    const because = equivalents.get(mutant.id);
    const fate: Fate | undefined =
      because === undefined ? kept.fateOf(mutant.id) : { status: "equivalent", because };
    if (fate !== undefined) {
      note(index, { mutant, fate, durationMs: 0 });
    }

    return fate === undefined;
  });

  await inLanes(
    waiting.map(([index, mutant]) => async () => {
      const expectation = await experience.expectation(mutant, index);
      const began = performance.now();
      const fate = await fateOf(mutant, court, expectation);
      kept.add(mutant.id, fate);
      note(index, { mutant, fate, durationMs: Math.round(performance.now() - began) });
    }),
  );

  return mutants.flatMap(({ id }) => tried.get(id) ?? []);
}
