/**
 * Finds the mutants of a release, ordered by list, step and position, then by operator. Of mutants that yield the same
 * file apart from white space only the first is kept.
 */

import assert from "node:assert";
import { codePath } from "../files/installation.ts";
import { loadModules } from "../files/load-module.ts";
import { getOwnLists, listSteps } from "../release/lists.ts";
import { createPositionLookup } from "../release/position.ts";
import type { Release } from "../release/release.ts";
import { requireKnown } from "../text/suggest.ts";
import { type Change, coveringSpan, edited, editedWithin, excerpt, hashId, type Mutant } from "./mutant.ts";
import type { NamedOperator, Operator } from "./operator.ts";
import { readSubjects } from "./read-subjects.ts";
import type { Subject } from "./subject.ts";

interface MutantFilter {
  readonly operators?: readonly string[];
  readonly lists?: readonly string[];
  readonly steps?: readonly string[];
}

/**
 * Finds all mutants of a release, or the selected ones.
 * @throws HarnessError for an unknown operator, list or step
 */
export async function findMutants(release: Release, filter?: MutantFilter): Promise<readonly Mutant[]> {
  const mutants = applyOperators((await readSubjects(release)).subjects, await loadOperators());

  return filter === undefined ? mutants : await filterMutants(release, mutants, filter);
}

/** @throws HarnessError for an unknown operator, list or step */
export async function filterMutants(
  release: Release,
  mutants: readonly Mutant[],
  { operators, lists, steps }: MutantFilter,
): Promise<readonly Mutant[]> {
  const names = (await loadOperators()).map(({ name }) => name);
  requireKnown("operator", operators ?? [], names);
  requireKnown("list", lists ?? [], getOwnLists(release));
  requireKnown("step", steps ?? [], [...new Set(listSteps(release).map(({ step }) => step.path))]);

  return mutants.filter(
    ({ operator, list, step }) =>
      (operators?.includes(operator) ?? true) && (lists?.includes(list) ?? true) && (steps?.includes(step) ?? true),
  );
}

export function applyOperators(subjects: readonly Subject[], operators: readonly NamedOperator[]): Mutant[] {
  const found = subjects.flatMap((subject) => {
    const changes = operators.flatMap((operator) =>
      [...operator.mutate(subject)].map((change) => ({ subject, operator, change: ordered(change) })),
    );

    return changes.toSorted(
      (one, other) => coveringSpan(one.change.edits).start - coveringSpan(other.change.edits).start,
    );
  });
  const nextId = idGenerator();
  const seen = new Set(subjects.map(({ step }) => hashFile(step.file, step.source)));

  return found
    .filter(({ subject: { step }, change }) => {
      const file = hashFile(step.file, edited(step.source, change.edits));
      const isNew = !seen.has(file);
      seen.add(file);

      return isNew;
    })
    .map((made) => describeMutant(made, nextId(made)));
}

interface Made {
  readonly subject: Subject;
  readonly operator: NamedOperator;
  readonly change: Change;
}

function ordered({ edits, ...rest }: Change): Change {
  return { ...rest, edits: edits.toSorted((one, other) => one.start - other.start) };
}

/** Identifies the text of a file apart from white space. */
function hashFile(file: string, text: string): string {
  return hashId([file, text.replace(/\s+/g, " ")]);
}

/** Makes ids from the change and its statement; an ordinal distinguishes equal changes of equal statements. */
function idGenerator(): (made: Made) => string {
  const counts = new Map<string, number>();

  return ({ subject, operator, change }) => {
    const { source, step, start, end } = subject;
    const words = [
      step.path,
      operator.name,
      source.slice(start, end),
      ...change.edits.flatMap((edit) => [source.slice(edit.start, edit.end), edit.text]),
    ];
    const key = hashId(words);
    const ordinal = counts.get(key) ?? 0;
    counts.set(key, ordinal + 1);

    return hashId([...words, ordinal]);
  };
}

function describeMutant({ subject, operator, change }: Made, id: string): Mutant {
  const { source, step, list, index, object } = subject;
  const span = coveringSpan(change.edits);
  const first = source.slice(span.start).search(/\S/);
  const { line, column } = createPositionLookup(source)(span.start + (span.end > span.start ? Math.max(first, 0) : 0));
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
    description: `${operator.sentence}: ${change.description ?? describeEdit(original, replacement)}`,
    edits: change.edits,
  };
}

function describeEdit(original: string, replacement: string): string {
  const [from, to] = [excerpt(original), excerpt(replacement)];

  if (to === "") return `${from} is gone`;

  return from === "" ? `${to} is added` : `${from} becomes ${to}`;
}

export async function loadOperators(): Promise<readonly NamedOperator[]> {
  const modules = await loadModules(codePath("harness/mutation/operators"), "operator");

  return modules.map(({ name, exported }) => {
    const [operator, ...others] = Object.values(exported);
    assert(operator !== undefined && others.length === 0, `${name}.ts must export one operator alone`);

    return { ...(operator as Operator), name: name.replace(/\.operator$/, "") };
  });
}
