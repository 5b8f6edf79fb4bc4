/** Passes on what a socket receives. */
import type { Duplex } from "node:stream";

export interface RelaySteps {
  /** Returns what to pass on in place of a piece, which is not recorded then; undefined to pass on the piece itself. */
  readonly begin?: (piece: Buffer) => Buffer | undefined;
  /** Records a piece that was passed on, while both sides go on. */
  readonly record: (piece: Buffer) => void;
}

/** Reads one socket no faster than the other takes it; what a closed one would get is dropped. */
export function relay(from: Duplex, to: Duplex, { begin, record }: RelaySteps): void {
  const pass = (piece: Buffer) => {
    if (piece.length === 0 || !to.writable || to.write(piece)) return;
    from.pause();
    to.once("drain", () => from.resume());
  };
  from.on("data", (piece: Buffer) => {
    const beginning = begin?.(piece);
    pass(beginning ?? piece);
    if (beginning === undefined) record(piece);
  });
  // The close that follows an error ends the other.
  from.on("error", () => undefined);
  to.once("close", () => from.resume());
}
