/** Removes the search_path of a function, or shortens or reorders it. */
import { findSetting } from "../ddl.ts";
import { type Operator, removedWithSpace, swappedNeighbours, withoutItem } from "../operator.ts";

const [head, tail] = ["CREATE FUNCTION f() RETURNS INT LANGUAGE sql", "AS $$SELECT 1$$;"];

export const searchPath: Operator = {
  family: "ddl",
  sentence: "Names are looked up elsewhere",
  *mutate(subject) {
    const setting = findSetting(subject, "SEARCH_PATH");
    if (setting === undefined) return;
    if (subject.node !== "VariableSetStmt") yield removedWithSpace(subject, setting);
    for (const at of setting.values.keys()) yield* withoutItem(setting.values, at);
    yield* swappedNeighbours(subject, setting.values);
  },
  examples: {
    [`${head} SET search_path = a, pg_temp STABLE ${tail}`]: [
      `${head} STABLE ${tail}`,
      `${head} SET search_path = pg_temp STABLE ${tail}`,
      `${head} SET search_path = pg_temp, a STABLE ${tail}`,
      `${head} SET search_path = a STABLE ${tail}`,
    ],
    [`${head} SET work_mem = '1MB' ${tail}`]: [],
    "SELECT 'SET search_path = a'": [],
  },
};
