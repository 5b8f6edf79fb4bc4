/**
 * Flyway: `V<version>__<name>.sql` by version, then `R__<name>.sql` by name, `U<version>__<name>.sql` as downs, in all
 * folders below. A migration is one transaction, unless none of its statements could run in one, or a `.conf` beside it
 * says `executeInTransaction=false`. A baseline `B<version>__<name>.sql` counts where the versions before it are missing.
 */
import { readFile } from "node:fs/promises";
import { HarnessError } from "../errors.ts";
import type { Step } from "../release/release.ts";
import type { Layout, Migration } from "./layout.ts";
import { isSql, type MigrationFolder } from "./migration-folder.ts";
import { nameOfFile } from "./numbered-files.ts";
import { makeDown, makeMigrationStep } from "./read-step.ts";
import { chooseTransaction } from "./transactions-of-files.ts";

const FILE = /(?:^|\/)([VUB])([0-9][0-9._]*?)__[^/]*\.(sql|java|kt)$/;
const REPEATABLE = /(?:^|\/)R__[^/]*\.sql$/;

interface FlywayFile {
  readonly file: string;
  readonly kind: string;
  readonly version: readonly bigint[];
}

export const flyway: Layout = {
  name: "flyway",
  title: "Flyway",
  // Undo migrations are an extra that few projects write.
  hasDowns: false,
  tables: [
    {
      name: "flyway_schema_history",
      sql: `CREATE TABLE flyway_schema_history (installed_rank integer NOT NULL PRIMARY KEY, version varchar(50),
  description varchar(200) NOT NULL, type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum integer,
  installed_by varchar(100) NOT NULL, installed_on timestamp NOT NULL DEFAULT now(), execution_time integer NOT NULL,
  success boolean NOT NULL)`,
    },
  ],
  fits: async (folder) => folder.files.some((file) => isSql(file) && /(?:^|\/)V[0-9][0-9._]*__[^/]*$/.test(file)),
  async read(folder) {
    const found = folder.files.flatMap(parseFile);
    const ofKind = (kind: string) =>
      found.filter((each) => each.kind === kind).toSorted((one, other) => compareParts(one.version, other.version));
    const versioned = ofKind("V");
    requireUnique(folder, versioned);
    const undone = ofKind("U");
    const placeholders = await readPlaceholders(folder);
    const read = async (file: string) =>
      ({ file, source: placeholders(await folder.read(file)), transaction: "file" }) as const;
    const migrations: Migration[] = [];
    const base = ofKind("B").findLast(({ version }) =>
      versioned.every((each) => compareParts(each.version, version) > 0),
    );
    for (const { file, version } of [
      ...(base === undefined ? [] : [base]),
      ...versioned.filter(({ file }) => isSql(file)),
    ]) {
      const down = undone.find((each) => compareParts(each.version, version) === 0)?.file;
      migrations.push({
        name: nameOfFile(file),
        up: [await applySettings(folder, await makeMigrationStep(folder, await read(file)))],
        ...(down !== undefined && { down: (await makeDown(folder, await read(down))).map(chooseTransaction) }),
      });
    }
    const repeatables = folder.files.filter((file) => REPEATABLE.test(file));
    for (const file of repeatables.toSorted((one, other) => (nameOfFile(one) < nameOfFile(other) ? -1 : 1))) {
      const up = await applySettings(folder, await makeMigrationStep(folder, await read(file)));
      migrations.push({ name: nameOfFile(file), up: [up], repeatable: true });
    }

    return {
      migrations,
      notes: listNotes(found, base, folder),
      code: found.flatMap(({ file }) => (isSql(file) ? [] : [file])),
      hasDowns: undone.length > 0,
    };
  },
};

function parseFile(file: string): readonly FlywayFile[] {
  const [, kind, version] = FILE.exec(file) ?? [];

  return kind === undefined || version === undefined
    ? []
    : [
        {
          file,
          kind,
          version: version
            .split(/[._]/)
            .filter((part) => part !== "")
            .map(BigInt),
        },
      ];
}

/** Part by part; missing parts are zeros. */
function compareParts(one: readonly bigint[], other: readonly bigint[]): number {
  for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
    const [left, right] = [one[index] ?? 0n, other[index] ?? 0n];
    if (left !== right) return left < right ? -1 : 1;
  }

  return 0;
}

function requireUnique(folder: MigrationFolder, sorted: readonly FlywayFile[]): void {
  for (const [index, { file, version }] of sorted.entries()) {
    const next = sorted[index + 1];
    // The version of a class is what its code says, which may differ from its name.
    if (next === undefined || !isSql(file) || !isSql(next.file)) continue;
    if (compareParts(version, next.version) === 0) {
      throw new HarnessError(
        `${folder.path}: ${file} and ${next.file} have the same version`,
        "Give one of them another version",
      );
    }
  }
}

function listNotes(
  found: readonly FlywayFile[],
  base: FlywayFile | undefined,
  folder: MigrationFolder,
): readonly string[] {
  const baselines = found.filter((each) => each.kind === "B" && each !== base);
  const callbacks = folder.files.filter((file) => /(?:^|\/)(?:before|after)[A-Z]\w*(?:__[^/]*)?\.sql$/.test(file));

  return [
    ...baselines.map(({ file }) => `${file} was left out: the versions before it are there`),
    ...callbacks.map((file) => `${file} is a callback and was left out`),
  ];
}

async function applySettings(folder: MigrationFolder, step: Step): Promise<Step> {
  const settings = `${step.path}.conf`;
  const isOutside =
    folder.has(settings) && /^\s*executeInTransaction\s*=\s*false\b/im.test(await folder.read(settings));

  return isOutside ? { ...step, transaction: "statement" } : chooseTransaction(step);
}

/** The settings' placeholders and the built-in ones; one without a value is left as it is. */
async function readPlaceholders(folder: MigrationFolder): Promise<(text: string) => string> {
  const settings = folder.findAbove("flyway.conf", "conf/flyway.conf", "flyway.toml");
  const text = settings === undefined ? "" : await readFile(settings, "utf8");
  const values = new Map([
    ["flyway:defaultSchema", "public"],
    ["flyway:user", "postgres"],
    ["flyway:database", "postgres"],
    ["flyway:table", "flyway_schema_history"],
  ]);
  for (const [, name = "", value = ""] of text.matchAll(
    /^\s*(?:flyway\.)?placeholders\.([\w.:-]+)\s*=\s*"?(.*?)"?\s*$/gm,
  )) {
    values.set(name, value);
  }
  for (const [key, value] of Object.entries(process.env)) {
    const name = /^FLYWAY_PLACEHOLDERS_(.+)$/.exec(key)?.[1];
    if (name !== undefined && value !== undefined) values.set(name.toLowerCase(), value);
  }

  return (source) => source.replace(/\$\{([\w.:-]+)\}/g, (all, name: string) => values.get(name) ?? all);
}
