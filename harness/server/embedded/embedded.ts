/**
 * Starts the embedded server: a real PostgreSQL, from a copy of a cached cluster, private to this process. Nothing needs
 * to be installed or configured.
 */

import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { join } from "node:path";
import type { CrashableServer } from "../../database/server.ts";
import { HarnessError, messageOf } from "../../errors.ts";
import { hasCode, withFileErrors } from "../../files/file-errors.ts";
import type { CleanupResult } from "../process/cleanup.ts";
import { defaultMajor, requireMajor } from "../process/major-versions.ts";
import { type Restartable, startRestartable } from "../process/restartable.ts";
import type { KeptState, ServerOptions } from "../process/settings.ts";
import { serverArguments, superuser } from "../process/settings.ts";
import type { ServerAddress } from "../process/superuser.ts";
import { readVersion, superuserConfig } from "../process/superuser.ts";
import { findServerAccount, type ServerAccount } from "./account.ts";
import { type Binaries, installBinaries } from "./binaries.ts";
import { buildFolder } from "./cached-folder.ts";
import { type Cluster, provideCluster } from "./cluster-cache.ts";
import { findCacheFolder, findRunRoot, listRunRoots } from "./directories.ts";
import { KeptStates, removeKeptStates } from "./kept-states.ts";
import { StartFailure, startPostmaster } from "./postmaster.ts";
import { createRunFolder, makePrivateFolder, type RunFolder, sweepRunFolders } from "./run-folder.ts";

const connectLimitMs = 10_000;

/**
 * Starts a PostgreSQL that accepts connections when this returns. It and its files are removed on disposal and however
 * the process ends; after `kill -9` by the next start.
 * @throws HarnessError if it cannot be started; then nothing is left running
 */
export async function startEmbedded(options: ServerOptions = {}): Promise<CrashableServer> {
  const { major = defaultMajor, settings = {}, onProgress = () => undefined } = options;
  requireMajor(major);

  return withFileErrors("starting the embedded PostgreSQL", async () => {
    const account = findServerAccount();
    const cache = await findCacheFolder(account, options.cacheFolder);
    const { left } = await sweepRunFolders([...listRunRoots(), buildFolder(cache)]);
    for (const { name, reason } of left) onProgress(`could not remove ${name}: ${reason}`);
    const binaries = await installBinaries(cache, account, onProgress, major);
    const provide = (bad?: string) => provideCluster(cache, account, binaries, onProgress, bad);
    const start = (cluster: Cluster) => startOnCopy(cluster, account, binaries, settings);
    const startNew = async () => {
      const cluster = await provide();
      try {
        return await start(cluster);
      } catch (thrown) {
        // Damage may not show in any size: then the cluster is built again, once.
        if (cluster.fresh || !isPerhapsDamaged(thrown)) throw thrown;
        onProgress(`${messageOf(thrown)}; trying again with a new cluster`);

        return await start(await provide(cluster.id));
      }
    };
    if (options.state === undefined) return (await startNew()).server;

    return await startWithState(options.state, new KeptStates(cache, account, binaries), start, startNew);
  });
}

/** A server, and what its state is kept from. */
interface StartedServer {
  readonly server: CrashableServer;
  /** Shuts it down, lets the work copy its data, and starts it again. */
  readonly copyData: (work: (data: string, password: string) => Promise<void>) => Promise<void>;
}

async function startWithState(
  { keys, prepare, keepFromMs = 1_000 }: KeptState,
  kept: KeptStates,
  start: (cluster: Cluster) => Promise<StartedServer>,
  startNew: () => Promise<StartedServer>,
): Promise<CrashableServer> {
  const [key = ""] = keys;
  const found = kept.find(keys);
  const started =
    found &&
    (await start(found.cluster).catch(async (thrown: unknown) => {
      if (!isPerhapsDamaged(thrown)) throw thrown;
      await kept.forget(found.key);
    }));
  const { server, copyData } = started ?? (await startNew());
  try {
    if (started !== undefined && found?.key === key) return server;
    const begin = performance.now();
    await prepare(server);
    if (performance.now() - begin >= keepFromMs) {
      await copyData((data, password) => kept.keep(key, data, password));
    }

    return server;
  } catch (thrown) {
    await server[Symbol.asyncDispose]();
    throw thrown;
  }
}

