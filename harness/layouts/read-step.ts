/** Makes steps from the files of migrations, and from parts of them. */
import { HarnessError } from "../errors.ts";
import type { Statement, Step, TransactionMode } from "../release/release.ts";
import { splitStatements } from "../release/split-statements.ts";
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
 * Splits the text into statements. A placeholder such as `${NAME}` that keeps it from being parsed gets the value of the
 * environment variable.
 * @throws HarnessError with file and line for what PostgreSQL cannot parse
 */
export async function makeMigrationStep(folder: MigrationFolder, wanted: StepSource): Promise<Step> {
  const { file, transaction, before } = wanted;
  const absolute = folder.absolute(file);
  const { source, statements } = await splitWithPlaceholders(wanted.source, absolute);

  return {
    ...{ path: file, file: absolute, source, statements, transaction, stopsAtError: true },
    ...(before !== undefined && { before }),
  };
}

/**
 * The steps of a down: none if it has no statement. One that cannot be parsed is one statement, which PostgreSQL will
 * reject as a whole: histories have such downs that never ran.
 */
export async function makeDown(folder: MigrationFolder, wanted: StepSource): Promise<readonly Step[]> {
  const step = await makeMigrationStep(folder, wanted).catch((thrown: unknown) => {
    if (thrown instanceof HarnessError) return makeUnparsedStep(folder, wanted);
    throw thrown;
  });

  return step.statements.some(({ kind }) => kind === "sql") ? [step] : [];
}

function makeUnparsedStep(folder: MigrationFolder, { file, source, transaction }: StepSource): Step {
  const text = source.trim().replace(/;$/, "");
  const line = findLine(source, /\S/) + 1;
  const statements: readonly Statement[] = [{ kind: "sql", text, line, node: "" }];

  return { path: file, file: folder.absolute(file), source, statements, transaction, stopsAtError: true };
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

async function splitWithPlaceholders(
  source: string,
  file: string,
): Promise<{ readonly source: string; readonly statements: readonly Statement[] }> {
  try {
    return { source, statements: await splitStatements(source, file) };
  } catch (thrown) {
    const missing = [...source.matchAll(PLACEHOLDER)].find(([, name = ""]) => process.env[name] === undefined);
    if (!(thrown instanceof HarnessError) || source.search(PLACEHOLDER) === -1) throw thrown;
    if (missing !== undefined) {
      throw new HarnessError(
        `${file}: cannot be parsed while the placeholder ${missing[0]} has no value`,
        `Set the environment variable ${missing[1]} to what the tool puts there`,
        thrown,
      );
    }
    const replaced = source.replace(PLACEHOLDER, (_, name: string) => process.env[name] ?? "");

    return { source: replaced, statements: await splitStatements(replaced, file) };
  }
}
