/** Removes IF EXISTS and IF NOT EXISTS: the statement fails when it is repeated. */

import { type Operator, removedEach } from "../operator.ts";
import { findWords } from "../tokens.ts";

export const ifExistsRemoved: Operator = {
  family: "statement",
  sentence: "A statement cannot be repeated",
  mutate: ({ fragments }) =>
    fragments.flatMap((fragment) =>
      removedEach(fragment, [
        ...findWords(fragment.tokens, "IF", "EXISTS"),
        ...findWords(fragment.tokens, "IF", "NOT", "EXISTS"),
      ]),
    ),
  examples: {
    "ALTER TABLE IF EXISTS t ADD COLUMN IF NOT EXISTS a INT, DROP COLUMN IF EXISTS b;": [
      "ALTER TABLE t ADD COLUMN IF NOT EXISTS a INT, DROP COLUMN IF EXISTS b;",
      "ALTER TABLE IF EXISTS t ADD COLUMN a INT, DROP COLUMN IF EXISTS b;",
      "ALTER TABLE IF EXISTS t ADD COLUMN IF NOT EXISTS a INT, DROP COLUMN b;",
    ],
    "DO $$BEGIN IF EXISTS (SELECT) THEN NULL; END IF; END$$": [],
    "SELECT NOT EXISTS (SELECT)": [],
  },
};
