/** Makes steps from the files of migrations, and from parts of them. */
import { HarnessError } from "../errors.ts";
import { loadParser, type Parser } from "../release/parser.ts";
import type { Statement, Step, TransactionMode } from "../release/release.ts";
import { splitWith } from "../release/split-statements.ts";
import type { MigrationFolder } from "./migration-folder.ts";

export interface StepSource {
  /** Relative to the folder. */
  readonly file: string;
  /** The text, or the part of it that is applied at its own lines: the others are blank. */
  readonly source: string;
  readonly transaction: TransactionMode;
  readonly before?: readonly string[];
}

/**
 * A step whose text is split into statements when they are asked for: of a long history, most are not. A placeholder such
 * as `${NAME}` that keeps it from being parsed gets the value of the environment variable.
 * @throws HarnessError with file and line for what PostgreSQL cannot parse, where the statements are asked for
 */
export async function makeMigrationStep(folder: MigrationFolder, wanted: StepSource): Promise<Step> {
  const parser = await loadParser();
  const file = folder.absolute(wanted.file);
  const { source, split } = replacePlaceholders(parser, wanted.source, file);

  return makeStepOf(folder, { ...wanted, source }, split);
}

/**
 * The steps of a down: none if it has no statement. One that cannot be parsed is one statement, which PostgreSQL will
 * reject as a whole: histories have such downs that never ran.
 */
export async function makeDown(folder: MigrationFolder, wanted: StepSource): Promise<readonly Step[]> {
  const parser = await loadParser();
  const rejected = () => [makeUnparsedStatement(wanted.source)];
  const { source, split } = orElse(
    () => replacePlaceholders(parser, wanted.source, folder.absolute(wanted.file)),
    () => ({ source: wanted.source, split: rejected }),
  );
  const step = makeStepOf(folder, { ...wanted, source }, () => orElse(split, rejected));

  return hasStatement(step) ? [step] : [];
}

/** The other value where the first cannot be had for a HarnessError. */
function orElse<Value>(one: () => Value, other: () => Value): Value {
  try {
    return one();
  } catch (thrown) {
    if (thrown instanceof HarnessError) return other();
    throw thrown;
  }
}

function makeStepOf(
  folder: MigrationFolder,
  { file, source, transaction, before }: StepSource,
  split: () => readonly Statement[],
): Step {
  let statements: readonly Statement[] | undefined;

  return {
    ...{ path: file, file: folder.absolute(file), source, transaction, stopsAtError: true },
    ...(before !== undefined && { before }),
    get statements() {
      statements ??= split();

      return statements;
    },
  };
}

/** @throws HarnessError where only parsing can say, and the text cannot be parsed */
export function hasStatement(step: Step): boolean {
  // Without block comments, which can be nested, and commands of psql, what is not blank is a statement.
  if (!/\/\*|\\/.test(step.source)) return step.source.replace(/--.*/g, "").replace(/[;\s]+/g, "") !== "";

  return step.statements.some(({ kind }) => kind === "sql");
}

function makeUnparsedStatement(source: string): Statement {
  return { kind: "sql", text: source.trim().replace(/;$/, ""), line: findLine(source, /\S/) + 1, node: "" };
}

/** The lines of a text from one to before another, both from 0; the others are blank. */
export function keepLines(text: string, from: number, to = Number.POSITIVE_INFINITY): string {
  return text
    .split("\n")
    .map((line, index) => (index >= from && index < to ? line : ""))
    .join("\n");
}

/** The number of the first line that matches, from 0; -1 if there is none. */
export function findLine(text: string, pattern: RegExp, from = 0): number {
  return text.split("\n").findIndex((line, index) => index >= from && pattern.test(line));
}

const PLACEHOLDER = /\$\{([A-Za-z_]\w*)\}/g;

/** The text as it is split, and how. It is tried at once where it has a placeholder. */
function replacePlaceholders(
  parser: Parser,
  source: string,
  file: string,
): { readonly source: string; readonly split: () => readonly Statement[] } {
  const split = () => splitWith(parser, source, file);
  if (source.search(PLACEHOLDER) === -1) return { source, split };
  try {
    const statements = split();

    return { source, split: () => statements };
  } catch (thrown) {
    const missing = [...source.matchAll(PLACEHOLDER)].find(([, name = ""]) => process.env[name] === undefined);
    if (!(thrown instanceof HarnessError)) throw thrown;
    if (missing !== undefined) {
      throw new HarnessError(
        `${file}: cannot be parsed while the placeholder ${missing[0]} has no value`,
        `Set the environment variable ${missing[1]} to what the tool puts there`,
        thrown,
      );
    }
    const replaced = source.replace(PLACEHOLDER, (_, name: string) => process.env[name] ?? "");

    return { source: replaced, split: () => splitWith(parser, replaced, file) };
  }
}
