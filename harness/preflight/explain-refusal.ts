/** Says why a server did not answer a query, and what to do (pure). A value of a row is in no message. */
import type { SqlError } from "../database/sql-error.ts";
import type { PreflightCheck, Refused } from "./check.ts";

export function explainTimeout(timeoutMs: number): Refused {
  return {
    problem: `the server did not answer within ${timeoutMs / 1000} s`,
    remedy: "Raise --timeout, or see with --explain what the query reads",
  };
}

const KINDS: Readonly<Record<string, string>> = { v: "a view", m: "a materialized view", f: "a foreign table" };

/** @param kind as `pg_class.relkind` (PostgreSQL manual, 52.11 pg_class) */
export function explainKind(kind: string, { from }: PreflightCheck): Refused {
  return {
    problem: `the database is not in the state before the migration: ${from} is ${KINDS[kind] ?? "no table"} there`,
    remedy: STATE_REMEDY,
  };
}

const STATE_REMEDY =
  "Name the database that the migration will be applied to, and select the migration that comes next there";

/** By the SQLSTATE of the error (PostgreSQL manual, Appendix A. PostgreSQL Error Codes). */
export function explainRefusal({ code, message }: SqlError, { from }: PreflightCheck, role: string): Refused {
  const isPolicy = /row-level security/.test(message);
  if (code === "42501" && isPolicy) {
    return {
      problem: `row security hides rows from the role ${role}: ${message}`,
      remedy: "Ask as a role with BYPASSRLS, so that every row is counted",
    };
  }
  if (code === "42501") {
    return {
      problem: `the role ${role} may not read it: ${message}`,
      remedy: `Have an administrator run GRANT ${suggestGrant(message, from)} TO the role, or name another role`,
    };
  }
  if (code === "55P03") {
    return {
      problem: "another session holds a lock on it that readers wait for",
      remedy: "Ask again when it has ended",
    };
  }
  if (code === "25006") {
    return { problem: `it would write: ${message}`, remedy: "Run the query by hand if that does no harm" };
  }
  if (code === "42883" && message.includes("pg_input_is_valid")) {
    return {
      problem: "it needs PostgreSQL 16 or later",
      remedy: "Check by hand that the values can be read as the new type",
    };
  }
  if (/^(?:42|3F)/.test(code)) {
    return {
      problem: `the database is not in the state before the migration: ${message}`,
      remedy: STATE_REMEDY,
    };
  }

  // What else it says may quote a value of a row.
  return OF_VALUES.test(code)
    ? {
        problem: `a value raises an error (SQLSTATE ${code})`,
        remedy: "Run the query by hand to see which",
        raised: code,
      }
    : { problem: `the server ended it (SQLSTATE ${code})`, remedy: "See the log of the server, and ask again" };
}

/** Data, constraints of domains, limits of types, and what functions raise themselves (PostgreSQL manual, Appendix A). */
const OF_VALUES = /^(?:2[1-3]|2F|38|39|54|P0)/;

const PRIVILEGES: Readonly<Record<string, string>> = {
  function: "EXECUTE ON FUNCTION",
  schema: "USAGE ON SCHEMA",
  type: "USAGE ON TYPE",
};

/** The query may read other tables, too, and call functions; the message says which, without a schema. */
function suggestGrant(message: string, from: string): string {
  const [, kind = "", name = ""] = /permission denied for (\w+) (\S+)/.exec(message) ?? [];
  if (kind in PRIVILEGES) return `${PRIVILEGES[kind]} ${name}`;
  const isOther = name !== "" && from.split(".").at(-1)?.replaceAll('"', "") !== name;

  return `SELECT ON ${isOther ? name : from}`;
}
