/**
 * Caches clusters: initdb takes half a second, copying its result a fraction of that. A cluster is the same on every
 * machine: UTF-8 with PostgreSQL's own C.UTF-8 (PostgreSQL manual, 23.2.2.3.1 Standard Collations), independent of the
 * system's libraries; before 17 the order is the same, and the character classes are the system's.
 */
import { createHash, randomBytes } from "node:crypto";
import { chownSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { initdbOptions, superuser } from "../process/settings.ts";
import type { ServerAccount } from "./account.ts";
import { runServerProgram } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { type CachedFolder, provideFolder } from "./cached-folder.ts";
import { copyForAccount } from "./copy-tree.ts";
import { postgresVersion } from "./fetch-version.ts";
import { makePrivateFolder } from "./run-folder.ts";

const initdbLimitMs = 120_000;

function embeddedOptions(major: number): readonly string[] {
  const ctype = process.platform === "darwin" ? "UTF-8" : "C.UTF-8";

  return [...initdbOptions(major, ctype), "--auth=scram-sha-256", `--username=${superuser}`];
}

export interface Cluster {
  readonly id: string;
  /** True if this call built it. */
  readonly fresh: boolean;
  /** The superuser's initial password. */
  readonly password: string;
  /** Copies the cluster to a path that does not exist yet. */
  copyTo(path: string): Promise<void>;
}

/**
 * Returns the cached cluster for these binaries and this account; builds it if it is missing or damaged.
 * @param bad the id of a cluster that proved damaged
 */
export async function provideCluster(
  cache: string,
  account: ServerAccount,
  binaries: Binaries,
  onProgress: (text: string) => void,
  bad?: string,
): Promise<Cluster> {
  const { content, manifest, fresh } = await provideFolder(cache, account, {
    name: join("clusters", clusterKey(account, binaries)),
    bad,
    async build(folder) {
      onProgress(`creating a cluster with initdb ${postgresVersion(binaries.build)}`);
      await createCluster(folder, account, binaries);
    },
  });

  return toCluster({ content, manifest, fresh }, account);
}

/** The cluster in a cached folder, which holds its data and its password. */
export function toCluster({ content, manifest, fresh }: CachedFolder, account: ServerAccount): Cluster {
  const folders = below("data", manifest.folders);
  const files = below(
    "data",
    manifest.files.map(([path]) => path),
  );

  return {
    id: manifest.id,
    fresh,
    password: readFileSync(join(content, "password"), "utf8"),
    async copyTo(path) {
      makePrivateFolder(path, account);
      await copyForAccount(account, join(content, "data"), path, { folders, files });
    },
  };
}

/** PostgreSQL starts only from a data folder that its own account owns. */
export function clusterKey(account: ServerAccount, { build, major }: Binaries): string {
  const dependencies = JSON.stringify([embeddedOptions(major), account.uid]);

  return `${build}-${createHash("sha256").update(dependencies).digest("hex").slice(0, 12)}`;
}

async function createCluster(folder: string, account: ServerAccount, { initdb, major }: Binaries): Promise<void> {
  const data = makePrivateFolder(join(folder, "data"), account);
  const password = join(folder, "password");
  writeFileSync(password, randomBytes(16).toString("hex"), { mode: 0o600 });
  if (account.dropped) chownSync(password, account.uid, account.gid);
  const words = [...embeddedOptions(major), `--pwfile=${password}`, "-D", data];
  await runServerProgram(account, initdb, words, initdbLimitMs);
}

function below(folder: string, paths: readonly string[]): readonly string[] {
  return paths.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1));
}
