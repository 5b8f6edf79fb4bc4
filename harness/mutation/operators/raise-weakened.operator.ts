/**
 * An error that is only a message: whoever raises it goes on. And a warning that is only a notice.
 */
import { type Examples, operator, replaced } from "../operator.ts";
import { bodyStatements } from "../sites.ts";

export const raiseWeakened = operator(
  "raise-weakened",
  "plpgsql",
  "An error is only told",
  function* (subject) {
    for (const { tokens } of bodyStatements(subject, "raise")) {
      const [first, second] = tokens;
      if (first === undefined || second === undefined) continue;
      if (second.word === "EXCEPTION" || second.word === "WARNING") yield replaced(second, "NOTICE");
      else if (second.kind === "string") yield replaced(first, `${first.text} NOTICE`);
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "DO $$BEGIN RAISE WARNING 'a'; RAISE 'b'; RAISE EXCEPTION USING MESSAGE = 'c'; END$$;",
      mutants: [
        "DO $$BEGIN RAISE NOTICE 'a'; RAISE 'b'; RAISE EXCEPTION USING MESSAGE = 'c'; END$$;",
        "DO $$BEGIN RAISE WARNING 'a'; RAISE NOTICE 'b'; RAISE EXCEPTION USING MESSAGE = 'c'; END$$;",
        "DO $$BEGIN RAISE WARNING 'a'; RAISE 'b'; RAISE NOTICE USING MESSAGE = 'c'; END$$;",
      ],
    },
  ],
  leaves: ["DO $$BEGIN RAISE NOTICE 'EXCEPTION'; END$$"],
};
