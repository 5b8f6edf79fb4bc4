/** Exchanges SECURITY DEFINER and SECURITY INVOKER. */
import { type Operator, removedWithSpace, replaced } from "../operator.ts";
import { findWords } from "../tokens.ts";

const head = "CREATE FUNCTION f() RETURNS INT LANGUAGE sql";

export const securityDefiner: Operator = {
  family: "ddl",
  sentence: "A function runs with the privileges of another role",
  *mutate({ whole }) {
    for (const span of findWords(whole.tokens, "SECURITY", "DEFINER")) yield removedWithSpace(whole, span);
    for (const span of findWords(whole.tokens, "SECURITY", "INVOKER")) yield replaced(span, "SECURITY DEFINER");
  },
  examples: {
    makes: {
      [`${head} SECURITY DEFINER AS $$SELECT 1$$;`]: [`${head} AS $$SELECT 1$$;`],
      [`${head} SECURITY INVOKER AS $$SELECT 1$$;`]: [`${head} SECURITY DEFINER AS $$SELECT 1$$;`],
    },
    leaves: [`${head} AS $$SELECT 1 AS security$$`],
  },
};
