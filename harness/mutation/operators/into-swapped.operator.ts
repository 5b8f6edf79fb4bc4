/**
 * Two variables that get each other's value of a row.
 */
import { endOfTargets } from "../body-cursor.ts";
import { type Examples, operator, swapped } from "../operator.ts";
import { bodyStatements } from "../sites.ts";
import { itemsBetween } from "../tokens.ts";

export const intoSwapped = operator(
  "into-swapped",
  "plpgsql",
  "Two variables get each other's value",
  function* (subject) {
    for (const { tokens } of bodyStatements(subject, "sql", "execute")) {
      const into = tokens.findIndex(({ word }, at) => word === "INTO" && tokens[at - 1]?.word !== "INSERT");
      if (into === -1) continue;
      const first = tokens[into + 1]?.word === "STRICT" ? into + 2 : into + 1;
      const targets = itemsBetween(tokens, first, endOfTargets(tokens, into + 1));
      for (const [index, second] of targets.entries()) {
        const before = targets[index - 1];
        if (before !== undefined) yield swapped(subject.source, before, second);
      }
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "DO $$DECLARE a INT; r RECORD; BEGIN SELECT 1, 2 INTO STRICT a, r.b FROM t, s; END$$;",
      mutants: ["DO $$DECLARE a INT; r RECORD; BEGIN SELECT 1, 2 INTO STRICT r.b, a FROM t, s; END$$;"],
    },
  ],
  leaves: ["DO $$DECLARE a INT; BEGIN SELECT 1, 2 INTO a; INSERT INTO t VALUES (1, 2); END$$"],
};
