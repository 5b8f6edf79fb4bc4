/**
 * A run that is interrupted still drops its databases.
 */
import { Socket } from "node:net";
import { modulePath } from "../../files/installation.ts";
import { onExit } from "../process/on-exit.ts";
import { runSync } from "../process/sync-child.ts";

/**
 * The connections of a run. They are cut before its databases are dropped: a server that is in the middle of letting
 * one in waits for our answer, up to a minute, and whoever drops a database waits for that server process.
 */
export class Sockets {
  readonly #open = new Set<Socket>();

  /** A socket that is not connected yet, as pg asks for one. */
  readonly make = (): Socket => {
    const socket = new Socket();
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));

    return socket;
  };

  /** Closes them all at once, without a word to the server. */
  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }
}

/** Drops the databases of the run when the process ends, unless the returned function was called before. */
export function dropAtExit(address: string, run: string, sockets: Sockets): () => void {
  return onExit(() => {
    sockets.cut();
    const trouble = runSync(modulePath("harness/server/external/drop"), { address, run });
    if (trouble !== undefined) {
      process.stderr.write(
        `pg-plumbline: databases of this run were left on the server; run pg-plumbline clean with the same --server\n${trouble}`,
      );
    }
  });
}
