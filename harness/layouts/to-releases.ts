/** Makes releases of the migrations of a history: the baseline of each is all migrations before it (pure). */
import type { Release, Step } from "../release/release.ts";
import type { Migration, MigrationVariant } from "./layout.ts";
import type { History } from "./read-history.ts";

/** Which migrations are verified; by default the newest. */
export interface MigrationSelection {
  readonly all?: boolean;
  /** So many of the newest. */
  readonly last?: number;
  /** The files that changed, absolute: migrations that any of them belongs to. */
  readonly changed?: ReadonlySet<string>;
  /** One by its name. */
  readonly name?: string;
}

/** The positions of the selected migrations in the history, in its order. */
export function selectMigrations({ migrations }: History, selection: MigrationSelection): readonly number[] {
  const { all = false, last, changed, name } = selection;
  const indexes = [...migrations.keys()];
  if (name !== undefined) return indexes.filter((index) => migrations[index]?.name === name);
  if (changed !== undefined) {
    return indexes.filter((index) => listFiles(migrations[index]).some((file) => changed.has(file)));
  }
  if (all) return indexes;
  // Repeatable migrations come last, whenever they were written; a draft is the newest one.
  const versioned = indexes.filter((index) => migrations[index]?.repeatable !== true || migrations[index]?.isDraft);

  return (versioned.length > 0 ? versioned : indexes).slice(-(last ?? 1));
}

function listFiles(migration: Migration | undefined): readonly string[] {
  const files = [...(migration?.up ?? []), ...(migration?.down ?? [])].map(({ file }) => file);

  return [...files, ...(migration?.includes ?? [])];
}

/**
 * The releases of some migrations. They share their steps: a history takes no more memory than its files.
 * @throws HarnessError for one of them that PostgreSQL cannot parse
 * @param names those of other releases; the names of these are added
 */
export function toReleases(
  history: History,
  indexes: readonly number[],
  setup: readonly Step[] = [],
  names = new Set<string>(),
): readonly Release[] {
  const { folder, layout, migrations, base, hasDowns, noDowns = "it keeps no downs" } = history;
  const ups = migrations.map(({ up }) => up);
  const steps = [...setup, ...base, ...ups.flat()];
  const notes = [...(hasDowns ? [] : [`${noDowns}: nothing is known of the way back`]), ...history.notes];

  return indexes.flatMap((index) => {
    const migration = migrations[index];
    if (migration === undefined) return [];
    const { name, up, down, repeatable = false, variants = [] } = migration;
    const isAlone = down === undefined && !expectsDown(migrations, index);
    const reads = describeReads(`the code of ${name}`, migration.readsRows);
    const unknownDown = migration.unknownDown ?? describeReads(`the down of ${name}`, migration.downReadsRows);
    const isDownKnown = down !== undefined && unknownDown === undefined;
    const ofMigration = [
      ...(hasDowns && isAlone ? [`those around ${name} have no downs: nothing is known of its way back`] : []),
      ...(reads === undefined ? [] : [`${reads}: ${describeVariants(variants)}`]),
      ...(unknownDown === undefined ? [] : [`${unknownDown}: nothing is known of its way back`]),
    ];
    // Split now, so that what cannot be parsed is said before anything runs.
    for (const step of [...up, ...(down ?? [])]) void step.statements;
    const before = [...base, ...ups.slice(0, index).flat()];
    const release: Omit<Release, "name"> = {
      folder,
      lists: { baseline: before, migrate: up, ...(isDownKnown && { "rollback.down": down }) },
      ...(setup.length > 0 && { setup }),
      origin: {
        ...{ folder, layout: layout.title, index, repeatable, migration: name, history: steps },
        ...{ hasDowns: hasDowns && !isAlone, notes: [...notes, ...ofMigration] },
        ...(migration.isDraft && { isDraft: true }),
        ...(history.code !== undefined && history.code.length > 0 && { leftOut: history.code }),
        ...(reads !== undefined && { ownRowsOnly: true }),
        ...(unknownDown !== undefined && { unknownDown }),
        ...(reads !== undefined && variants.length === 0 && { unknownRows: reads }),
      },
      knownFailures: [],
    };
    const onRows = variants.map(({ title, rows, up: migrate }) => ({
      ...{ ...release, name: chooseName(`${name} on ${title}`, names) },
      lists: { ...release.lists, baseline: [...before, rows], migrate },
    }));

    return [{ ...release, name: chooseName(name, names) }, ...onRows];
  });
}

/** Undefined where it does the same on all rows. */
function describeReads(code: string, tables: readonly string[] = []): string | undefined {
  return tables.length === 0
    ? undefined
    : `${code} reads rows of ${tables.join(", ")}, and may do something else on other rows`;
}

function describeVariants(variants: readonly MigrationVariant[]): string {
  const titles = variants.map(({ title }) => title).join(" and on ");

  return titles === ""
    ? "its tool was run on none, and what it does on them is unknown"
    : `its tool was run again on ${titles}, and no other rows are tried`;
}

/** Downs are written from some day on, or until some day: so many migrations before one say whether it should have one. */
const NEIGHBOURS = { min: 3, max: 10 };

/** True if most of the migrations right before have a down, of the first ones the next ones too; and if there are few. */
function expectsDown(migrations: readonly Migration[], index: number): boolean {
  const from = Math.max(0, index - NEIGHBOURS.max);
  const others = migrations.slice(from, from + NEIGHBOURS.max + 1).filter((_, at) => from + at !== index);

  return others.length < NEIGHBOURS.min || others.filter(({ down }) => down !== undefined).length * 2 > others.length;
}

/** Reports and scripts are named after the release: no other characters than in a name of release.json, and unique. */
function chooseName(migration: string, taken: Set<string>): string {
  const plain = migration.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "");
  const short = (plain === "" ? "migration" : plain).slice(0, 90).replace(/[^A-Za-z0-9]+$/, "");
  let name = short;
  for (let count = 2; taken.has(name); count += 1) name = `${short}-${count}`;
  taken.add(name);

  return name;
}
