/** Reads migrations that are a pair of files each, `NAME.up.sql` and `NAME.down.sql`. */
import { HarnessError } from "../errors.ts";
import type { TransactionMode } from "../release/release.ts";
import type { FoundMigrations, Migration, ReadingOptions } from "./layout.ts";
import type { MigrationFolder } from "./migration-folder.ts";
import { makeDown, makeMigrationStep } from "./read-step.ts";
import { createDuplicateError, requireNoGap, sortByVersion } from "./versions.ts";

/** `0001_name.up.sql`, `V0001.Name.up.sql`; with a dialect before the direction: `0001_name.postgres.up.sql`. */
const FILE = /^V?(\d+)(?:[._-](.*?))?(?:\.(postgres|postgresql|pg|mysql|sqlite3?|cockroach|mssql))?\.(up|down)\.sql$/i;
const POSTGRES = /^(?:postgres|postgresql|pg)$/i;
/** What is no part of the name. */
const END = /(?:\.(?:postgres|postgresql|pg))?\.(?:up|down)\.sql$/i;
const CODE = /^V?(\d+)[._-].*\.(?:go|js|ts|mjs|cjs|java|kt|py|rb|rs)$/;
const TEST = /_test\.go$|\.test\.[jt]s$/;
/** Looks like a migration. */
const NUMBERED = /^V?\d.*\.sql$/i;

interface FilePair {
  readonly version: string;
  readonly name: string;
  /** The file that names it in errors. */
  readonly file: string;
  readonly up?: string;
  readonly down?: string;
}

export function isPairFile(file: string): boolean {
  return FILE.test(file);
}

/** A file of a pair. */
interface PairFile {
  readonly version: string;
  readonly title: string;
  readonly file: string;
  readonly side: "up" | "down";
  /** Whether it names PostgreSQL. */
  readonly isSpecific: boolean;
}

function parsePairFile(file: string): readonly PairFile[] {
  const [, version, title = "", dialect, direction] = FILE.exec(file) ?? [];
  if (version === undefined || (dialect !== undefined && !POSTGRES.test(dialect))) return [];
  const side = direction?.toLowerCase() === "up" ? "up" : "down";

  return [{ version: String(BigInt(version)), title, file, side, isSpecific: dialect !== undefined }];
}

/**
 * The pairs in the folder by number. Of several dialects, that of PostgreSQL counts.
 * @param areNumbersUnique whether two files of the same number and direction are an error; else their names distinguish them
 */
function findPairs(folder: MigrationFolder, areNumbersUnique: boolean): readonly FilePair[] {
  const found = folder.listIn().flatMap(parsePairFile);
  const specific = found.filter(({ isSpecific }) => isSpecific);
  const files = found.filter((one) => one.isSpecific || !specific.some((other) => isSameSide(one, other)));
  const repeated = files.find((one) => files.some((other) => other !== one && isSameSide(one, other)));
  if (repeated !== undefined && areNumbersUnique) {
    const other = files.find((each) => each !== repeated && isSameSide(each, repeated)) ?? repeated;
    const remedy = "Give one of them another number; if the tool takes both, name the layout with --layout";
    throw createDuplicateError(repeated, other, folder.path, remedy);
  }
  const repeatedVersions = new Set(
    files.filter((one) => files.some((other) => other !== one && isSameSide(one, other))).map(({ version }) => version),
  );
  const groups = new Map<string, PairFile[]>();
  for (const file of files) {
    const key = repeatedVersions.has(file.version) ? `${file.version} ${file.title}` : file.version;
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }

  return sortByVersion([...groups.values()].flatMap(toPair));
}

function isSameSide(one: PairFile, other: PairFile): boolean {
  return one.version === other.version && one.side === other.side;
}

function toPair(files: readonly PairFile[]): readonly FilePair[] {
  const up = files.find(({ side }) => side === "up")?.file;
  const down = files.find(({ side }) => side === "down")?.file;
  const file = up ?? down;
  if (file === undefined) return [];
  const { version = "0" } = files[0] ?? {};

  return [{ version, name: file.replace(END, ""), file, ...(up && { up }), ...(down && { down }) }];
}

/**
 * Reads the migrations of pairs.
 * @param getTransaction the mode of a file by its text
 * @throws HarnessError for a number that is there twice or left out, and a down without its up
 */
export async function readPairs(
  folder: MigrationFolder,
  getTransaction: (text: string) => TransactionMode,
  { isRequested }: ReadingOptions,
): Promise<FoundMigrations> {
  const files = folder.listIn();
  const pairs = findPairs(folder, !isRequested);
  const code = files.filter((file) => CODE.test(file) && !TEST.test(file) && !isPairFile(file));
  const inCode = new Set(code.map((file) => String(BigInt(CODE.exec(file)?.[1] ?? 0))));
  if (!isRequested) requireNoGap(pairs, folder.path, [...inCode]);
  const migrations: Migration[] = [];
  for (const { version, name, file, up, down } of pairs) {
    if (up === undefined && inCode.has(version)) continue;
    if (up === undefined) {
      throw new HarnessError(`${folder.absolute(file)}: a down without its up`, "Add the up, or remove the down");
    }
    const read = async (path: string) => {
      const source = await folder.read(path);

      return { file: path, source, transaction: getTransaction(source) };
    };
    migrations.push({
      name,
      up: [await makeMigrationStep(folder, await read(up))],
      ...(down !== undefined && { down: await makeDown(folder, await read(down)) }),
    });
  }
  const skipped = code.filter((file) => /[._]up\./.test(file) || !/[._]down\./.test(file));
  const misnamed = files.filter((file) => NUMBERED.test(file) && !isPairFile(file));

  return {
    migrations,
    code: skipped,
    notes: misnamed.map((file) => `${file} is neither NAME.up.sql nor NAME.down.sql, and was left out`),
  };
}
