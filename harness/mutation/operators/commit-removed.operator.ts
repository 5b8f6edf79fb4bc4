/** Removes a COMMIT or ROLLBACK in a body, or exchanges the two. */
import { type Operator, replaced } from "../operator.ts";
import { bodyStatements, withoutStatement } from "../sites.ts";

export const commitRemoved: Operator = {
  family: "plpgsql",
  sentence: "Work is not committed when it is done",
  mutate: (subject) =>
    bodyStatements(subject, "commit", "rollback").flatMap((statement) => [
      withoutStatement(subject, statement),
      replaced(statement.token, statement.kind === "commit" ? "ROLLBACK" : "COMMIT"),
    ]),
  examples: {
    "DO $$BEGIN PERFORM 1; COMMIT; END$$;": ["DO $$BEGIN PERFORM 1; END$$;", "DO $$BEGIN PERFORM 1; ROLLBACK; END$$;"],
    "BEGIN; COMMIT": [],
  },
};
