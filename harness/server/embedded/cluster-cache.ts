/**
 * A cluster takes initdb half a second to make and a fraction of that to copy: so it is made once. It is the same on
 * every machine: UTF-8 with PostgreSQL's own C.UTF-8, whose order and classes no system library has a say in; before 17
 * the order is the same, and the classes are the system's.
 */
import { createHash, randomBytes } from "node:crypto";
import { chownSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makePrivate } from "../process/run-folder.ts";
import type { Account } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { cachedFolder } from "./cached-folder.ts";
import { copyFor } from "./copy-tree.ts";
import { runProgram } from "./program.ts";

/** The superuser of every cluster. */
export const superuser = "postgres";

const initdbLimitMs = 120_000;

/**
 * What `initdb` is told of a cluster for tests: before 17 PostgreSQL has no order of its own, and takes the classes from
 * the system.
 * @param classes what the system calls those of UTF-8
 */
export function clusterOptions(major: number, classes = "C.UTF-8"): readonly string[] {
  return [
    "--no-sync",
    "--no-instructions",
    "--encoding=UTF8",
    "--locale=C",
    ...(major >= 17 ? ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] : [`--lc-ctype=${classes}`]),
    "--text-search-config=english",
    ...(major >= 16 ? ["--set=scram_iterations=1"] : []),
  ];
}

function initdbOptions(major: number): readonly string[] {
  const classes = process.platform === "darwin" ? "UTF-8" : "C.UTF-8";

  return [...clusterOptions(major, classes), "--auth=scram-sha-256", `--username=${superuser}`];
}

export interface Cluster {
  readonly id: string;
  /** True where it was made just now. */
  readonly fresh: boolean;
  /** The superuser's password, until it is changed. */
  readonly password: string;
  /** Copies the cluster to a path that is not there yet. */
  copyTo(path: string): Promise<void>;
}

/** The cached cluster for these binaries and this account; made now if it is missing, damaged or the `bad` one. */
export async function cachedCluster(
  cache: string,
  account: Account,
  binaries: Binaries,
  options: { onProgress: (text: string) => void; bad?: string },
): Promise<Cluster> {
  const { content, manifest, fresh } = await cachedFolder(cache, account, {
    name: join("clusters", keyOf(account, binaries)),
    bad: options.bad,
    async make(folder) {
      options.onProgress(`making a cluster with initdb ${binaries.build}`);
      await makeCluster(folder, account, binaries);
    },
  });
  const folders = inside("data", manifest.folders);
  const files = inside(
    "data",
    manifest.files.map(([path]) => path),
  );

  return {
    id: manifest.id,
    fresh,
    password: readFileSync(join(content, "password"), "utf8"),
    async copyTo(path) {
      makePrivate(path, account);
      await copyFor(account, join(content, "data"), path, { folders, files });
    },
  };
}

/** The account is part of the key: PostgreSQL starts from no folder but its own account's, and shows it to no other. */
function keyOf(account: Account, { build, major }: Binaries): string {
  const depends = JSON.stringify([initdbOptions(major), account.uid]);

  return `${build}-${createHash("sha256").update(depends).digest("hex").slice(0, 12)}`;
}

async function makeCluster(folder: string, account: Account, { initdb, major }: Binaries): Promise<void> {
  const data = makePrivate(join(folder, "data"), account);
  const password = join(folder, "password");
  writeFileSync(password, randomBytes(16).toString("hex"), { mode: 0o600 });
  if (account.dropped) chownSync(password, account.uid, account.gid);
  const words = [...initdbOptions(major), `--pwfile=${password}`, "-D", data];
  await runProgram(account, initdb, words, initdbLimitMs);
}

function inside(folder: string, paths: readonly string[]): readonly string[] {
  return paths.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1));
}
