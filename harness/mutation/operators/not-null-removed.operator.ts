/**
 * A column that may be without a value.
 */
import { columnConstraints } from "../ddl.ts";
import { type Examples, operator, removed } from "../operator.ts";
import { withSpaceBefore } from "../sites.ts";

export const notNullRemoved = operator(
  "not-null-removed",
  "ddl",
  "A column may hold NULL",
  function* (subject) {
    for (const span of columnConstraints(subject, "CONSTR_NOTNULL"))
      yield removed(withSpaceBefore(subject, span));
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "ALTER TABLE t ADD a INT NOT NULL DEFAULT 0, ADD b INT DEFAULT f(1, 2) NOT NULL;",
      mutants: [
        "ALTER TABLE t ADD a INT DEFAULT 0, ADD b INT DEFAULT f(1, 2) NOT NULL;",
        "ALTER TABLE t ADD a INT NOT NULL DEFAULT 0, ADD b INT DEFAULT f(1, 2);",
      ],
    },
  ],
  leaves: ["ALTER TABLE t ADD a INT, ADD CHECK (a IS NOT NULL)"],
};
