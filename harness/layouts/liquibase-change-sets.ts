/** Parses files of Liquibase's formatted SQL into change sets (pure). */
import { HarnessError } from "../errors.ts";
import type { TransactionMode } from "../release/release.ts";
import { keepLines } from "./read-step.ts";

export interface ChangeSet {
  /** `author:id`. */
  readonly name: string;
  /** The text at its lines. */
  readonly up: string;
  /** The statements of the rollback at their lines; blank if it says that there is nothing to do, undefined without one. */
  readonly down?: string;
  readonly transaction: TransactionMode;
  readonly repeatable: boolean;
  readonly isForPostgres: boolean;
}

const HEADER = /^\s*--\s*liquibase\s+formatted\s+sql\b/i;
const CHANGE_SET = /^\s*--\s*changeset\s+("[^"]+"|[^\s:]+(?: [^\s:]+)*?):("[^"]+"|\S+)(.*)$/i;
const ROLLBACK = /^\s*--\s*rollback(?:\s+(.*))?$/i;
const BLOCK = /^\s*\/\*\s*liquibase\s+rollback\s*$/i;
const NOTHING = /^(?:empty|not required|;)?\s*;?\s*$/i;

export function isFormattedSql(text: string): boolean {
  return HEADER.test(text.trimStart());
}

/**
 * The change sets of a file. A file without the header is one.
 * @throws HarnessError for statements before the first change set
 */
export function parseChangeSets(text: string, file: string): readonly ChangeSet[] {
  if (!isFormattedSql(text)) {
    return [{ name: "raw:includeAll", up: text, transaction: "file", repeatable: false, isForPostgres: true }];
  }
  const lines = blankIgnored(text.split("\n").map((line) => line.replace(/\r$/, "")));
  const starts = lines.flatMap((line, index) => (CHANGE_SET.test(line) ? [index] : []));
  const first = starts[0] ?? lines.length;
  const stray = lines.slice(0, first).findIndex((line) => !/^\s*(?:--.*)?$/.test(line));
  if (stray !== -1) {
    throw new HarnessError(
      `${file}:${stray + 1}: a statement before the first change set`,
      "Write a line --changeset author:id before it",
    );
  }

  return starts.map((start, index) => parseChangeSet(lines, start, starts[index + 1] ?? lines.length));
}

function parseChangeSet(lines: readonly string[], start: number, end: number): ChangeSet {
  const [, author = "", id = "", rest = ""] = CHANGE_SET.exec(lines[start] ?? "") ?? [];
  const attributes = new Map(
    Array.from(rest.matchAll(/(\w+):("[^"]*"|\S+)/g), ([, key = "", value = ""]) => [key, value.replace(/^"|"$/g, "")]),
  );
  const dbms = attributes.get("dbms");
  const down = findRollback(lines, start, end);
  const up = keepLines(lines.join("\n"), start, end);

  return {
    name: `${author.replaceAll('"', "")}:${id.replaceAll('"', "")}`,
    up: replaceDelimiter(up, attributes.get("endDelimiter")),
    ...(down !== undefined && { down: replaceDelimiter(down, attributes.get("rollbackEndDelimiter")) }),
    transaction: attributes.get("runInTransaction") === "false" ? "statement" : "file",
    repeatable: attributes.get("runOnChange") === "true" || attributes.get("runAlways") === "true",
    isForPostgres: dbms === undefined || /\b(?<!!)postgresql\b/.test(dbms) || /^all$/i.test(dbms),
  };
}

/** The rollback at its lines, the others blank. */
function findRollback(lines: readonly string[], start: number, end: number): string | undefined {
  const found = new Map<number, string>();
  let inBlock = false;
  for (let index = start + 1; index < end; index += 1) {
    const line = lines[index] ?? "";
    if (inBlock) {
      inBlock = !line.includes("*/");
      found.set(index, line.replace(/\*\/.*/, ""));
    } else if (BLOCK.test(line)) {
      inBlock = true;
      found.set(index, "");
    } else if (ROLLBACK.test(line)) {
      found.set(index, ROLLBACK.exec(line)?.[1] ?? "");
    }
  }
  if (found.size === 0) return undefined;

  return lines.map((_, index) => removeNothing(found.get(index) ?? "")).join("\n");
}

function removeNothing(line: string): string {
  return NOTHING.test(line) ? "" : line;
}

/** Another end of statements becomes a semicolon. */
function replaceDelimiter(text: string, delimiter: string | undefined): string {
  if (delimiter === undefined || delimiter === ";") return text;
  const plain = delimiter.replace(/^(?:\\n|\\r)+/, "").replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

  return text.replace(new RegExp(`${plain}[ \\t]*$`, "gm"), ";");
}

function blankIgnored(lines: readonly string[]): readonly string[] {
  let rest = 0;

  return lines.map((line) => {
    const [, amount] = /^\s*--\s*ignoreLines:\s*(\w+)/i.exec(line) ?? [];
    if (amount !== undefined) {
      rest = amount === "start" ? Number.POSITIVE_INFINITY : amount === "end" ? 0 : Number(amount);

      return "";
    }
    if (rest <= 0) return line;
    rest -= 1;

    return "";
  });
}
