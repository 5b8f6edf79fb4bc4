/**
 * Compares the evidence of a violation with what psql printed for the last part of its script (pure).
 */
import type { Evidence } from "../../../harness/property/verdict.ts";
import type { PsqlOutput } from "../../../harness/testing/psql.ts";

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

export function isShown(evidence: Evidence, output: PsqlOutput): boolean {
  const messages = (severity: string) =>
    output.messages.filter((message) => message.severity === severity).map(({ text }) => text);
  const results = output.results.join("\n");

  switch (evidence.shows) {
    case "error":
      // psql prints the first line with the severity.
      return messages("ERROR").includes(evidence.message.split("\n", 1)[0] ?? "");
    case "messages": {
      const all = output.messages.map(({ text }) => text).join("\n");

      return (
        evidence.texts.every((text) => contains(all, text)) &&
        messages("ERROR").length === 0 &&
        messages("WARNING").length <= (evidence.warnings ?? 0)
      );
    }
    case "rows": {
      const counts = countRows(output.results);
      const shown =
        evidence.count === undefined ? counts.every((count) => count > 0) : counts.at(-1) === evidence.count;

      return messages("ERROR").length === 0 && counts.length > 0 && shown;
    }
    case "values":
      return evidence.values.every((value) => firstColumn(value).test(results));
    case "text":
      return (
        (evidence.present ?? []).every((text) => contains(results, text)) &&
        !(evidence.absent ?? []).some((text) => contains(results, text))
      );
  }
}

/** The rows that each statement returned or changed: `(2 rows)`, `UPDATE 2`, `INSERT 0 2`. */
function countRows(results: readonly string[]): readonly number[] {
  return results.flatMap((line) => {
    const [, returned, changed] = /^(?:\((\d+) rows?\)|(?:INSERT 0|UPDATE|DELETE|MERGE) (\d+))$/.exec(line) ?? [];

    return returned === undefined && changed === undefined ? [] : [Number(returned ?? changed)];
  });
}

/** Numbers and NULL are whole words, outside of UUIDs. */
function contains(output: string, text: string): boolean {
  return /^(-?\d+|NULL)$/.test(text)
    ? new RegExp(`(?<![\\w-])${text}(?!\\w)`).test(output.replace(UUID, ""))
    : output.includes(text);
}

function firstColumn(value: string): RegExp {
  return new RegExp(`^ *${escapePattern(value)} *(\\||$)`, "m");
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
