/**
 * A function that promises more than it keeps: the planner may then take an old result for the new one.
 */
import { behindLanguage } from "../ddl.ts";
import { added, type Examples, operator, replaced } from "../operator.ts";

const kinds = ["VOLATILE", "STABLE", "IMMUTABLE"];

export const volatility = operator(
  "volatility",
  "ddl",
  "A function has another volatility",
  function* (subject) {
    const position = behindLanguage(subject);
    const token = subject.whole.tokens.find(({ word }) => kinds.includes(word));
    if (position === undefined) return;
    for (const kind of kinds) {
      if (token === undefined && kind !== "VOLATILE") yield added(position, ` ${kind}`);
      if (token !== undefined && token.word !== kind) yield replaced(token, kind);
    }
  },
);

const head = "CREATE FUNCTION f() RETURNS INT";

export const examples: Examples = {
  makes: [
    {
      of: `${head} AS $$SELECT 1$$ LANGUAGE sql;`,
      mutants: [
        `${head} AS $$SELECT 1$$ LANGUAGE sql STABLE;`,
        `${head} AS $$SELECT 1$$ LANGUAGE sql IMMUTABLE;`,
      ],
    },
    {
      of: `${head} STABLE LANGUAGE sql AS $$SELECT 1$$;`,
      mutants: [
        `${head} VOLATILE LANGUAGE sql AS $$SELECT 1$$;`,
        `${head} IMMUTABLE LANGUAGE sql AS $$SELECT 1$$;`,
      ],
    },
  ],
  leaves: ["DO LANGUAGE plpgsql $$BEGIN NULL; END$$"],
};
