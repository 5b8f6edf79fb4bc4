/**
 * graphile-migrate: `committed/<number>.sql`, whose headers chain them by hashes. A migration is one transaction unless its
 * first line is `--! no-transaction`. Placeholders such as `:NAME` get the values of `.gmrc`, and its `afterReset` is
 * what the first migration begins from (graphile-migrate, src/migration.ts). There are no downs. The draft, `current.sql` or
 * `current/`, is the newest migration while it holds statements; in development it is run again whenever it has changed.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { type ParseError, parse } from "jsonc-parser";
import { HarnessError } from "../errors.ts";
import type { Step } from "../release/release.ts";
import { isObject } from "../release/validate.ts";
import { readDraft } from "./graphile-current.ts";
import type { Layout, Migration } from "./layout.ts";
import type { MigrationFolder } from "./migration-folder.ts";
import { nameOfFile } from "./numbered-files.ts";
import { hasStatement, makeMigrationStep } from "./read-step.ts";

const FILE = /(?:^|\/)([0-9]+)(?:-[-_a-zA-Z0-9]*)?\.sql$/;
const HEADER = /^--! ([A-Z][a-zA-Z0-9_]*)(?::(.*))?$/;

export const graphileMigrate: Layout = {
  name: "graphile-migrate",
  title: "graphile-migrate",
  hasDowns: false,
  tables: [
    {
      name: "graphile_migrate",
      sql: `CREATE SCHEMA graphile_migrate;
CREATE TABLE graphile_migrate.migrations (hash text PRIMARY KEY, previous_hash text REFERENCES graphile_migrate.migrations,
  filename text NOT NULL, date timestamptz NOT NULL DEFAULT now());
CREATE TABLE graphile_migrate.current (filename text PRIMARY KEY DEFAULT 'current.sql', content text NOT NULL,
  date timestamptz NOT NULL DEFAULT now())`,
    },
  ],
  fits: async (folder) => findCommitted(folder) !== undefined || findDraftRoot(folder) !== undefined,
  async read(folder) {
    const settings = await readSettings(folder);
    const migrations: Migration[] = [];
    const notes: string[] = [];
    let previous = "-";
    for (const file of listCommitted(folder)) {
      const text = await folder.read(file);
      const { headers, body } = splitHeaders(text);
      const hash = headers.get("Hash")?.trim() ?? "";
      if (headers.get("Previous")?.trim() !== previous) {
        throw new HarnessError(
          `${folder.absolute(file)}: does not follow the migration before it: its Previous is not ${previous}`,
          "Add the migration between them, or commit it again with graphile-migrate",
        );
      }
      if (!headers.has("AllowInvalidHash") && hash !== computeHash(previous, body)) {
        notes.push(`${file} was changed after it was committed: its hash does not fit`);
      }
      previous = hash;
      const transaction = isWithoutTransaction(body) ? "query" : "file";
      const source = settings.replace(text);
      const step = await makeMigrationStep(folder, { file, source, transaction, before: settings.before });
      migrations.push({ name: nameOfFile(file), up: [step] });
    }

    const draft = await makeDraft(folder, settings);
    const included = [...new Set(draft?.includes)].map((file) => relative(folder.path, file));
    if (included.length > 0) notes.push(`current includes ${included.join(", ")}: its lines are counted with theirs`);

    return { migrations: [...migrations, ...(draft === undefined ? [] : [draft])], notes, base: settings.base };
  },
};

/** The draft as a migration of one transaction; undefined where it holds no statement, as after each commit. */
async function makeDraft(folder: MigrationFolder, settings: GraphileSettings): Promise<Migration | undefined> {
  const root = findDraftRoot(folder);
  const files = root === undefined ? [] : await readDraft(folder, root);
  const steps: Step[] = [];
  for (const { file, text } of files) {
    const alone = isWithoutTransaction(splitHeaders(text).body) ? "query" : "file";
    const transaction = files.length > 1 ? "run" : alone;
    const before = steps.length > 0 ? [] : settings.before;
    steps.push(await makeMigrationStep(folder, { file, source: settings.replace(text), transaction, before }));
  }
  const includes = files.flatMap((file) => file.includes).map((file) => folder.absolute(file));

  return steps.some(mayHoldStatement)
    ? { name: "current", up: steps, repeatable: true, isDraft: true, includes }
    : undefined;
}

/** What cannot be parsed is said where the statements are asked for. */
function mayHoldStatement(step: Step): boolean {
  try {
    return hasStatement(step);
  } catch (thrown) {
    if (thrown instanceof HarnessError) return true;
    throw thrown;
  }
}

