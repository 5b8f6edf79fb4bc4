/** Replaces a parameter or variable with another of its type: a similarly named one, or else the next. */
import { getChildren } from "../../release/syntax.ts";
import { similarNames } from "../columns.ts";
import { type Operator, replaced } from "../operator.ts";
import { findTokens } from "../sites.ts";
import type { Subject } from "../subject.ts";

const head = "CREATE FUNCTION f(one TEXT, two INT, three TEXT) RETURNS TEXT LANGUAGE plpgsql AS";

export const similarVariable: Operator = {
  family: "name",
  sentence: "A variable is mistaken for another of its type",
  *mutate(subject) {
    for (const { node, token } of findTokens(subject, "ColumnRef")) {
      if (getChildren(node, "fields").length > 1) continue;
      for (const other of similarVariables(subject, token.text.toLowerCase())) yield replaced(token, other);
    }
  },
  examples: {
    [`${head} $$BEGIN RETURN lower(one); END$$;`]: [`${head} $$BEGIN RETURN lower(three); END$$;`],
    "DO $$DECLARE a_sum INT; b_sum INT; c INT; BEGIN PERFORM a_sum; END$$;": [
      "DO $$DECLARE a_sum INT; b_sum INT; c INT; BEGIN PERFORM b_sum; END$$;",
    ],
    [`${head} $$BEGIN RETURN two || 'one'; END$$;`]: [],
  },
};

function similarVariables({ variables }: Subject, name: string): string[] {
  const known = variables.find((variable) => variable.name === name);
  if (known === undefined) return [];
  const alike = variables.filter(({ type }) => type === known.type).map((variable) => variable.name);
  const similar = similarNames(name, alike);
  const next = alike[(alike.indexOf(name) + 1) % alike.length];

  if (similar.length > 0) return similar;

  return next === undefined || next === name ? [] : [next];
}
