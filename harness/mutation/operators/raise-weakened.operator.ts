/** Turns an error or a warning into a notice, after which the body continues. */
import { type Operator, replaced } from "../operator.ts";
import { bodyStatements } from "../sites.ts";

export const raiseWeakened: Operator = {
  family: "plpgsql",
  sentence: "An error is only a notice",
  *mutate(subject) {
    for (const { tokens } of bodyStatements(subject, "raise")) {
      const [first, second] = tokens;
      if (first === undefined || second === undefined) continue;
      if (second.word === "EXCEPTION" || second.word === "WARNING") yield replaced(second, "NOTICE");
      else if (second.kind === "string") yield replaced(first, `${first.text} NOTICE`);
    }
  },
  examples: {
    "DO $$BEGIN RAISE WARNING 'a'; RAISE 'b'; RAISE EXCEPTION USING MESSAGE = 'c'; END$$;": [
      "DO $$BEGIN RAISE NOTICE 'a'; RAISE 'b'; RAISE EXCEPTION USING MESSAGE = 'c'; END$$;",
      "DO $$BEGIN RAISE WARNING 'a'; RAISE NOTICE 'b'; RAISE EXCEPTION USING MESSAGE = 'c'; END$$;",
      "DO $$BEGIN RAISE WARNING 'a'; RAISE 'b'; RAISE NOTICE USING MESSAGE = 'c'; END$$;",
    ],
    "DO $$BEGIN RAISE NOTICE 'EXCEPTION'; END$$": [],
  },
};