function isWithoutTransaction(body: string): boolean {
  return /^--!\s*no-transaction\b/.test(body.trimStart());
}

function listCommitted(folder: MigrationFolder): readonly string[] {
  const committed = findCommitted(folder);

  return committed === undefined ? [] : folder.listIn(committed).filter((name) => FILE.test(name));
}

/** The folder of the committed migrations within the folder that was given. */
function findCommitted(folder: MigrationFolder): string | undefined {
  const found = ROOTS.map((root) => `${root}committed`).find((path) =>
    folder.listIn(path).some((file) => FILE.test(file)),
  );
  if (found !== undefined) return found;

  return folder.path.endsWith("/committed") && folder.listIn().some((file) => FILE.test(file)) ? "" : undefined;
}

const ROOTS = ["migrations/", ""];

/** The folder of the draft; where nothing is committed yet, its settings are the mark. */
function findDraftRoot(folder: MigrationFolder): string | undefined {
  const isMarked = findCommitted(folder) !== undefined || folder.findAbove(".gmrc") !== undefined;

  return ROOTS.find(
    (root) => isMarked && (folder.has(`${root}current.sql`) || folder.listIn(`${root}current`).length > 0),
  );
}

function splitHeaders(text: string): { readonly headers: ReadonlyMap<string, string>; readonly body: string } {
  const lines = text.split("\n");
  const headers = new Map<string, string>();
  let index = 0;
  for (; index < lines.length; index += 1) {
    const [, key, value = ""] = HEADER.exec((lines[index] ?? "").trimEnd()) ?? [];
    if (key === undefined) break;
    headers.set(key, value);
  }

  return { headers, body: lines.slice(index).join("\n") };
}

function computeHash(previous: string, body: string): string {
  const chained = previous === "-" ? "" : previous;

  return `sha1:${createHash("sha1")
    .update(`${`${chained}\n${body.trim()}`.trim()}\n`)
    .digest("hex")}`;
}

interface GraphileSettings {
  readonly replace: (text: string) => string;
  /** Each migration has the settings of a new session. */
  readonly before: readonly string[];
  readonly base: readonly Step[];
}

async function readSettings(folder: MigrationFolder): Promise<GraphileSettings> {
  const file = folder.findAbove(".gmrc");
  const errors: ParseError[] = [];
  const parsed: unknown =
    file === undefined ? {} : parse(await readFile(file, "utf8"), errors, { allowTrailingComma: true });
  if (errors.length > 0) {
    throw new HarnessError(`${file}: not JSON with comments`, "Write its keys and texts in double quotes");
  }
  const settings = (isObject(parsed) ? parsed : {}) as Readonly<Record<string, unknown>>;
  const record = (key: string) => Object.entries(isObject(settings[key]) ? (settings[key] as object) : {});
  const values = new Map<string, string>([
    [":DATABASE_NAME", "postgres"],
    [":DATABASE_OWNER", "postgres"],
  ]);
  for (const [key, value] of record("placeholders")) {
    values.set(key, value === "!ENV" ? (process.env[key.replace(/^:/, "")] ?? key) : String(value));
  }
  const replace = (text: string) => text.replace(/:[A-Z][A-Z0-9_]*\b/g, (name) => values.get(name) ?? name);
  const before = record("pgSettings").map(
    ([key, value]) =>
      `SELECT set_config('${key.replaceAll("'", "''")}', '${String(value).replaceAll("'", "''")}', false)`,
  );
  const actions = Array.isArray(settings["afterReset"])
    ? settings["afterReset"]
    : [settings["afterReset"] ?? []].flat();
  const base: Step[] = [];
  for (const action of actions) {
    const named = typeof action === "string" ? action : isObject(action) && "file" in action ? String(action.file) : "";
    const path = named === "" || file === undefined ? undefined : findActionFile(folder, file, named.replace(/^!/, ""));
    if (path === undefined) continue;
    const source = replace(await folder.read(path, `though afterReset in ${file} names it`));
    base.push(await makeMigrationStep(folder, { file: path, source, transaction: "query", before: ["RESET ALL"] }));
  }

  return { replace, before: ["RESET ALL", ...before], base };
}

/** Actions are in the folder `migrations` beside .gmrc; relative to the folder that was given. */
function findActionFile(folder: MigrationFolder, settings: string, name: string): string {
  return relative(folder.path, join(dirname(settings), "migrations", name)) || name;
}
