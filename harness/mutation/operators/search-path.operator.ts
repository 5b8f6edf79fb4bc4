/**
 * A function that looks for names where its caller says, or in fewer schemas than it ought to.
 */
import { settingOf } from "../ddl.ts";
import { type Examples, operator, removed, swapped, withoutItem } from "../operator.ts";
import { withSpaceBefore } from "../sites.ts";

export const searchPath = operator(
  "search-path",
  "ddl",
  "Names are looked for elsewhere",
  function* (subject) {
    const setting = settingOf(subject, "SEARCH_PATH");
    if (setting === undefined) return;
    if (subject.node !== "VariableSetStmt") yield removed(withSpaceBefore(subject, setting));
    for (const [at, value] of setting.values.entries()) {
      const [change, before] = [withoutItem(setting.values, at), setting.values[at - 1]];
      if (change !== undefined) yield change;
      if (before !== undefined) yield swapped(subject.source, before, value);
    }
  },
);

const [head, tail] = ["CREATE FUNCTION f() RETURNS INT LANGUAGE sql", "AS $$SELECT 1$$;"];

export const examples: Examples = {
  makes: [
    {
      of: `${head} SET search_path = a, pg_temp STABLE ${tail}`,
      mutants: [
        `${head} STABLE ${tail}`,
        `${head} SET search_path = pg_temp STABLE ${tail}`,
        `${head} SET search_path = pg_temp, a STABLE ${tail}`,
        `${head} SET search_path = a STABLE ${tail}`,
      ],
    },
  ],
  leaves: [`${head} SET work_mem = '1MB' ${tail}`, "SELECT 'SET search_path = a'"],
};
