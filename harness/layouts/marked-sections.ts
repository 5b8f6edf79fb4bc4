/** Reads migrations that are one file with a section for each direction, which comments mark. */
import { HarnessError } from "../errors.ts";
import type { TransactionMode } from "../release/release.ts";
import type { Migration } from "./layout.ts";
import type { MigrationFolder } from "./migration-folder.ts";
import { nameOfFile } from "./numbered-files.ts";
import { findLine, keepLines, makeDown, makeMigrationStep } from "./read-step.ts";

export interface SectionMarks {
  readonly up: RegExp;
  readonly down: RegExp;
  /** As it is written, for errors. */
  readonly upMark: string;
  /** Whether the down may come first. */
  readonly isAnyOrder?: true;
  /** The mode of a direction. @param line the line of its mark @param section its text */
  readonly getTransaction: (line: string, section: string, text: string) => TransactionMode;
}

/**
 * Reads one file. A file without a down mark has no down.
 * @throws HarnessError if it has no up mark, or its down mark is before it where that may not be
 */
export async function readSections(folder: MigrationFolder, file: string, marks: SectionMarks): Promise<Migration> {
  const text = await folder.read(file);
  const lines = text.split("\n");
  const up = findLine(text, marks.up);
  const down = findLine(text, marks.down);
  if (up === -1) {
    throw new HarnessError(
      `${folder.absolute(file)}: has no line ${marks.upMark}`,
      "Add the line before the statements of the up",
    );
  }
  if (down !== -1 && down < up && marks.isAnyOrder !== true) {
    throw new HarnessError(
      `${folder.absolute(file)}:${down + 1}: the down is before the line ${marks.upMark}`,
      "Put the down after the up",
    );
  }
  const make = (from: number, to?: number) => {
    const source = keepLines(text, from, to);

    return { file, source, transaction: marks.getTransaction(lines[from] ?? "", source, text) };
  };

  return {
    name: nameOfFile(file),
    up: [await makeMigrationStep(folder, make(up, down > up ? down : undefined))],
    ...(down !== -1 && { down: await makeDown(folder, make(down, up > down ? up : undefined)) }),
  };
}
