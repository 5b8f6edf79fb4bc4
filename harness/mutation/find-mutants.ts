/**
 * All mutants of a release, in an order that is always the same: by list, step and place, then by the operator's name.
 * Of two that make the same file, white space aside, only the first is kept.
 */

import { placesIn } from "../release/position.ts";
import type { Release } from "../release/release.ts";
import { demandKnown } from "../text/suggest.ts";
import { listedSteps, listNames } from "./lists.ts";
import { chosenOperators, loadOperators } from "./load-operators.ts";
import { type Change, edited, editedWithin, idOf, type Mutant, shortened, spanOf } from "./mutant.ts";
import type { Operator } from "./operator.ts";
import { readSubjects } from "./read-subjects.ts";
import type { Subject } from "./subject.ts";

/** Which mutants are wanted; what is left out is all. */
export interface Wanted {
  /** Names of operators. */
  readonly operators?: readonly string[];
  /** Lists of the release, such as `rollback.emergency`. */
  readonly lists?: readonly string[];
  /** Paths of steps, as `release.json` has them. */
  readonly steps?: readonly string[];
}

/**
 * The mutants of a release. What is wanted has no part in their ids.
 * @throws HarnessError for an operator, a list or a step that there is not
 */
export async function findMutants(release: Release, wanted: Wanted = {}): Promise<Mutant[]> {
  const operators = chosenOperators(await loadOperators(), wanted.operators);
  demandKnown("list", wanted.lists ?? [], listNames);
  const paths = listedSteps(release).map(({ step }) => step.path);
  demandKnown("step", wanted.steps ?? [], [...new Set(paths)]);
  const { subjects } = await readSubjects(release, wanted.lists ?? listNames);
  const chosen = subjects.filter(({ step }) => wanted.steps?.includes(step.path) ?? true);

  return mutantsOf(chosen, operators);
}

/** The mutants that the operators make of these statements. */
export function mutantsOf(subjects: readonly Subject[], operators: readonly Operator[]): Mutant[] {
  const found = subjects.flatMap((subject) => {
    const changes = operators.flatMap((operator) =>
      [...operator.find(subject)].map((change) => ({ subject, operator, change: ordered(change) })),
    );

    return changes.toSorted(
      (one, other) => spanOf(one.change.edits).start - spanOf(other.change.edits).start,
    );
  });
  const nameAnew = namer();
  const seen = new Seen();

  return found
    .filter(({ subject, change }) => seen.isNew(subject, change))
    .map((made) => told(made, nameAnew(made)));
}

interface Made {
  readonly subject: Subject;
  readonly operator: Operator;
  readonly change: Change;
}

function ordered({ edits, ...rest }: Change): Change {
  return { ...rest, edits: edits.toSorted((one, other) => one.start - other.start) };
}

/** What the files were and became: the same file twice is one mutant, and no change is none. */
class Seen {
  readonly #texts = new Map<string, Set<string>>();

  isNew({ step }: Subject, { edits }: Change): boolean {
    const texts = this.#texts.get(step.file) ?? new Set([squeezed(step.source)]);
    this.#texts.set(step.file, texts);
    const text = squeezed(edited(step.source, edits));
    const isNew = !texts.has(text);
    texts.add(text);

    return isNew;
  }
}

function squeezed(text: string): string {
  return idOf([text.replace(/\s+/g, " ")]);
}

/** Ids: what is changed in which statement, and how many equal changes of it came before. */
function namer(): (made: Made) => string {
  const counts = new Map<string, number>();

  return ({ subject, operator, change }) => {
    const { source, step, start, end } = subject;
    const words = [
      step.path,
      operator.name,
      source.slice(start, end),
      ...change.edits.flatMap((edit) => [source.slice(edit.start, edit.end), edit.text]),
    ];
    const key = idOf(words);
    const ordinal = counts.get(key) ?? 0;
    counts.set(key, ordinal + 1);

    return idOf([...words, ordinal]);
  };
}

function told({ subject, operator, change }: Made, id: string): Mutant {
  const { source, step, list, index, object } = subject;
  const span = spanOf(change.edits);
  const first = source.slice(span.start).search(/\S/);
  const { line, column } = placesIn(source)(span.start + (span.end > span.start ? Math.max(first, 0) : 0));
  const original = source.slice(span.start, span.end);
  const replacement = editedWithin(source, span, change.edits);

  return {
    id,
    operator: operator.name,
    family: operator.family,
    step: step.path,
    list,
    statement: index,
    line,
    column,
    ...(object !== undefined && { object }),
    original,
    replacement,
    description: `${operator.sentence}: ${change.says ?? become(original, replacement)}`,
    edits: change.edits,
  };
}

function become(original: string, replacement: string): string {
  const [from, to] = [shortened(original), shortened(replacement)];

  if (to === "") return `${from} is gone`;

  return from === "" ? `${to} is added` : `${from} becomes ${to}`;
}
