/** Exchanges SECURITY DEFINER and SECURITY INVOKER. */
import { type Operator, removedEach, replaced } from "../operator.ts";
import { findWords } from "../tokens.ts";

const head = "CREATE FUNCTION f() RETURNS INT LANGUAGE sql";

export const securityDefiner: Operator = {
  family: "ddl",
  sentence: "A function runs with the privileges of another role",
  mutate: ({ whole }) => [
    ...removedEach(whole, findWords(whole.tokens, "SECURITY", "DEFINER")),
    ...findWords(whole.tokens, "SECURITY", "INVOKER").map((span) => replaced(span, "SECURITY DEFINER")),
  ],
  examples: {
    [`${head} SECURITY DEFINER AS $$SELECT 1$$;`]: [`${head} AS $$SELECT 1$$;`],
    [`${head} SECURITY INVOKER AS $$SELECT 1$$;`]: [`${head} SECURITY DEFINER AS $$SELECT 1$$;`],
    [`${head} AS $$SELECT 1 AS security$$`]: [],
  },
};
