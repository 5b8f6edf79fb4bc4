/** Makes a handler of certain errors catch all. */
import { type Operator, replaced } from "../operator.ts";
import { bodyStatements } from "../sites.ts";

export const handlerWidened: Operator = {
  family: "plpgsql",
  sentence: "A handler catches every error",
  *mutate(subject) {
    for (const { block } of bodyStatements(subject, "block")) {
      for (const { conditions } of block?.exceptions?.handlers ?? []) {
        const known = /^others$/i.test(subject.source.slice(conditions.start, conditions.end));
        if (!known) yield replaced(conditions, "OTHERS");
      }
    }
  },
  examples: {
    "DO $$BEGIN PERFORM 1; EXCEPTION WHEN unique_violation OR SQLSTATE '40001' THEN NULL; END$$;": [
      "DO $$BEGIN PERFORM 1; EXCEPTION WHEN OTHERS THEN NULL; END$$;",
    ],
    "DO $$BEGIN PERFORM 1; EXCEPTION WHEN others THEN NULL; END$$": [],
  },
};
