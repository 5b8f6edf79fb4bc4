/**
 * node-pg-migrate, SQL files: `<prefix>_<name>.sql` with `-- Up Migration` and `-- Down Migration`, by prefix and name. All
 * pending ones run in one transaction (its option singleTransaction, the default). Migrations in JavaScript are left out.
 */
import type { Layout, Migration } from "./layout.ts";
import { isSql, type MigrationFolder } from "./migration-folder.ts";
import { nameOfFile } from "./numbered-files.ts";
import { findLine, keepLines, makeDown, makeMigrationStep } from "./read-step.ts";

const UP = /^\s*--[\s-]*up\s+migration/i;
const DOWN = /^\s*--[\s-]*down\s+migration/i;

export const nodePgMigrate: Layout = {
  name: "node-pg-migrate",
  title: "node-pg-migrate",
  hasDowns: true,
  tables: [
    {
      name: "pgmigrations",
      sql: "CREATE TABLE pgmigrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL)",
    },
  ],
  fits: async (folder) => await folder.hasLine(/^\s*--[\s-]*(?:up|down)\s+migration/im),
  async read(folder) {
    const files = folder.listIn().filter((file) => /^\d+/.test(file) && /\.(?:sql|[cm]?[jt]s)$/.test(file));
    const sorted = files.toSorted(compareFiles);
    const migrations = await Promise.all(sorted.filter(isSql).map((file) => readFileOf(folder, file)));
    const code = sorted.filter((file) => !isSql(file));

    return { migrations, code };
  },
};

/** The sections may be in either order; a file without an up mark is the up. */
async function readFileOf(folder: MigrationFolder, file: string): Promise<Migration> {
  const text = await folder.read(file);
  const [up, down] = [findLine(text, UP), findLine(text, DOWN)];
  const make = (from: number, to: number) =>
    ({ file, source: keepLines(text, from, to > from ? to : undefined), transaction: "run" }) as const;

  return {
    name: nameOfFile(file),
    up: [await makeMigrationStep(folder, make(Math.max(up, 0), down))],
    ...(down !== -1 && { down: await makeDown(folder, make(down, up)) }),
  };
}

function compareFiles(one: string, other: string): number {
  const [left, right] = [toMoment(one), toMoment(other)];
  if (left !== right) return left < right ? -1 : 1;

  return one.localeCompare(other, "en", { numeric: true });
}

/** 17 digits are a UTC time, which is compared as milliseconds; others are milliseconds or a counter. */
function toMoment(file: string): number {
  const digits = /^\d+/.exec(file)?.[0] ?? "0";
  const time = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{3})$/.exec(digits)?.slice(1).map(Number);
  if (time === undefined) return Number(digits);
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, millisecond = 0] = time;

  return Date.UTC(year, month - 1, day, hour, minute, second, millisecond);
}
