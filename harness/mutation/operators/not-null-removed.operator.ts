/** Removes a NOT NULL. */
import { columnConstraints } from "../ddl.ts";
import { type Operator, removedEach } from "../operator.ts";

export const notNullRemoved: Operator = {
  family: "ddl",
  sentence: "A column may contain NULL",
  mutate: (subject) => removedEach(subject, columnConstraints(subject, "CONSTR_NOTNULL")),
  examples: {
    "ALTER TABLE t ADD a INT NOT NULL DEFAULT 0, ADD b INT DEFAULT f(1, 2) NOT NULL;": [
      "ALTER TABLE t ADD a INT DEFAULT 0, ADD b INT DEFAULT f(1, 2) NOT NULL;",
      "ALTER TABLE t ADD a INT NOT NULL DEFAULT 0, ADD b INT DEFAULT f(1, 2);",
    ],
    "ALTER TABLE t ADD a INT, ADD CHECK (a IS NOT NULL)": [],
  },
};
