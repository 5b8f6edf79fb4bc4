/**
 * The embedded server: a real PostgreSQL of our own, started from a copy of a cluster that was made once, private to
 * this process, and gone with it. Nothing needs to be installed or configured, and two of them never meet. Its processes
 * are ours, so that it can also be crashed.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { Client, type ClientConfig } from "pg";
import type { CrashableServer } from "../../database/server.ts";
import { HarnessError, messageOf } from "../../errors.ts";
import { hasCode, withFileTrouble } from "../../files/file-errors.ts";
import { cacheFolder, runRoot, runRoots } from "../process/directories.ts";
import { claimFolder, makePrivate, type RunFolder } from "../process/run-folder.ts";
import { serverArguments } from "../settings.ts";
import { type Account, serverAccount } from "./account.ts";
import { type Address, addressIn } from "./address.ts";
import { type Binaries, installBinaries } from "./binaries.ts";
import { buildRoot } from "./cached-folder.ts";
import { type Cluster, cachedCluster, superuser } from "./cluster-cache.ts";
import { StartFailure, startPostmaster } from "./postmaster.ts";
import { type Restartable, startRestartable } from "./restartable.ts";
import { sweep } from "./sweep.ts";
import { defaultMajor, requireMajor } from "./versions.ts";

export interface EmbeddedOptions {
  /** The major version of PostgreSQL; 18 if left out. */
  readonly major?: number;
  /** Settings of the server; they win over those for tests. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where binaries and the cluster are kept, instead of `PLUMBLINE_CACHE` or the user's cache. */
  readonly cacheFolder?: string;
  /** Told what takes its time. */
  readonly onProgress?: (text: string) => void;
}

interface Plan {
  readonly account: Account;
  readonly cache: string;
  readonly binaries: Binaries;
  readonly settings: Readonly<Record<string, string>>;
  readonly onProgress: (text: string) => void;
}

const connectLimitMs = 10_000;

/**
 * Starts a PostgreSQL that takes connections when this returns. It and its folder are gone after disposal, and however
 * the process ends; after a `kill -9` the next start removes them.
 * Throws a HarnessError, and leaves nothing running, where the server cannot be had.
 */
export async function startEmbedded(options: EmbeddedOptions = {}): Promise<CrashableServer> {
  const major = options.major ?? defaultMajor;
  requireMajor(major);
  const onProgress = options.onProgress ?? ignore;

  return withFileTrouble("starting the embedded PostgreSQL", async () => {
    const account = serverAccount();
    const cache = await cacheFolder(account, options.cacheFolder);
    await sweep([...runRoots(), buildRoot(cache)], onProgress);
    const binaries = await installBinaries(cache, account, onProgress, major);

    return startFromCache({ account, cache, binaries, settings: options.settings ?? {}, onProgress });
  });
}

/**
 * Removes what killed runs left behind: their folders, and the servers in them.
 * @returns the folders that are gone
 */
export async function sweepEmbedded(onTrouble: (text: string) => void): Promise<readonly string[]> {
  return withFileTrouble("clearing away what killed runs left", async () => {
    const cache = await cacheFolder(serverAccount());

    return sweep([...runRoots(), buildRoot(cache)], onTrouble);
  });
}

function ignore(): void {
  // Whoever does not ask is not told.
}

/** A cluster may be damaged where no size shows it: then it is made anew, once. */
async function startFromCache(plan: Plan): Promise<CrashableServer> {
  const cluster = await cachedCluster(plan.cache, plan.account, plan.binaries, plan);
  try {
    return await startFrom(cluster, plan);
  } catch (thrown) {
    if (cluster.fresh || !mayBlame(thrown)) throw thrown;
    plan.onProgress(`${messageOf(thrown)}; trying again from a new cluster`);
    const bad = { onProgress: plan.onProgress, bad: cluster.id };

    return startFrom(await cachedCluster(plan.cache, plan.account, plan.binaries, bad), plan);
  }
}

/** A file may also be gone because another process is just replacing the cluster. */
function mayBlame(thrown: unknown): boolean {
  return (thrown instanceof StartFailure && thrown.perhapsDamaged) || hasCode(thrown, "ENOENT");
}

async function startFrom(cluster: Cluster, plan: Plan): Promise<CrashableServer> {
  const folder = claimFolder(runRoot(plan.account), plan.account);
  let postmaster: Restartable | undefined;
  try {
    const data = join(folder.path, "data");
    await cluster.copyTo(data);
    const address = await addressIn(makePrivate(join(folder.path, "s"), plan.account));
    const words = serverArguments(plan.settings, address.settings, plan.binaries.major);
    const log = join(folder.path, "log");
    const { postgres } = plan.binaries;
    postmaster = await startRestartable(() => startPostmaster(plan.account, postgres, words, { data, log }));

    return await opened(folder, postmaster, address, cluster.password);
  } catch (thrown) {
    await postmaster?.stop();
    await folder.remove();
    throw thrown;
  }
}

/** Every copy of the cluster begins with the same password; this run's server must not be left with it. */
async function opened(
  folder: RunFolder,
  postmaster: Restartable,
  address: Address,
  first: string,
): Promise<CrashableServer> {
  const password = randomBytes(24).toString("hex");
  const version = await takeOver(clientConfig(address, "postgres", first), password);
  let gone: Promise<void> | undefined;

  return {
    kind: "embedded",
    version,
    connection: (database) => clientConfig(address, database, password),
    crash: () => postmaster.crash(),
    restart: () => postmaster.restart(),
    [Symbol.asyncDispose]() {
      gone ??= postmaster.stop().then(() => folder.remove());

      return gone;
    },
  };
}

async function takeOver(config: ClientConfig, password: string): Promise<string> {
  const client = new Client({ ...config, connectionTimeoutMillis: connectLimitMs });
  // A connection that breaks is told by the query that waits on it; unheard, it would end the process.
  client.on("error", ignore);
  try {
    await client.connect();
    await client.query(`alter role ${superuser} password '${password}'`);
    const { rows } = await client.query<{ version: string }>(
      "select current_setting('server_version') version",
    );

    return rows[0]?.version.split(" ")[0] ?? "unknown";
  } catch (thrown) {
    throw new HarnessError(
      `PostgreSQL started, but does not talk to us: ${messageOf(thrown)}`,
      "Leave out the settings that were asked for, and try again",
      thrown,
    );
  } finally {
    await client.end();
  }
}

/** Says all that pg would otherwise take from the caller's PG… variables: a blank counts as options, and holds none. */
function clientConfig({ host, port }: Address, database: string, password: string): ClientConfig {
  return { host, port, user: superuser, password, database, ssl: false, options: " " };
}
