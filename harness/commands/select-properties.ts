/** Selects what `--only` names: properties by their ids, and all properties of a rule by its number. */
import type { Suite } from "../suite/load-suite.ts";
import { requireKnown, suggest } from "../text/suggest.ts";

/** @throws HarnessError for a word that no suite knows, with the most similar id or the id that it was renamed to */
export function validateSelection(suites: readonly Suite[], only: readonly string[] = []): void {
  const known = suites.flatMap(({ properties, questions }) => [
    ...properties.flatMap(({ id, rule }) => [id, rule]),
    ...questions.map(({ id }) => id),
  ]);
  requireKnown("property or rule", only, known, (word) => {
    const newId = suites.find(({ renamed }) => renamed[word] !== undefined)?.renamed[word];
    if (newId !== undefined) return `it was renamed to ${newId}`;
    if (suggest(word, known) === undefined) {
      const rule = /^(?:[A-Z]\d+|[a-z-]+(?=\.))/.exec(word)?.[0] ?? "";
      const ids = suites.flatMap(({ properties }) => properties.flatMap((one) => (one.rule === rule ? [one.id] : [])));
      if (ids.length > 0) return `rule ${rule} is checked by ${[...new Set(ids)].join(", ")}`;
    }

    return /^P\d/.test(word) ? "that rule is measured by pg-plumbline bench" : undefined;
  });
}

/** Selects the properties with these ids or rules, and the questions with these ids. */
export function selectProperties(suite: Suite, only: readonly string[] | undefined): Suite {
  if (only === undefined) return suite;

  return {
    ...suite,
    properties: suite.properties.filter(({ id, rule }) => only.includes(id) || only.includes(rule)),
    questions: suite.questions.filter(({ id }) => only.includes(id)),
  };
}
