/** States what the last part of a script prints, for the tests that run the scripts in psql (pure). */
import type { SqlError } from "../../../harness/database/sql-error.ts";
import type { Evidence, Violation } from "../../../harness/property/verdict.ts";
import { isTableMode, type Lock } from "../../../harness/tracing/lock-modes.ts";
import type { ObservedWait } from "../../../harness/tracing/queueing.ts";

export function errorEvidence({ message, code }: SqlError): Evidence {
  return { shows: "error", message, sqlstate: code };
}

/** Every value occurs in the output. */
export function textEvidence(values: readonly (string | number | null | undefined)[]): Evidence {
  const present = values.filter((value) => value !== undefined && value !== "");

  return { shows: "text", present: present.map((value) => String(value ?? "NULL")) };
}

/** One row whose first column is the value, as psql prints it. */
export function valueEvidence(value: unknown): Evidence {
  const text = value === true ? "t" : value === false ? "f" : String(value ?? "NULL");

  return { shows: "values", values: [text] };
}

/** The output of `heldLocksSql`: rows that begin with a table lock mode as pg_locks spells it. */
export function lockEvidence({ mode }: Lock): Pick<Violation, "evidence"> {
  // Whatever locks rows to write them holds ROW EXCLUSIVE on their table (PostgreSQL manual, 13.3.1).
  return { evidence: { shows: "values", values: [pgLockMode(isTableMode(mode) ? mode : "ROW EXCLUSIVE")] } };
}

/** The same after `SHOW lock_timeout`. */
export function waitEvidence({ awaited }: ObservedWait): Pick<Violation, "evidence"> {
  return awaited.kind === "table" ? { evidence: { shows: "values", values: ["0", pgLockMode(awaited.mode)] } } : {};
}

/** `AccessExclusiveLock` for `ACCESS EXCLUSIVE`. */
function pgLockMode(mode: string): string {
  const words = mode.toLowerCase().split(" ");

  return `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("")}Lock`;
}
