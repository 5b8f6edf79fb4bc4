/** Sets lock_timeout or statement_timeout to 0, no limit: later sessions queue behind the statement. */
import { findSetting } from "../ddl.ts";
import { type Operator, replaced } from "../operator.ts";

export const lockTimeout: Operator = {
  family: "ddl",
  sentence: "A lock is awaited without limit",
  *mutate(subject) {
    for (const name of ["LOCK_TIMEOUT", "STATEMENT_TIMEOUT"]) {
      const [value] = findSetting(subject, name)?.values ?? [];
      if (value !== undefined && subject.source.slice(value.start, value.end) !== "0") yield replaced(value, "0");
    }
  },
  examples: {
    "SET lock_timeout = '3s';": ["SET lock_timeout = 0;"],
    "SET LOCAL lock_timeout TO 200;": ["SET LOCAL lock_timeout TO 0;"],
    "RESET lock_timeout": [],
    "SET work_mem = 1000": [],
    "SET lock_timeout = 0": [],
  },
};
