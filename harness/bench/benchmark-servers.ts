/**
 * Measures several releases at the same time, each on a server of its own, as far as there are processors. Counts come
 * from one server and times are ratios on one server, so a neighbour on the machine changes no verdict. A server that is
 * not ours to start again is shared, one release after the other.
 */
import { statfs } from "node:fs/promises";
import { availableParallelism } from "node:os";
import type { Server } from "../database/server.ts";
import type { Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import type { Release } from "../release/release.ts";
import { runConcurrently } from "../suite/concurrency-limit.ts";
import { BenchmarkDatabases, type DatabaseSpec } from "./benchmark-database.ts";
import { formatBytes } from "./number-format.ts";

export class BenchmarkServers implements AsyncDisposable {
  readonly server: Server;
  readonly #servers: readonly Server[];
  readonly #databases: readonly BenchmarkDatabases[];

  private constructor(servers: readonly [Server, ...Server[]], seed: number) {
    [this.server] = servers;
    this.#servers = servers;
    this.#databases = servers.map((server) => new BenchmarkDatabases(server, seed));
  }

  /**
   * @param wanted the number of releases
   * @throws HarnessError if a server cannot be started
   */
  static async open(start: () => Promise<Server>, seed: number, wanted: number): Promise<BenchmarkServers> {
    const first = await start();
    const more = first.tenancy === undefined ? Math.min(wanted, availableParallelism()) - 1 : 0;
    const started = await Promise.allSettled(Array.from({ length: more }, start));
    const servers = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const failed = started.find((one) => one.status === "rejected");
    if (failed !== undefined) {
      await Promise.all([first, ...servers].map((server) => server[Symbol.asyncDispose]()));
      throw failed.reason;
    }

    return new BenchmarkServers([first, ...servers], seed);
  }

  get size(): number {
    return this.#databases.length;
  }

  /** The databases of the release with this index. */
  at(index: number): BenchmarkDatabases {
    return this.#databases[index % this.#databases.length] as BenchmarkDatabases;
  }

  /**
   * Makes the templates of all releases at the same time.
   * @param onSpec called when a template is begun
   */
  async prepare(
    releases: readonly Release[],
    specs: readonly DatabaseSpec[],
    onSpec: (spec: DatabaseSpec) => void,
  ): Promise<void> {
    await Promise.all(
      this.#databases.map(async (databases) => {
        const here = specs.filter(({ release }) => this.at(releases.indexOf(release)) === databases);
        await databases.prepare(here, onSpec);
      }),
    );
  }

  /** Does the same for each release: at the same time on different servers, in their order on the same one. */
  async each<Result>(
    releases: readonly Release[],
    work: (release: Release, databases: BenchmarkDatabases) => Promise<Result>,
  ): Promise<readonly Result[]> {
    const results: Result[] = [];
    await runConcurrently(
      this.#databases.map((databases) => async () => {
        for (const [index, release] of releases.entries()) {
          if (this.at(index) === databases) results[index] = await work(release, databases);
        }
      }),
      this.size,
    );

    return results;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#databases.map((databases) => databases[Symbol.asyncDispose]()));
    await Promise.all(this.#servers.map((server) => server[Symbol.asyncDispose]()));
  }
}

/** An empty database, and the WAL that a server may keep. */
const BYTES_PER_DATABASE = 8_000_000;
const BYTES_OF_WAL = 1_000_000_000;

/** A high estimate in bytes: a template of each database, and on each server a clone of the largest and the WAL (pure). */
export function estimateDiskBytes(specs: readonly DatabaseSpec[], servers = 1): number {
  const each = specs.map(({ volume, rows }) => volume.bytesPerRow * rows + BYTES_PER_DATABASE);

  return each.reduce((sum, bytes) => sum + bytes, 0) + servers * (Math.max(0, ...each) + BYTES_OF_WAL);
}

/**
 * Checks the disk of a server on this machine before the rows are made: a full disk says little about the cause.
 * @throws HarnessError if the databases do not fit
 */
export async function checkDiskSpace(session: Session, specs: readonly DatabaseSpec[], servers: number): Promise<void> {
  const [row] = await session.query("SELECT current_setting('data_directory') AS folder");
  const { bavail, bsize } = await statfs(row?.["folder"] ?? "");
  requireDiskSpace(estimateDiskBytes(specs, servers), bavail * bsize);
}

/** @throws HarnessError if more bytes are needed than are free */
export function requireDiskSpace(needed: number, free: number): void {
  if (needed <= free) return;

  throw new HarnessError(
    `The rows to measure on take about ${formatBytes(needed)}, and the server's disk has ${formatBytes(free)} left`,
    "Use a smaller --scale, or set PLUMBLINE_TEMP to a folder on a larger disk",
  );
}
