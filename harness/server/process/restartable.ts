/** Makes a server process that can be started again. Its operations run in sequence: stopping waits for a start. */
import assert from "node:assert";

/** A running server process. */
export interface ServerProcess {
  /** Ends it and waits for its end. Safe to call twice. */
  stop(): Promise<void>;
  /** Kills it and all its children with SIGKILL, and waits until they are gone. */
  kill(): Promise<void>;
  /** Ends it after it has written all of its data; missing if that is of no use. */
  shutDown?(): Promise<void>;
}

export interface Restartable {
  /** Kills all processes of the server. Without effect if it is down. */
  crash(): Promise<void>;
  /** Starts it again and waits until it has recovered. Without effect if it is up. */
  restart(): Promise<void>;
  /** Ends its process after it has written all of its data; restart starts it again. */
  shutDown(): Promise<void>;
  /** Ends it for good. Safe to call twice, and if it is down. */
  stop(): Promise<void>;
}

/** @param start starts a process on the same data, every time it is called */
export async function startRestartable(start: () => Promise<ServerProcess>): Promise<Restartable> {
  let running: ServerProcess | undefined = await start();
  let stopped = false;
  let last: Promise<unknown> = Promise.resolve();
  const enqueue = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work);
    // The caller gets the error; the next operation runs all the same.
    last = done.catch((thrown: unknown) => thrown);

    return done;
  };
  const requireAlive = () => assert(!stopped, "A server that was disposed of cannot be crashed or restarted");

  return {
    crash: () =>
      enqueue(async () => {
        requireAlive();
        await running?.kill();
        running = undefined;
      }),
    restart: () =>
      enqueue(async () => {
        requireAlive();
        running ??= await start();
      }),
    shutDown: () =>
      enqueue(async () => {
        requireAlive();
        assert(running === undefined || running.shutDown !== undefined, "Servers of this kind are not shut down");
        await running?.shutDown?.();
        running = undefined;
      }),
    stop: () =>
      enqueue(async () => {
        stopped = true;
        await running?.stop();
        running = undefined;
      }),
  };
}
