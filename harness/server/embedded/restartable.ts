/**
 * A server's process that can be killed and started again. One thing after the other: a server that is disposed of
 * while it starts is stopped once it has started.
 */
import assert from "node:assert";
import type { Postmaster } from "./postmaster.ts";

export interface Restartable {
  /** Kills all processes of the server; it stays down. Where it is down already, nothing happens. */
  crash(): Promise<void>;
  /** Starts it again and waits for the end of recovery. Where it is up already, nothing happens. */
  restart(): Promise<void>;
  /** Ends it for good. Safe to call twice, and where it is down. */
  stop(): Promise<void>;
}

/** @param start starts a process on the same data, every time it is called */
export async function startRestartable(start: () => Promise<Postmaster>): Promise<Restartable> {
  let running: Postmaster | undefined = await start();
  let stopped = false;
  let turn: Promise<unknown> = Promise.resolve();
  const next = (work: () => Promise<void>): Promise<void> => {
    const done = turn.then(work);
    // Whoever asked hears of a failure; the next one's turn comes all the same.
    turn = done.catch((thrown: unknown) => thrown);

    return done;
  };
  const alive = () => assert(!stopped, "A server that was disposed of is neither crashed nor restarted");

  return {
    crash: () =>
      next(async () => {
        alive();
        await running?.kill();
        running = undefined;
      }),
    restart: () =>
      next(async () => {
        alive();
        running ??= await start();
      }),
    stop: () =>
      next(async () => {
        stopped = true;
        await running?.stop();
        running = undefined;
      }),
  };
}