/** Removes what killed runs left behind, their folders and the servers in them, and the states that are kept. */
export async function sweepEmbedded(): Promise<CleanupResult> {
  return withFileErrors("removing what killed runs left", async () => {
    const account = findServerAccount();
    const cache = await findCacheFolder(account);
    const swept = await sweepRunFolders([...listRunRoots(), buildFolder(cache)]);
    const states = await removeKeptStates(cache, account, 0);

    return { ...swept, removed: [...swept.removed, ...states] };
  });
}

/** A file may also be missing because another process is replacing the cluster. */
function isPerhapsDamaged(thrown: unknown): boolean {
  return (thrown instanceof StartFailure && thrown.perhapsDamaged) || hasCode(thrown, "ENOENT");
}

async function startOnCopy(
  cluster: Cluster,
  account: ServerAccount,
  { postgres, major }: Binaries,
  settings: Readonly<Record<string, string>>,
): Promise<StartedServer> {
  const folder = createRunFolder(findRunRoot(account), account);
  let postmaster: Restartable | undefined;
  try {
    const paths = { data: join(folder.path, "data"), log: join(folder.path, "log") };
    await cluster.copyTo(paths.data);
    const address = await chooseAddress(makePrivateFolder(join(folder.path, "s"), account));
    const words = serverArguments(settings, address.settings, major);
    postmaster = await startRestartable(() => startPostmaster(account, postgres, words, paths));

    return await toServer(folder, postmaster, address, cluster.password, paths.data);
  } catch (thrown) {
    await postmaster?.stop();
    await folder.remove();
    throw thrown;
  }
}

/** Every copy of the cluster has the same initial password, which is replaced. */
async function toServer(
  folder: RunFolder,
  postmaster: Restartable,
  address: ListenAddress,
  initialPassword: string,
  data: string,
): Promise<StartedServer> {
  const password = randomBytes(24).toString("hex");
  const version = await readVersion(
    superuserConfig(address, "postgres", initialPassword),
    connectLimitMs,
    `ALTER ROLE ${superuser} PASSWORD '${password}'`,
  ).catch((thrown: unknown) => {
    throw new HarnessError(
      `PostgreSQL started, but does not accept connections: ${messageOf(thrown)}`,
      "Remove the server settings, and try again",
      thrown,
    );
  });
  let disposal: Promise<void> | undefined;
  const server: CrashableServer = {
    kind: "embedded",
    version,
    connection: (database) => superuserConfig(address, database, password),
    crash: () => postmaster.crash(),
    restart: () => postmaster.restart(),
    [Symbol.asyncDispose]() {
      disposal ??= postmaster.stop().then(() => folder.remove());

      return disposal;
    },
  };

  return {
    server,
    async copyData(work) {
      await postmaster.shutDown();
      await work(data, password);
      await postmaster.restart();
    },
  };
}

/** The longest path of a socket in bytes that every system allows: macOS has the least. */
const socketPathMaxBytes = 103;
const socketPort = 5432;

interface ListenAddress extends ServerAddress {
  /** The settings with which a server listens there and nowhere else. */
  readonly settings: Readonly<Record<string, string>>;
}

async function chooseAddress(folder: string): Promise<ListenAddress> {
  const port = fitsSocket(folder) ? undefined : await findFreePort();
  const settings = {
    listen_addresses: port === undefined ? "" : "127.0.0.1",
    port: String(port ?? socketPort),
    // Quoted: otherwise a comma in its name would separate two folders.
    unix_socket_directories: port === undefined ? `"${folder.replaceAll('"', '""')}"` : "",
  };

  return { host: port === undefined ? folder : "127.0.0.1", port: port ?? socketPort, settings };
}

export function fitsSocket(folder: string): boolean {
  return Buffer.byteLength(join(folder, `.s.PGSQL.${socketPort}`)) <= socketPathMaxBytes;
}

/** If another process takes the port first, the server reports that and does not start. */
async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", resolve);
  });
  const address = probe.address();
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");

  return address.port;
}
