/**
 * A statement that cannot be run again: it fails where its work is done already.
 */
import { type Examples, operator, removed } from "../operator.ts";
import { withSpaceBefore } from "../sites.ts";
import { wordsIn } from "../tokens.ts";

export const ifExistsRemoved = operator(
  "if-exists-removed",
  "statement",
  "A statement cannot be run twice",
  function* ({ fragments }) {
    for (const fragment of fragments) {
      const found = [
        ...wordsIn(fragment.tokens, "IF", "EXISTS"),
        ...wordsIn(fragment.tokens, "IF", "NOT", "EXISTS"),
      ];
      for (const span of found) yield removed(withSpaceBefore(fragment, span));
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "ALTER TABLE IF EXISTS t ADD COLUMN IF NOT EXISTS a INT, DROP COLUMN IF EXISTS b;",
      mutants: [
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS a INT, DROP COLUMN IF EXISTS b;",
        "ALTER TABLE IF EXISTS t ADD COLUMN a INT, DROP COLUMN IF EXISTS b;",
        "ALTER TABLE IF EXISTS t ADD COLUMN IF NOT EXISTS a INT, DROP COLUMN b;",
      ],
    },
  ],
  leaves: ["DO $$BEGIN IF EXISTS (SELECT) THEN NULL; END IF; END$$", "SELECT NOT EXISTS (SELECT)"],
};
