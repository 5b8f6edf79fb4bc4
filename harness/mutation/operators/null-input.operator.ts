/**
 * A function that is not asked where an argument is NULL, and one that is, against its word.
 */
import { behindLanguage } from "../ddl.ts";
import { added, type Examples, operator, removed } from "../operator.ts";
import { withSpaceBefore } from "../sites.ts";

export const nullInput = operator(
  "null-input",
  "ddl",
  "A function treats NULL otherwise",
  function* (subject) {
    const position = behindLanguage(subject);
    const strict = subject.whole.tokens.find(({ word }) => word === "STRICT");
    if (position === undefined || subject.whole.of("FunctionParameter").length === 0) return;
    if (strict === undefined) yield added(position, " STRICT");
    else yield removed(withSpaceBefore(subject, strict));
  },
);

const head = "CREATE FUNCTION f(a INT) RETURNS INT LANGUAGE sql";

export const examples: Examples = {
  makes: [
    { of: `${head} AS $$SELECT 1$$;`, mutants: [`${head} STRICT AS $$SELECT 1$$;`] },
    { of: `${head} STRICT AS $$SELECT 1$$;`, mutants: [`${head} AS $$SELECT 1$$;`] },
  ],
  leaves: ["CREATE FUNCTION f() RETURNS INT LANGUAGE sql AS $$SELECT 1$$"],
};
