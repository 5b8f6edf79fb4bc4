/**
 * A statement that waits for its lock for ever, with everyone behind it.
 */
import { settingOf } from "../ddl.ts";
import { type Examples, operator, replaced } from "../operator.ts";

export const lockTimeout = operator(
  "lock-timeout",
  "ddl",
  "A lock is waited for without a limit",
  function* (subject) {
    for (const name of ["LOCK_TIMEOUT", "STATEMENT_TIMEOUT"]) {
      const [value] = settingOf(subject, name)?.values ?? [];
      if (value !== undefined && subject.source.slice(value.start, value.end) !== "0")
        yield replaced(value, "0");
    }
  },
);

export const examples: Examples = {
  makes: [
    { of: "SET lock_timeout = '3s';", mutants: ["SET lock_timeout = 0;"] },
    { of: "SET LOCAL lock_timeout TO 200;", mutants: ["SET LOCAL lock_timeout TO 0;"] },
  ],
  leaves: ["RESET lock_timeout", "SET work_mem = 1000", "SET lock_timeout = 0"],
};
