/** Reads the changelog of Liquibase: the order of the files that it includes. */
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parse } from "yaml";
import { HarnessError, messageOf } from "../errors.ts";
import { isObject } from "../release/validate.ts";
import { isSql, type MigrationFolder, sortByBytes } from "./migration-folder.ts";

export interface Changelog {
  /** The SQL files, relative to the folder, in the order in which they are included. */
  readonly files: readonly string[];
  readonly properties: ReadonlyMap<string, string>;
}

/** An entry of a changelog: a file, all files of a folder, a property, or a change set that is no SQL. */
interface ChangelogEntry {
  readonly kind: string;
  readonly values: ReadonlyMap<string, string>;
}

/**
 * Reads the changelog that no other one includes; undefined if there is none.
 * @throws HarnessError if several are, if a file is missing, and for change sets that are not SQL
 */
export async function readChangelog(folder: MigrationFolder): Promise<Changelog | undefined> {
  const changelogs = new Map<string, readonly ChangelogEntry[]>();
  for (const file of folder.files.filter((name) => /\.(?:ya?ml|xml)$/.test(name))) {
    const text = await folder.read(file);
    if (/databaseChangeLog/.test(text)) changelogs.set(file, parseEntries(text, folder.absolute(file)));
  }
  const included = new Set(
    [...changelogs].flatMap(([file, entries]) =>
      entries.flatMap((entry) => resolveEntry(folder, file, entry, false).filter((path) => path !== file)),
    ),
  );
  const roots = [...changelogs.keys()].filter((file) => !included.has(file));
  const root = roots.length > 1 ? roots.find((file) => /master|root/i.test(file)) : roots[0];
  if (roots.length > 1 && root === undefined) {
    throw new HarnessError(
      `${folder.path}: ${roots.slice(0, 2).join(" and ")} are both changelogs that no other one includes`,
      "Give the folder of one of them",
    );
  }
  if (root === undefined) return undefined;
  const properties = new Map<string, string>();
  const files = listFiles(folder, root, changelogs, properties, []);

  return { files, properties };
}

function listFiles(
  folder: MigrationFolder,
  file: string,
  changelogs: ReadonlyMap<string, readonly ChangelogEntry[]>,
  properties: Map<string, string>,
  outer: readonly string[],
): readonly string[] {
  if (outer.includes(file)) throw new HarnessError(`${folder.absolute(file)}: includes itself`, "Remove the include");

  return (changelogs.get(file) ?? []).flatMap((entry) => {
    const { kind, values } = entry;
    if (kind === "property") properties.set(values.get("name") ?? "", values.get("value") ?? "");
    if (kind === "changeSet") {
      throw new HarnessError(
        `${folder.absolute(file)}: the change set ${values.get("id") ?? ""} is not formatted SQL`,
        "Write it as SQL; liquibase update-sql prints its statements",
      );
    }

    return resolveEntry(folder, file, entry, true).flatMap((path) =>
      isSql(path) ? [path] : listFiles(folder, path, changelogs, properties, [...outer, file]),
    );
  });
}

/** The files of an entry, relative to the folder. @param isRequired whether one that is missing is an error */
function resolveEntry(
  folder: MigrationFolder,
  changelog: string,
  { kind, values }: ChangelogEntry,
  isRequired: boolean,
): readonly string[] {
  const path = (values.get("file") ?? values.get("path") ?? "").replace(/^classpath:\/?/, "");
  if (!["include", "includeAll"].includes(kind) || path === "") return [];
  const found = findPath(
    folder,
    dirname(folder.absolute(changelog)),
    path,
    values.get("relativeToChangelogFile") === "true",
  );
  if (found === undefined && isRequired) {
    throw new HarnessError(
      `${path}: no such file, though ${folder.absolute(changelog)} includes it`,
      "Write the file, or correct its path in the changelog",
    );
  }
  if (found === undefined || kind === "include") return found === undefined ? [] : [found];
  const inside = folder.files.filter((file) => file.startsWith(`${found}/`) && /\.(?:sql|ya?ml|xml)$/.test(file));

  return sortByBytes(inside);
}

/** Paths are relative to the changelog, or to a root of the class path: a folder above it. */
function findPath(folder: MigrationFolder, start: string, path: string, isRelative: boolean): string | undefined {
  for (let above = start; ; above = dirname(above)) {
    const candidate = join(above, path);
    if (existsSync(candidate)) return relative(folder.path, candidate);
    if (isRelative || dirname(above) === above || existsSync(join(above, ".git"))) return undefined;
  }
}

function parseEntries(text: string, file: string): readonly ChangelogEntry[] {
  return file.endsWith(".xml") ? parseXml(text) : parseYaml(text, file);
}

function parseXml(text: string): readonly ChangelogEntry[] {
  const tags = text.replace(/<!--[\s\S]*?-->/g, "").matchAll(/<(include|includeAll|property|changeSet)\b([^>]*)>/g);

  return Array.from(tags, ([, kind = "", attributes = ""]) => ({
    kind,
    values: new Map(
      Array.from(attributes.matchAll(/([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g), ([, key = "", one, other]) => [
        key,
        one ?? other ?? "",
      ]),
    ),
  }));
}

function parseYaml(text: string, file: string): readonly ChangelogEntry[] {
  const parsed = readYaml(text, file);
  const list = isObject(parsed) && "databaseChangeLog" in parsed ? parsed.databaseChangeLog : [];
  if (!Array.isArray(list)) {
    throw new HarnessError(`${file}: databaseChangeLog is not a list`, "Write each include as an item of the list");
  }

  return list.flatMap((item: unknown) =>
    isObject(item)
      ? Object.entries(item).map(([kind, value]) => ({
          kind,
          values: new Map(Object.entries(isObject(value) ? value : {}).map(([key, each]) => [key, String(each)])),
        }))
      : [],
  );
}

function readYaml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (thrown) {
    throw new HarnessError(
      `${file}: not YAML: ${messageOf(thrown).split("\n")[0]?.replace(/:$/, "")}`,
      "Fix it there",
      thrown,
    );
  }
}
