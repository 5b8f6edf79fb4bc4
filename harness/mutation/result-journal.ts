/**
 * What earlier runs found out, a line a mutant in a file that is only ever added to: a run that is stopped, killed or
 * out of disk loses at most the line at hand. A line counts while everything that decided it is as it was.
 */
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HarnessError, messageOf } from "../errors.ts";
import type { Release } from "../release/release.ts";
import type { Testimony } from "./dry-run.ts";
import { listedSteps } from "./lists.ts";
import type { Fate } from "./mutant-status.ts";

/** A mutant's fate, or what the properties say of the release itself. */
type Line = { readonly key: string } & (
  | { readonly id: string; readonly fate: Fate }
  | { readonly testimony: Testimony }
);

export class Kept {
  readonly #file: string;
  readonly #key: string;
  readonly #fates = new Map<string, Fate>();
  #testimony: Testimony | undefined;

  private constructor(file: string, key: string, lines: readonly Line[]) {
    this.#file = file;
    this.#key = key;
    for (const line of lines.filter((one) => one.key === key)) {
      if ("testimony" in line) {
        this.#testimony = line.testimony;
      } else {
        this.#fates.set(line.id, line.fate);
      }
    }
  }

  /** @throws HarnessError where the file can be neither read nor made */
  static open(file: string, key: string): Kept {
    try {
      mkdirSync(dirname(file), { recursive: true });

      const text = existsSync(file) ? readFileSync(file, "utf8") : "";
      if (text !== "" && !text.endsWith("\n")) {
        // A line that was cut off must not swallow the next one.
        appendFileSync(file, "\n");
      }

      return new Kept(file, key, linesOf(text));
    } catch (error) {
      throw new HarnessError(
        `What became of mutants cannot be kept in ${file}: ${messageOf(error)}`,
        "Make room there, or see to it that the folder can be written",
        error,
      );
    }
  }

  get count(): number {
    return this.#fates.size;
  }

  fateOf(id: string): Fate | undefined {
    return this.#fates.get(id);
  }

  /** @throws HarnessError where the disk is full: what was kept before is whole */
  add(id: string, fate: Fate): void {
    this.#fates.set(id, fate);
    this.#write({ key: this.#key, id, fate });
  }

  /** What the properties said of the release, if they were asked already; otherwise they are asked now. */
  async testimonyOr(ask: () => Promise<Testimony>): Promise<Testimony> {
    if (this.#testimony === undefined) {
      this.#testimony = await ask();
      this.#write({ key: this.#key, testimony: this.#testimony });
    }

    return this.#testimony;
  }

  #write(line: Line): void {
    try {
      appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
    } catch (error) {
      throw new HarnessError(
        `What was found out cannot be written to ${this.#file}: ${messageOf(error)}`,
        "Make room there, and run again with --resume",
        error,
      );
    }
  }
}

/** The lines that are whole: the last one may have been cut off. */
function linesOf(text: string): readonly Line[] {
  return text.split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line) as Line];
    } catch (error) {
      if (error instanceof SyntaxError) return [];
      throw error;
    }
  });
}

/** What decides a mutant's fate besides the mutant: the release, who is asked, and with which seed. */
export async function keyOf(
  release: Release,
  folders: readonly string[],
  words: readonly string[],
): Promise<string> {
  const hash = createHash("sha256");
  for (const word of words) {
    hash.update(`${word}\n`);
  }
  for (const { path, source } of [...release.baseline, ...listedSteps(release).map(({ step }) => step)]) {
    hash.update(`${path}:${source.length}:${source}`);
  }
  for (const file of (await Promise.all(folders.map(sourcesIn))).flat()) {
    hash.update(await readFile(file));
  }

  return hash.digest("hex").slice(0, 16);
}

async function sourcesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true });

  return names
    .filter((name) => /\.(ts|js|sql)$/.test(name) && !/\.(test|canaries)\.ts$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}
