/**
 * What `--only` names: properties by their ids, and all of a rule by its number.
 */
import type { Suite } from "../suite/load-suite.ts";
import { demandKnown } from "../text/suggest.ts";

/**
 * The properties with these ids, and those of these rules; all, where none are named.
 * @throws HarnessError for a word that is neither, with the known one that is nearest to it
 */
export function chosenProperties(suite: Suite, only: readonly string[] | undefined): Suite {
  if (only === undefined) {
    return suite;
  }
  const known = [
    ...suite.properties.flatMap(({ id, rule }) => [id, rule]),
    ...suite.questions.map(({ id }) => id),
  ];
  demandKnown("property or rule", only, known, {
    words: /^P\d/,
    place: "what it promises is measured, by pg-plumbline bench",
  });

  return {
    ...suite,
    properties: suite.properties.filter(({ id, rule }) => only.includes(id) || only.includes(rule)),
    questions: suite.questions.filter(({ id }) => only.includes(id)),
  };
}
