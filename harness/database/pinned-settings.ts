/**
 * Runs queries of the harness under settings that it chooses. What the server prints depends on the session:
 * `search_path` decides which names are qualified, `TimeZone` how a default reads. Facts and rows must not depend on
 * it, so they are read under settings that are pinned for one statement.
 *
 * One statement, because it must work both outside a transaction and inside one that the harness must not end. Its four
 * parts form a chain in which each reads the one before (LATERAL), which fixes their order: save the settings, pin them,
 * run the query, restore the settings. The query travels as text, and `query_to_xml` parses it once the settings are
 * pinned; so it needs no `pg_catalog.` before each name, and nothing earlier on the session's path can shadow a catalog.
 * The statement around it is qualified for the same reason. If it fails, PostgreSQL undoes the settings, since they are
 * local to the transaction (PostgreSQL manual, SET).
 */
import { escapeLiteral } from "pg";
import { HarnessError } from "../errors.ts";
import type { Session } from "./session.ts";

/** Sends one statement to a session; rejects with the session's error. */
export type SendQuery = (sql: string, values?: unknown[]) => Promise<{ rows: Record<string, unknown>[] }>;

/** Runs a SELECT of one row with one column, JSON named `answer`; returns the parsed JSON. */
export type QueryJson = (query: string) => Promise<unknown>;

/** All but the last two decide what is printed. With pg_temp last, a temporary table cannot hide a type of its name. */
const pinnedSettings: Readonly<Record<string, string>> = {
  search_path: "pg_catalog, pg_temp",
  quote_all_identifiers: "off",
  standard_conforming_strings: "on",
  DateStyle: "ISO, YMD",
  IntervalStyle: "postgres",
  TimeZone: "UTC",
  extra_float_digits: "1",
  bytea_output: "hex",
  lc_monetary: "C",
  // Compiling so long a query takes longer than running it.
  jit: "off",
  // So does planning it again for each execution.
  plan_cache_mode: "force_generic_plan",
};
const names = Object.keys(pinnedSettings);
const values = Object.values(pinnedSettings);

const frame = `
SELECT result.answer, restored.settings
FROM (
  SELECT pg_catalog.array_agg(name) AS names, pg_catalog.array_agg(pg_catalog.current_setting(name)) AS settings
  FROM pg_catalog.unnest($2::pg_catalog.text[]) AS pin(name)
) AS saved
CROSS JOIN LATERAL (
  SELECT pg_catalog.count(pg_catalog.set_config(name, value, true)) AS settings
  FROM ROWS FROM (pg_catalog.unnest($2::pg_catalog.text[]), pg_catalog.unnest($3::pg_catalog.text[])) AS pin(name, value)
  WHERE saved.names IS NOT NULL
) AS pinned
CROSS JOIN LATERAL (
  SELECT pg_catalog.query_to_xml(CASE WHEN pinned.settings IS NOT NULL THEN $1::pg_catalog.text END,
    false, true, ''::pg_catalog.text)::pg_catalog.text AS answer
  OFFSET 0
) AS result
CROSS JOIN LATERAL (
  SELECT pg_catalog.count(pg_catalog.set_config(name, value, true)) AS settings
  FROM ROWS FROM (pg_catalog.unnest(saved.names), pg_catalog.unnest(saved.settings)) AS pin(name, value)
  WHERE result.answer IS NOT NULL
) AS restored`;

/**
 * Runs a query under pinned settings, in one round trip, and restores the session's settings.
 * @param query a SELECT of one row with one column, JSON named `answer`, without parameters
 * @returns the parsed JSON; null if the answer is NULL
 */
export async function queryPinned(send: SendQuery, query: string): Promise<unknown> {
  const { rows } = await send(frame, [query, names, values]);

  return parseAnswerXml(String(rows[0]?.answer));
}

/** Pins the settings for as long as the session lasts. */
export async function pinForSession(session: Session): Promise<Session> {
  await session.query(
    "SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS pin (name, value)",
    [names, values],
  );

  return session;
}

/**
 * The qualified name of a table that a new session finds by this name; the name itself where it finds none.
 * @param observer a session with pinned settings
 */
export async function findByDefaultPath(observer: Session, table: string): Promise<string> {
  // The statements of one message are one transaction, to which the path is local.
  const [row] = await observer.query(
    `SET LOCAL search_path TO DEFAULT;
SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid = to_regclass(${escapeLiteral(table)})`,
  );

  return row?.["name"] ?? table;
}

/** Queries a session whose settings are pinned for good. */
export function queryJsonOn(observer: Session): QueryJson {
  return async (query) => {
    const [row] = await observer.query(query);

    return JSON.parse(row?.["answer"] ?? "null");
  };
}

/**
 * Parses what `query_to_xml(query, false, true, '')` returns for such a query, also as part of another answer.
 * @throws HarnessError if it has another form
 */
export function parseAnswerXml(xml: string): unknown {
  const answer = /^<row[^>]*>\s*(?:<answer>([\s\S]*)<\/answer>)?\s*<\/row>\s*$/.exec(xml);

  if (answer === null) {
    throw new HarnessError(
      `the server gave no answer in the expected form: ${xml.slice(0, 80)}`,
      "Use a PostgreSQL of 14 to 18 that was built with XML support",
    );
  }

  return answer[1] === undefined ? null : JSON.parse(unescapeXml(answer[1]));
}

/** XML escapes three characters of a JSON text; the ampersand comes last, or it would create new escapes. */
function unescapeXml(xml: string): string {
  return xml.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
