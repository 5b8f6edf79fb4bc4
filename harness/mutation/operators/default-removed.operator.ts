/** Removes the default of a column or a parameter. */
import { getChildren } from "../../release/syntax.ts";
import { columnConstraints } from "../ddl.ts";
import { type Operator, removedEach, removedWithSpace } from "../operator.ts";

export const defaultRemoved: Operator = {
  family: "ddl",
  sentence: "A default is missing",
  *mutate(subject) {
    const { whole } = subject;
    yield* removedEach(subject, columnConstraints(subject, "CONSTR_DEFAULT"));
    for (const parameter of whole.of("FunctionParameter")) {
      const [value] = getChildren(parameter, "defexpr");
      const span = value && whole.span(value);
      const sign = span && whole.tokens.findLast(({ end }) => end <= span.start);
      if (sign !== undefined) yield removedWithSpace(subject, { start: sign.start, end: span?.end ?? sign.end });
    }
  },
  examples: {
    "ALTER TABLE t ADD a INT DEFAULT 0 NOT NULL;": ["ALTER TABLE t ADD a INT NOT NULL;"],
    "CREATE FUNCTION f(a INT = 1, b TEXT DEFAULT NULL) RETURNS INT LANGUAGE sql AS $$SELECT 1$$;": [
      "CREATE FUNCTION f(a INT, b TEXT DEFAULT NULL) RETURNS INT LANGUAGE sql AS $$SELECT 1$$;",
      "CREATE FUNCTION f(a INT = 1, b TEXT) RETURNS INT LANGUAGE sql AS $$SELECT 1$$;",
    ],
    "ALTER TABLE t ADD a INT, DROP b": [],
    "INSERT INTO t VALUES (DEFAULT)": [],
  },
};
