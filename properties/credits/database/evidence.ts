/** States what the last part of a script prints, for the tests that run the scripts in psql (pure). */
import type { Difference } from "../../../harness/catalog/difference.ts";
import type { SqlError } from "../../../harness/database/sql-error.ts";
import type { Evidence } from "../../../harness/property/verdict.ts";

/** As many words of a changed value as are looked for: enough to recognise it. */
const WORDS_MAX = 8;

export function errorEvidence({ message, code }: SqlError): Evidence {
  return { shows: "error", message, sqlstate: code };
}

/** Every value occurs in the output; NULL is left out, since it prints as nothing. */
export function textEvidence(values: readonly (string | number | null | undefined)[]): Evidence {
  const present = values.filter((value) => value !== null && value !== undefined && value !== "");

  return { shows: "text", present: present.map(String) };
}

/** One row whose first column is the value, as psql prints it. */
export function valueEvidence(value: unknown): Evidence {
  const text = value === true ? "t" : value === false ? "f" : String(value ?? "");

  return { shows: "values", values: [text] };
}

/** What the inspection statement of a difference prints: no row of a removed object, one of an added one. */
export function differenceEvidence({ kind, after }: Difference): Evidence {
  return kind === "changed" && typeof after === "string"
    ? textEvidence(after.split(/\s+/).slice(0, WORDS_MAX))
    : { shows: "rows", count: kind === "removed" ? 0 : 1 };
}
