/**
 * Who says what happens next: a list of turns, whose turn it is by session, or picks that pass over whoever cannot go on
 * (pure).
 */
import type { Director, Turn } from "./run-steps.ts";
import type { Cue, Part } from "./schedule.ts";

/** One turn after the other. */
export function inTurn(turns: readonly Turn[]): Director {
  const left = turns.values();

  return () => left.next().value;
}

/** Sessions by index: each gives its next step. */
export function interleaved(parts: readonly Part[], order: readonly number[]): Director {
  const next = nextSteps(parts);

  return inTurn(order.flatMap((index) => next(index) ?? []));
}

/**
 * Each pick is a number of a session, counted round them: it goes on if it can, and is passed over if it waits or is
 * done. When the picks have run out, whoever can go on does, the first session first. So every list of picks is an order
 * that can happen.
 */
export function picked(parts: readonly Part[], picks: readonly number[]): Director {
  const next = nextSteps(parts);
  const left = [...picks];

  return (waiting) => {
    const go = (index: number): Cue | undefined =>
      waiting.has(parts[index]?.session ?? "") ? undefined : next(index);

    for (let pick = left.shift(); pick !== undefined; pick = left.shift()) {
      const cue = go(pick % parts.length);
      if (cue !== undefined) {
        return cue;
      }
    }
    for (const index of parts.keys()) {
      const cue = go(index);
      if (cue !== undefined) {
        return cue;
      }
    }

    return undefined;
  };
}

function nextSteps(parts: readonly Part[]): (index: number) => Cue | undefined {
  const left = parts.map(({ steps }) => [...steps]);

  return (index) => {
    const step = left[index]?.shift();
    const session = parts[index]?.session;

    return step === undefined || session === undefined ? undefined : { session, step };
  };
}
