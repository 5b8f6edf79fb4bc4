/**
 * A column, or a parameter, without its default.
 */

import { childrenIn } from "../../release/syntax.ts";
import { columnConstraints } from "../ddl.ts";
import { type Examples, operator, removed } from "../operator.ts";
import { withSpaceBefore } from "../sites.ts";

export const defaultRemoved = operator(
  "default-removed",
  "ddl",
  "A default is forgotten",
  function* (subject) {
    const { whole } = subject;
    for (const span of columnConstraints(subject, "CONSTR_DEFAULT"))
      yield removed(withSpaceBefore(subject, span));
    for (const parameter of whole.of("FunctionParameter")) {
      const [value] = childrenIn(parameter, "defexpr");
      const span = value && whole.span(value);
      const sign = span && whole.tokens.findLast(({ end }) => end <= span.start);
      if (sign !== undefined)
        yield removed(withSpaceBefore(subject, { start: sign.start, end: span?.end ?? sign.end }));
    }
  },
);

export const examples: Examples = {
  makes: [
    { of: "ALTER TABLE t ADD a INT DEFAULT 0 NOT NULL;", mutants: ["ALTER TABLE t ADD a INT NOT NULL;"] },
    {
      of: "CREATE FUNCTION f(a INT = 1, b TEXT DEFAULT NULL) RETURNS INT LANGUAGE sql AS $$SELECT 1$$;",
      mutants: [
        "CREATE FUNCTION f(a INT, b TEXT DEFAULT NULL) RETURNS INT LANGUAGE sql AS $$SELECT 1$$;",
        "CREATE FUNCTION f(a INT = 1, b TEXT) RETURNS INT LANGUAGE sql AS $$SELECT 1$$;",
      ],
    },
  ],
  leaves: ["ALTER TABLE t ADD a INT, DROP b", "INSERT INTO t VALUES (DEFAULT)"],
};
