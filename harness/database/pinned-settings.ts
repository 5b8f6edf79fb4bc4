/**
 * What the server prints depends on the session: `search_path` decides which names are qualified, `TimeZone` how a
 * default reads. Facts and rows must not, so they are read under settings pinned for one statement.
 *
 * One statement, because it has to work alike outside a transaction and inside one that is not ours to end. Its four
 * parts form a chain in which each reads the one before (LATERAL), so there is only one order to evaluate them in:
 * keep the settings, pin them, answer, put them back. The question travels as text and `query_to_xml` parses it only
 * once the settings are pinned; so the question itself needs no `pg_catalog.` before each name, and nothing that the
 * session's path puts first can stand in for a catalog. The frame around it is qualified for the same reason. Where
 * the statement fails, PostgreSQL undoes the settings, since they are local to the transaction.
 */

import { HarnessError } from "../errors.ts";
import type { Session } from "./session.ts";

/** One statement sent to one session; rejects with whatever the session rejects with. */
export type Query = (sql: string, values?: unknown[]) => Promise<{ rows: Record<string, unknown>[] }>;

/** Asks one question, a SELECT of one row with one column, JSON that is called `answer`; answers with what it holds. */
export type Ask = (question: string) => Promise<unknown>;

/** All but the last two decide what is printed. Listing pg_temp last keeps a temporary table from hiding a type of the same name. */
export const pins: Readonly<Record<string, string>> = {
  search_path: "pg_catalog, pg_temp",
  quote_all_identifiers: "off",
  standard_conforming_strings: "on",
  DateStyle: "ISO, YMD",
  IntervalStyle: "postgres",
  TimeZone: "UTC",
  extra_float_digits: "1",
  bytea_output: "hex",
  lc_monetary: "C",
  // Compiling such a long question takes longer than answering it.
  jit: "off",
  // Nor does planning it anew, where it is asked again.
  plan_cache_mode: "force_generic_plan",
};

const frame = `
SELECT told.answer, restored.settings
FROM (
  SELECT pg_catalog.array_agg(name) AS names, pg_catalog.array_agg(pg_catalog.current_setting(name)) AS settings
  FROM pg_catalog.unnest($2::pg_catalog.text[]) AS pin(name)
) AS kept
CROSS JOIN LATERAL (
  SELECT pg_catalog.count(pg_catalog.set_config(name, value, true)) AS settings
  FROM ROWS FROM (pg_catalog.unnest($2::pg_catalog.text[]), pg_catalog.unnest($3::pg_catalog.text[])) AS pin(name, value)
  WHERE kept.names IS NOT NULL
) AS pinned
CROSS JOIN LATERAL (
  SELECT pg_catalog.query_to_xml(CASE WHEN pinned.settings IS NOT NULL THEN $1::pg_catalog.text END,
    false, true, ''::pg_catalog.text)::pg_catalog.text AS answer
  OFFSET 0
) AS told
CROSS JOIN LATERAL (
  SELECT pg_catalog.count(pg_catalog.set_config(name, value, true)) AS settings
  FROM ROWS FROM (pg_catalog.unnest(kept.names), pg_catalog.unnest(kept.settings)) AS pin(name, value)
  WHERE told.answer IS NOT NULL
) AS restored`;

/**
 * Asks one question under pinned settings, in one round trip, and leaves the session's own settings as they were.
 *
 * @param question a SELECT of one row with one column: JSON that is called `answer`. It takes no parameters.
 * @returns the parsed JSON; null where the answer is NULL
 */
export async function askPinned(query: Query, question: string): Promise<unknown> {
  const { rows } = await query(frame, [question, Object.keys(pins), Object.values(pins)]);

  return answerIn(String(rows[0]?.answer));
}

/** Asks a session that looks on, whose settings are pinned for good. */
export function askObserver(observer: Session): Ask {
  return async (question) => {
    const [row] = await observer.query(question);

    return JSON.parse(row?.["answer"] ?? "null");
  };
}

/**
 * What `query_to_xml(question, false, true, '')` says of such a question: an answer may hold others.
 *
 * @throws HarnessError where it is not in that form
 */
export function answerIn(xml: string): unknown {
  const answer = /^<row[^>]*>\s*(?:<answer>([\s\S]*)<\/answer>)?\s*<\/row>\s*$/.exec(xml);

  if (answer === null) {
    throw new HarnessError(
      `the server gave no answer in the expected form: ${xml.slice(0, 80)}`,
      "Use a PostgreSQL of 14 to 18 that was built with XML support",
    );
  }

  return answer[1] === undefined ? null : JSON.parse(unescaped(answer[1]));
}

/** XML escapes three characters of a JSON text; the ampersand comes last, or it would make new escapes. */
function unescaped(xml: string): string {
  return xml.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
