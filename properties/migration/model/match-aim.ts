/** Distinguishes errors of a migration, and finds the new constraint that an error is about (pure). */
import type { Aim } from "../../../harness/rows/directed.ts";
import type { Failure } from "../apply-within.ts";

/** The same for two failures of one statement for one reason; no value of a row is in it. */
export function nameFailure({ step, statement, error, isEndless }: Failure): string {
  const named = [...error.message.matchAll(/\b(?:column|constraint|index|relation|type) "([^"]+)"/g)];

  return [step.file, statement.line, isEndless ? "endless" : error.code, ...named.map(([text]) => text)].join(" ");
}

/** @returns undefined where the error is about nothing that the schema after demands and the one before does not */
export function matchAim({ error, statement, isEndless }: Failure, aims: readonly Aim[]): Aim | undefined {
  if (isEndless) return undefined;
  const { code, message } = error;
  const [, constraint] = /\b(?:constraint|index) "([^"]+)"/.exec(message) ?? [];
  const [, column] = /\bcolumn "([^"]+)"/.exec(message) ?? [];
  const [, relation] = /\brelation "([^"]+)"/.exec(message) ?? [];
  // A table that is renamed is known by its old name.
  const isRenamed = !aims.some(({ table }) => table.endsWith(`.${relation}`));
  const isOf = ({ table }: Aim): boolean => relation === undefined || isRenamed || table.endsWith(`.${relation}`);
  // The value of a domain, where a column takes its type.
  if (/^235(?:02|14)$/.test(code) && statement.node === "AlterTableStmt" && /\bdomain \w/.test(message)) {
    return aims.find((aim) => aim.kind === "type" && mentions(statement.text, aim.constraint));
  }
  switch (code) {
    case "23502":
      return aims.find((aim) => aim.kind === "not-null" && aim.constraint === column && isOf(aim));
    case "23505":
      return aims.find((aim) => aim.kind === "unique" && aim.constraint === constraint);
    case "23P01":
      return aims.find((aim) => aim.kind === "exclusion" && aim.constraint === constraint);
    case "23514":
      return aims.find((aim) =>
        message.startsWith("updated partition constraint")
          ? aim.kind === "partition" && mentions(statement.text, aim.constraint)
          : aim.kind === "check" && aim.constraint === constraint,
      );
    case "23503":
      return aims.find((aim) => aim.kind === "foreign-key" && aim.constraint === constraint);
    default:
      return /^22/.test(code) && statement.node === "AlterTableStmt"
        ? aims.find((aim) => aim.kind === "type" && mentions(statement.text, aim.constraint))
        : undefined;
  }
}

/** True where SQL has the name as a word. */
export function mentions(text: string, name: string): boolean {
  return (text.match(/"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*/gu) ?? []).some(
    (word) => word.toLowerCase() === name || word === `"${name}"`,
  );
}
