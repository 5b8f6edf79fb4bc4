/**
 * Trying mutants a few at a time: what is known already is taken as it is, and what is found out is kept at once.
 */
import { inLanes } from "../suite/concurrency-limit.ts";
import { type Expectation, Experience } from "./kill-history.ts";
import { expectationBy, type Noticed } from "./killers.ts";
import type { Mutant } from "./mutant.ts";
import type { Fate, Tried } from "./mutant-status.ts";
import type { Kept } from "./result-journal.ts";
import { secondOf } from "./second-killer.ts";
import { type Court, fateOf } from "./test-mutant.ts";
import { isHalfKnown } from "./unique-kills.ts";

export interface Trial {
  readonly mutants: readonly Mutant[];
  readonly court: Court;
  /** Why a mutant means the same, by its id. */
  readonly equivalents: ReadonlyMap<string, string>;
  readonly kept: Kept;
  /** Who noticed a mutant the last time, and is asked first. */
  readonly noticed?: Noticed;
  /** True where the others are asked as well once a property has noticed, until a second one does. */
  readonly alone?: boolean;
  readonly onTried: (tried: Tried, done: number) => void;
}

/**
 * What became of each mutant, in their order.
 * @throws HarnessError where the server is gone, or what was found out cannot be kept
 */
export async function tryMutants(trial: Trial): Promise<readonly Tried[]> {
  const { mutants, onTried } = trial;
  const tried = new Map<string, Tried>();
  const experience = new Experience(mutants.length);
  const note = (index: number, one: Tried): void => {
    tried.set(one.mutant.id, one);
    experience.note(index, one);
    onTried(one, tried.size);
  };
  const waiting = [...mutants.entries()].filter(([index, mutant]) => {
    const fate = knownFate(mutant, trial);
    if (fate !== undefined) {
      note(index, { mutant, fate, durationMs: 0 });
    }

    return fate === undefined;
  });

  await inLanes(
    waiting.map(([index, mutant]) => async () => {
      const known = expectationBy(trial.noticed ?? new Map(), mutant);
      const expectation = known ?? (await experience.expectation(mutant, index));
      const began = performance.now();
      const fate = await findOut(mutant, trial, expectation);
      note(index, { mutant, fate, durationMs: Math.round(performance.now() - began) });
    }),
  );

  return mutants.flatMap(({ id }) => tried.get(id) ?? []);
}

/** The fate of a mutant, where all that is asked for is known. */
function knownFate({ id }: Mutant, { equivalents, kept, alone = false }: Trial): Fate | undefined {
  const because = equivalents.get(id);
  if (because !== undefined) {
    return { status: "equivalent", because };
  }
  const fate = kept.fateOf(id);

  return fate !== undefined && alone && isHalfKnown(fate) ? undefined : fate;
}

/** Finds out what is not known yet, and keeps it. */
async function findOut(
  mutant: Mutant,
  { court, kept, alone = false }: Trial,
  expectation: Expectation,
): Promise<Fate> {
  const before = kept.fateOf(mutant.id);
  const fate = before ?? (await fateOf(mutant, court, expectation));
  if (before === undefined) {
    kept.add(mutant.id, fate);
  }
  if (!alone || !isHalfKnown(fate)) {
    return fate;
  }
  const whole = { ...fate, second: await secondOf(mutant, fate, court, expectation) };
  kept.add(mutant.id, whole);

  return whole;
}
