/** Adds or removes STRICT: whether a function runs at all if an argument is NULL. */
import { optionPosition } from "../ddl.ts";
import { added, type Operator, removedWithSpace } from "../operator.ts";

const head = "CREATE FUNCTION f(a INT) RETURNS INT LANGUAGE sql";

export const nullInput: Operator = {
  family: "ddl",
  sentence: "A function treats NULL differently",
  *mutate(subject) {
    const position = optionPosition(subject);
    const strict = subject.whole.tokens.find(({ word }) => word === "STRICT");
    if (position === undefined || subject.whole.of("FunctionParameter").length === 0) return;
    if (strict === undefined) yield added(position, " STRICT");
    else yield removedWithSpace(subject, strict);
  },
  examples: {
    [`${head} AS $$SELECT 1$$;`]: [`${head} STRICT AS $$SELECT 1$$;`],
    [`${head} STRICT AS $$SELECT 1$$;`]: [`${head} AS $$SELECT 1$$;`],
    "CREATE FUNCTION f() RETURNS INT LANGUAGE sql AS $$SELECT 1$$": [],
  },
};
