/** Shifts a bound of a loop over numbers by one, or reverses its direction. */
import { type Operator, removedUpTo, replaced } from "../operator.ts";
import { bodyStatements } from "../sites.ts";

export const loopBound: Operator = {
  family: "plpgsql",
  sentence: "A loop has another bound",
  *mutate(subject) {
    for (const { parts, tokens } of bodyStatements(subject, "for")) {
      const [lower, upper] = parts.filter(({ role }) => role === "bound");
      if (lower === undefined || upper === undefined) continue;
      const reverse = tokens.findIndex(({ word }) => word === "REVERSE");
      const token = tokens[reverse];
      if (token !== undefined) yield* removedUpTo(token, tokens[reverse + 1]);
      yield replaced(lower, `${lower.text} + 1`);
      yield replaced(upper, `${upper.text} - 1`);
    }
  },
  examples: {
    "DO $$BEGIN FOR i IN REVERSE 1..f(2) LOOP NULL; END LOOP; END$$;": [
      "DO $$BEGIN FOR i IN 1..f(2) LOOP NULL; END LOOP; END$$;",
      "DO $$BEGIN FOR i IN REVERSE 1 + 1..f(2) LOOP NULL; END LOOP; END$$;",
      "DO $$BEGIN FOR i IN REVERSE 1..f(2) - 1 LOOP NULL; END LOOP; END$$;",
    ],
    "DO $$DECLARE r RECORD; BEGIN FOR r IN SELECT 1 LOOP NULL; END LOOP; END$$": [],
  },
};
