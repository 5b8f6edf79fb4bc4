/**
 * A server apart for crashes: whoever crashes a server ends everyone's sessions on it, so no other case is ever on it
 * at the same time. It is started when it is first asked for, and kept for the next.
 */
import { Databases } from "../database/databases.ts";
import type { CrashableServer } from "../database/server.ts";

/** The crash server while one case has it alone. */
export interface CrashSite {
  readonly databases: Databases;
  /**
   * Kills the server with all its processes and starts it again, on the same data; all sessions on it are lost.
   * @throws HarnessError where it does not come up again
   */
  crash(): Promise<void>;
}

export class CrashServer implements AsyncDisposable {
  readonly #start: () => Promise<CrashableServer>;
  #opened: Promise<{ readonly server: CrashableServer; readonly databases: Databases }> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  /** @param start starts the server; called once at most, and never where nobody crashes anything */
  constructor(start: () => Promise<CrashableServer>) {
    this.#start = start;
  }

  /** Does the work when nobody else is on the server. The first in line is the first to have it. */
  exclusively<Result>(work: (site: CrashSite) => Promise<Result>): Promise<Result> {
    const done = this.#turn.then(async () => work(await this.#site()));
    // Whoever asked hears of a failure; the next one's turn comes all the same.
    this.#turn = done.catch((error: unknown) => error);

    return done;
  }

  /** Waits for whoever has the server, and removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turn;
    const [opened] = await Promise.allSettled([this.#opened]);
    this.#opened = undefined;
    if (opened.status === "fulfilled" && opened.value !== undefined) {
      await opened.value.databases[Symbol.asyncDispose]();
      await opened.value.server[Symbol.asyncDispose]();
    }
  }

  async #site(): Promise<CrashSite> {
    this.#opened ??= this.#open();
    const { server, databases } = await this.#opened;

    return {
      databases,
      async crash() {
        await databases.pause();
        await server.crash();
        await server.restart();
      },
    };
  }

  async #open(): Promise<{ server: CrashableServer; databases: Databases }> {
    const server = await this.#start();

    return { server, databases: new Databases(server) };
  }
}
