/**
 * Whose rights a function has: its owner's or its caller's.
 */
import { type Examples, operator, removed, replaced } from "../operator.ts";
import { withSpaceBefore } from "../sites.ts";
import { wordsIn } from "../tokens.ts";

export const securityDefiner = operator(
  "security-definer",
  "ddl",
  "A function has the rights of somebody else",
  function* ({ whole }) {
    for (const span of wordsIn(whole.tokens, "SECURITY", "DEFINER"))
      yield removed(withSpaceBefore(whole, span));
    for (const span of wordsIn(whole.tokens, "SECURITY", "INVOKER")) yield replaced(span, "SECURITY DEFINER");
  },
);

const head = "CREATE FUNCTION f() RETURNS INT LANGUAGE sql";

export const examples: Examples = {
  makes: [
    { of: `${head} SECURITY DEFINER AS $$SELECT 1$$;`, mutants: [`${head} AS $$SELECT 1$$;`] },
    {
      of: `${head} SECURITY INVOKER AS $$SELECT 1$$;`,
      mutants: [`${head} SECURITY DEFINER AS $$SELECT 1$$;`],
    },
  ],
  leaves: [`${head} AS $$SELECT 1 AS security$$`],
};
