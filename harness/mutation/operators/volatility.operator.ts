/** Declares another volatility: the planner may then reuse an old result (PostgreSQL manual, 38.7). */
import { optionPosition } from "../ddl.ts";
import { added, type Operator, replaced } from "../operator.ts";

const kinds = ["VOLATILE", "STABLE", "IMMUTABLE"];

const head = "CREATE FUNCTION f() RETURNS INT";

export const volatility: Operator = {
  family: "ddl",
  sentence: "A function has another volatility",
  *mutate(subject) {
    const position = optionPosition(subject);
    const token = subject.whole.tokens.find(({ word }) => kinds.includes(word));
    if (position === undefined) return;
    for (const kind of kinds) {
      if (token === undefined && kind !== "VOLATILE") yield added(position, ` ${kind}`);
      if (token !== undefined && token.word !== kind) yield replaced(token, kind);
    }
  },
  examples: {
    [`${head} AS $$SELECT 1$$ LANGUAGE sql;`]: [
      `${head} AS $$SELECT 1$$ LANGUAGE sql STABLE;`,
      `${head} AS $$SELECT 1$$ LANGUAGE sql IMMUTABLE;`,
    ],
    [`${head} STABLE LANGUAGE sql AS $$SELECT 1$$;`]: [
      `${head} VOLATILE LANGUAGE sql AS $$SELECT 1$$;`,
      `${head} IMMUTABLE LANGUAGE sql AS $$SELECT 1$$;`,
    ],
    "DO LANGUAGE plpgsql $$BEGIN NULL; END$$": [],
  },
};
