/**
 * Records the outcome of each mutant in a file that is only appended to: a run that is stopped or killed, or whose disk
 * is full, loses at most its last line, and the next run continues. A line is valid while its key is the same.
 */
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HarnessError, messageOf } from "../errors.ts";
import { getListNames, listSteps } from "../release/lists.ts";
import type { Release } from "../release/release.ts";
import type { MutantOutcome } from "./mutant.ts";

interface JournalLine {
  readonly key: string;
  readonly id: string;
  readonly outcome: MutantOutcome;
}

export class ResultJournal {
  readonly #file: string;
  readonly #key: string;
  readonly #outcomes: Map<string, MutantOutcome>;

  private constructor(file: string, key: string, lines: readonly JournalLine[]) {
    this.#file = file;
    this.#key = key;
    const valid = lines.filter((line) => line.key === key);
    this.#outcomes = new Map(valid.map(({ id, outcome }) => [id, outcome]));
  }

  /** @throws HarnessError if the file can neither be read nor created */
  static open(file: string, key: string): ResultJournal {
    try {
      mkdirSync(dirname(file), { recursive: true });

      const text = existsSync(file) ? readFileSync(file, "utf8") : "";
      // Ends an incomplete line, so that the next one is not appended to it.
      if (text !== "" && !text.endsWith("\n")) appendFileSync(file, "\n");

      return new ResultJournal(file, key, parseLines(text));
    } catch (error) {
      throw new HarnessError(
        `The results cannot be recorded in ${file}: ${messageOf(error)}`,
        "Free disk space, or make the folder writable",
        error,
      );
    }
  }

  get size(): number {
    return this.#outcomes.size;
  }

  get(id: string): MutantOutcome | undefined {
    return this.#outcomes.get(id);
  }

  /** @throws HarnessError if the disk is full; earlier lines are intact then */
  add(id: string, outcome: MutantOutcome): void {
    this.#outcomes.set(id, outcome);
    const line: JournalLine = { key: this.#key, id, outcome };
    try {
      appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
    } catch (error) {
      throw new HarnessError(
        `A result cannot be written to ${this.#file}: ${messageOf(error)}`,
        "Free disk space, and run again with --resume",
        error,
      );
    }
  }
}

/** The complete lines: the last one of a run that was killed may be cut off. */
function parseLines(text: string): readonly JournalLine[] {
  return text.split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line) as JournalLine];
    } catch (error) {
      if (error instanceof SyntaxError) return [];
      throw error;
    }
  });
}

/**
 * Hashes everything that decides the outcome of a mutant.
 * @param folders of the code: the harness and the properties
 * @param options such as the seed and the server
 */
export async function hashInputs(
  release: Release,
  folders: readonly string[],
  options: readonly unknown[],
): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(options));
  for (const { path, source } of listSteps(release, getListNames(release)).map(({ step }) => step)) {
    hash.update(`${path}:${source.length}:${source}`);
  }
  for (const file of (await Promise.all(folders.map(listSources))).flat()) hash.update(await readFile(file));

  return hash.digest("hex").slice(0, 16);
}

async function listSources(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true });

  return names
    .filter((name) => /\.([jt]s|sql)$/.test(name) && !/\.(test|soak|canaries)\.[jt]s$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}
