/**
 * A ground for each release, so that all are measured at the same time: on servers of their own, as far as there are
 * processors for them. What is counted is counted by one server, and time decides only as a ratio of turns on one server,
 * so a neighbour on the machine changes no verdict. Where the server is not ours to start again, all share it, in turn.
 */
import { availableParallelism } from "node:os";
import type { Server } from "../database/server.ts";
import type { Release } from "../release/release.ts";
import { inLanes } from "../suite/concurrency-limit.ts";
import { Ground, type Site } from "./benchmark-database.ts";

export class Grounds implements AsyncDisposable {
  readonly server: Server;
  readonly #servers: readonly Server[];
  readonly #all: readonly Ground[];

  private constructor(servers: readonly [Server, ...Server[]], seed: number) {
    [this.server] = servers;
    this.#servers = servers;
    this.#all = servers.map((server) => new Ground(server, seed));
  }

  /**
   * @param wanted how many there is work for
   * @throws HarnessError where a server cannot be had
   */
  static async open(start: () => Promise<Server>, seed: number, wanted: number): Promise<Grounds> {
    const first = await start();
    const more = first.tenancy === undefined ? Math.min(wanted, availableParallelism()) - 1 : 0;
    const started = await Promise.allSettled(Array.from({ length: more }, start));
    const servers = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const failed = started.find((one) => one.status === "rejected");
    if (failed !== undefined) {
      await Promise.all([first, ...servers].map((server) => server[Symbol.asyncDispose]()));
      throw failed.reason;
    }

    return new Grounds([first, ...servers], seed);
  }

  /** How many servers there are. */
  get size(): number {
    return this.#all.length;
  }

  /** The ground of the release at this position. */
  of(position: number): Ground {
    return this.#all[position % this.#all.length] as Ground;
  }

  /**
   * Makes the templates ahead, of all releases at the same time.
   * @param onSite told of each as it is begun
   */
  async prepare(
    releases: readonly Release[],
    sites: readonly Site[],
    onSite: (site: Site) => void,
  ): Promise<void> {
    await Promise.all(
      this.#all.map(async (ground) => {
        const here = sites.filter(({ release }) => this.of(releases.indexOf(release)) === ground);
        await ground.prepare(here, onSite);
      }),
    );
  }

  /** Does the same for each release, on its ground: at the same time where the grounds are many, else in their order. */
  async each<Result>(
    releases: readonly Release[],
    work: (release: Release, ground: Ground) => Promise<Result>,
  ): Promise<readonly Result[]> {
    const results: Result[] = [];
    const lanes = this.#all.map((ground) => async () => {
      for (const [position, release] of releases.entries()) {
        if (this.of(position) === ground) results[position] = await work(release, ground);
      }
    });
    await inLanes(lanes, lanes.length);

    return results;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((ground) => ground[Symbol.asyncDispose]()));
    await Promise.all(this.#servers.map((server) => server[Symbol.asyncDispose]()));
  }
}
