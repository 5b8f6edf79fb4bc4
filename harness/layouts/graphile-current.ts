/**
 * Reads the draft of graphile-migrate: `current.sql`, or the files of `current/` by their numbers, which are committed
 * together. `--!include functions/f.sql` stands for a file of `fixtures/` (graphile-migrate, src/current.ts and
 * compileIncludes of src/migration.ts).
 */
import { posix } from "node:path";
import { HarnessError } from "../errors.ts";
import type { MigrationFolder } from "./migration-folder.ts";

/** A file of the draft. */
interface DraftFile {
  /** Relative to the folder. */
  readonly file: string;
  /** With what it includes. */
  readonly text: string;
  /** The files that it includes, relative to the folder. */
  readonly includes: readonly string[];
}

const FILE = /^([0-9]+)(?:-[-_a-zA-Z0-9]*)?\.sql$/;
const INCLUDE = /^--![ \t]*include[ \t]+(.*\.sql)[ \t]*$/gm;

/**
 * @param root the folder of graphile-migrate, such as `migrations/`; empty where it was given itself
 * @throws HarnessError for a draft that graphile-migrate does not accept
 */
export async function readDraft(folder: MigrationFolder, root: string): Promise<readonly DraftFile[]> {
  const [single, parts] = [`${root}current.sql`, listParts(folder, `${root}current`)];
  if (folder.has(single) && parts.length > 0) {
    throw new HarnessError(
      `${folder.absolute(single)}: there is a folder current beside it`,
      "Keep one of them: graphile-migrate accepts no others",
    );
  }
  const files: DraftFile[] = [];
  for (const file of folder.has(single) ? [single] : parts) {
    const includes: string[] = [];
    const text = await include({ folder, fixtures: `${root}fixtures`, includes }, file, [file]);
    if (file !== single && /^--!\s*no-transaction\b/.test(text)) {
      throw new HarnessError(
        `${folder.absolute(file)}: a file of current/ cannot have --! no-transaction`,
        "Write the migration to current.sql instead",
      );
    }
    files.push({ file, text, includes });
  }

  return files;
}

function listParts(folder: MigrationFolder, root: string): readonly string[] {
  const files = folder.listIn(root).filter((file) => file.endsWith(".sql") && !posix.basename(file).startsWith("."));
  const byNumber = new Map<bigint, string>();
  for (const file of files) {
    const number = FILE.exec(posix.basename(file))?.[1];
    const other = byNumber.get(BigInt(number ?? 0));
    if (number === undefined || other !== undefined) {
      throw new HarnessError(
        `${folder.absolute(file)}: ${other === undefined ? "its name begins with no number" : `has the number of ${other}`}`,
        "Name it such as 001.sql or 002-name.sql, with a number of its own",
      );
    }
    byNumber.set(BigInt(number), file);
  }

  return [...byNumber].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, file]) => file);
}

interface Including {
  readonly folder: MigrationFolder;
  readonly fixtures: string;
  /** Those that were found so far. */
  readonly includes: string[];
}

/** @param path the files that include each other, the one to read last */
async function include(including: Including, file: string, path: readonly string[]): Promise<string> {
  const { folder, fixtures, includes } = including;
  const text = await folder.read(file, `though ${path.at(-2) ?? "its folder"} names it`);
  let compiled = "";
  let end = 0;
  for (const { 0: line, 1: name = "", index } of text.matchAll(INCLUDE)) {
    const included = posix.join(fixtures, name);
    if (!included.startsWith(`${fixtures}/`) || path.includes(included)) {
      throw new HarnessError(
        `${folder.absolute(file)}: ${line.trim()}: ${path.includes(included) ? "includes itself" : "is outside of fixtures/"}`,
        "Name another file of fixtures/",
      );
    }
    includes.push(included);
    const content = await include(including, included, [...path, included]);
    compiled += `${text.slice(end, index)}--! Included ${name}\n${content.trim()}\n--! EndIncluded ${name}`;
    end = index + line.length;
  }

  return compiled + text.slice(end);
}
