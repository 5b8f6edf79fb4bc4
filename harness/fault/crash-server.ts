/**
 * Runs the cases that crash their server, one at a time, on a server of their own: a crash ends all sessions on it. The
 * server is started for the first such case, and kept for the next.
 */
import { Databases } from "../database/databases.ts";
import type { CrashableServer } from "../database/server.ts";

/** The crash server while one case has exclusive use of it. */
interface CrashServerLease {
  readonly databases: Databases;
  /**
   * Kills all processes of the server and starts it again, on the same data; all sessions on it are lost.
   * @throws HarnessError where it does not start again
   */
  crash(): Promise<void>;
}

export class CrashServer implements AsyncDisposable {
  readonly #start: () => Promise<CrashableServer>;
  #opened: Promise<{ readonly server: CrashableServer; readonly databases: Databases }> | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  /** @param start starts the server; called at most once, for the first case */
  constructor(start: () => Promise<CrashableServer>) {
    this.#start = start;
  }

  /** Does the work with exclusive use of the server, in the order of the calls. */
  runExclusively<Result>(work: (lease: CrashServerLease) => Promise<Result>): Promise<Result> {
    const done = this.#queue.then(async () => work(await this.#lease()));
    // The caller gets the error; the next in the queue runs all the same.
    this.#queue = done.catch((error: unknown) => error);

    return done;
  }

  /** Waits for the queue, and stops the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue;
    const [opened] = await Promise.allSettled([this.#opened]);
    this.#opened = undefined;
    if (opened.status === "fulfilled" && opened.value !== undefined) {
      await opened.value.databases[Symbol.asyncDispose]();
      await opened.value.server[Symbol.asyncDispose]();
    }
  }

  async #lease(): Promise<CrashServerLease> {
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
