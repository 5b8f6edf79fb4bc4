/**
 * Compares the evidence of a violation with what psql printed for the last part of its script (pure).
 */
import type { Evidence } from "../../../harness/property/verdict.ts";
import type { PsqlOutput } from "./psql.ts";

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
        evidence.texts.every((text) => all.includes(text)) &&
        messages("ERROR").length === 0 &&
        messages("WARNING").length <= (evidence.warnings ?? 0)
      );
    }
    case "rows": {
      const count = countRows(output.results);

      return (
        messages("ERROR").length === 0 &&
        (evidence.count === undefined ? count > 0 : count === evidence.count)
      );
    }
    case "values":
      return evidence.values.every((value) => firstColumn(value).test(results));
    case "text":
      return (
        (evidence.present ?? []).every((text) => results.includes(text)) &&
        !(evidence.absent ?? []).some((text) => results.includes(text))
      );
  }
}

/** The rows that the last statement with a count returned or changed: `(2 rows)`, `UPDATE 2`, `INSERT 0 2`. */
function countRows(results: readonly string[]): number {
  const counts = results.flatMap(
    (line) => /^(?:\((\d+) rows?\)|(?:INSERT 0|UPDATE|DELETE|MERGE) (\d+))$/.exec(line) ?? [],
  );

  return Number(counts.findLast((text) => /^\d+$/.test(text ?? "")) ?? 0);
}

function firstColumn(value: string): RegExp {
  return new RegExp(`^ *${value.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")} *(\\||$)`, "m");
}
