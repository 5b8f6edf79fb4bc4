/** Exchanges two neighbouring variables of INTO. */
import { skipTargets } from "../body-cursor.ts";
import { type Operator, swappedNeighbours } from "../operator.ts";
import { bodyStatements } from "../sites.ts";
import { splitItems } from "../tokens.ts";

export const intoSwapped: Operator = {
  family: "plpgsql",
  sentence: "Two variables get each other's value",
  *mutate(subject) {
    for (const { tokens } of bodyStatements(subject, "sql", "execute")) {
      const into = tokens.findIndex(({ word }, at) => word === "INTO" && tokens[at - 1]?.word !== "INSERT");
      if (into === -1) continue;
      const first = tokens[into + 1]?.word === "STRICT" ? into + 2 : into + 1;
      yield* swappedNeighbours(subject, splitItems(tokens, first, skipTargets(tokens, into + 1)));
    }
  },
  examples: {
    "DO $$DECLARE a INT; r RECORD; BEGIN SELECT 1, 2 INTO STRICT a, r.b FROM t, s; END$$;": [
      "DO $$DECLARE a INT; r RECORD; BEGIN SELECT 1, 2 INTO STRICT r.b, a FROM t, s; END$$;",
    ],
    "DO $$DECLARE a INT; BEGIN SELECT 1, 2 INTO a; INSERT INTO t VALUES (1, 2); END$$": [],
  },
};
