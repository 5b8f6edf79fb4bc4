/** Recognizes the layout of a folder and reads its migrations. */
import { dirname } from "node:path";
import { HarnessError } from "../errors.ts";
import { codePath } from "../files/installation.ts";
import { loadModules } from "../files/load-module.ts";
import type { Step } from "../release/release.ts";
import { splitStatements } from "../release/split-statements.ts";
import { suggest } from "../text/suggest.ts";
import type { Layout, Migration, ToolTable } from "./layout.ts";
import { MigrationFolder } from "./migration-folder.ts";

/** The migrations of a folder, in the order in which its tool applies them. */
export interface History {
  /** Absolute. */
  readonly folder: string;
  readonly layout: Pick<Layout, "title">;
  readonly migrations: readonly Migration[];
  /** What is there before the first migration: tables of the tool that migrations name, and the base of its settings. */
  readonly base: readonly Step[];
  /** Whether migrations have downs here: false too if none was ever written. */
  readonly hasDowns: boolean;
  /** Why there are none, where the folder itself does not say so: a clause. */
  readonly noDowns?: string;
  readonly notes: readonly string[];
  /** Migrations that are no SQL, and were left out. */
  readonly code?: readonly string[];
}

/** From so many migrations on, a folder without a single down is one that has none. */
const FEW = 3;

/**
 * Reads a folder of migrations.
 * @param requested the name of the layout, which then is not recognized by its marks
 * @throws HarnessError if no layout fits or several do, and for what the layout cannot read
 */
export async function readHistory(path: string, requested?: string): Promise<History> {
  const folder = await MigrationFolder.open(path);
  const layouts = await loadLayouts();
  const layout = requested === undefined ? await detect(folder, layouts) : select(layouts, requested);
  const found = await layout.read(folder, { isRequested: requested !== undefined });
  const { migrations, notes = [], code = [], base = [] } = found;
  if (migrations.length === 0) {
    throw new HarnessError(
      `${folder.path}: holds no migration, read as ${layout.title}`,
      `Give another folder, or another layout with --layout: ${layouts.map(({ name }) => name).join(", ")}`,
    );
  }
  const isWithout = migrations.length >= FEW && migrations.every(({ down }) => down === undefined);

  return {
    folder: folder.path,
    layout,
    migrations,
    base: [...(await makeTables(folder, layout.tables ?? [], migrations)), ...base],
    hasDowns: (found.hasDowns ?? layout.hasDowns) && !isWithout,
    notes: [
      ...code.map((one) => `${one} is code and was left out: its changes are missing from the states after it`),
      ...notes,
    ],
    code,
  };
}

export async function loadLayouts(): Promise<readonly Layout[]> {
  const modules = await loadModules(codePath("harness/layouts"), "layout");

  return modules.flatMap(({ exported }) => Object.values(exported) as Layout[]);
}

async function detect(folder: MigrationFolder, layouts: readonly Layout[]): Promise<Layout> {
  const fitting = await listFitting(folder, layouts);
  const marked = fitting.filter(({ isGeneric }) => isGeneric !== true);
  const [first, second] = marked.length > 0 ? marked : fitting;
  const names = layouts.map(({ name }) => name).join(", ");
  if (first === undefined) {
    const inside = await findInside(folder, layouts);
    throw new HarnessError(
      `${folder.path}: looks like the folder of no migration tool`,
      inside ?? `Give the folder with the migrations, or name its layout with --layout: ${names}`,
    );
  }
  if (second !== undefined) {
    throw new HarnessError(
      `${folder.path}: looks like ${first.title} and like ${second.title}`,
      `Say which it is: --layout ${first.name}, or --layout ${second.name}`,
    );
  }

  return first;
}

async function listFitting(folder: MigrationFolder, layouts: readonly Layout[]): Promise<readonly Layout[]> {
  const fits = await Promise.all(layouts.map((layout) => layout.fits(folder)));

  return layouts.filter((_, index) => fits[index]);
}

/** So many folders inside are looked at. */
const INSIDE_MAX = 50;

/** A remedy that names a folder inside of which a layout fits. */
async function findInside(folder: MigrationFolder, layouts: readonly Layout[]): Promise<string | undefined> {
  const folders = new Set(folder.files.flatMap((file) => [dirname(dirname(file)), dirname(file)]));
  for (const inside of [...folders].filter((path) => path !== ".").slice(0, INSIDE_MAX)) {
    const [layout] = await listFitting(await MigrationFolder.open(folder.absolute(inside)), layouts);
    if (layout !== undefined) return `Give ${folder.absolute(inside)}, which looks like ${layout.title}`;
  }

  return undefined;
}

function select(layouts: readonly Layout[], name: string): Layout {
  const layout = layouts.find((each) => each.name === name);
  if (layout !== undefined) return layout;
  const names = layouts.map((each) => each.name);
  const near = suggest(name, names);

  throw new HarnessError(
    `there is no layout ${JSON.stringify(name)}`,
    near === undefined ? `Use one of ${names.join(", ")}` : `Write --layout ${near}`,
  );
}

/** The tool's own tables, where migrations name them. */
async function makeTables(
  folder: MigrationFolder,
  tables: readonly ToolTable[],
  migrations: readonly Migration[],
): Promise<readonly Step[]> {
  const steps = migrations.flatMap(({ up, down = [] }) => [...up, ...down]);
  const texts = steps.map(({ source }) => source.replace(/--.*/g, ""));
  const named = tables.filter(({ name }) => texts.some((text) => new RegExp(`\\b${name}\\b`, "i").test(text)));

  return await Promise.all(
    named.map(async ({ name, sql }) => {
      const path = `the table ${name} of the tool`;

      return { path, file: folder.absolute(name), source: sql, statements: await splitStatements(sql, path) };
    }),
  );
}
