/**
 * A display that lives only while the run does. The cursor is never hidden, so nothing that ends the process, however
 * rudely, can leave it so.
 */
import {
  frameOf,
  logLinesOf,
  type Nouns,
  type Progress,
  type ProgressEvent,
  progressAfter,
} from "./progress-state.ts";

export interface LiveDisplay extends Disposable {
  update(event: ProgressEvent): void;
  /** Writes a line that stays, above what is shown in place. */
  log(line: string): void;
  /** Clears what is shown; to be called before anything else is written. Safe to call twice. */
  [Symbol.dispose](): void;
}

/**
 * Shows the events on the stream: in a terminal the properties at work, in place; in a pipe one line where a release
 * begins and one where it ends; with `quiet` nothing.
 * @param stream standard error, so that the report on standard output can be piped
 */
export async function openDisplay(
  stream: NodeJS.WriteStream,
  quiet: boolean,
  nouns?: Nouns,
): Promise<LiveDisplay> {
  if (quiet) return { update: nothing, log: nothing, [Symbol.dispose]: nothing };

  // A terminal without a size, as a container may have, can show nothing in place.
  return stream.isTTY && stream.rows > 0 && stream.columns > 0
    ? await liveOn(stream)
    : loggedOn(stream, nouns);
}

async function liveOn(stream: NodeJS.WriteStream): Promise<LiveDisplay> {
  // Loaded when it is needed: a pipe shows nothing in place.
  const { createLogUpdate } = await import("log-update");
  const update = createLogUpdate(stream, { showCursor: true });
  const progress = new Map<string, Progress>();
  const show = () => update(frameOf([...progress.values()], stream.columns));

  return {
    update(event) {
      progress.set(event.release, progressAfter(progress.get(event.release), event));
      show();
    },
    log(line) {
      update.persist(line);
      if (progress.size > 0) show();
    },
    [Symbol.dispose]() {
      if (progress.size > 0) update.clear();
      progress.clear();
    },
  };
}

function loggedOn(stream: NodeJS.WriteStream, nouns?: Nouns): LiveDisplay {
  const progress = new Map<string, Progress>();

  return {
    update(event) {
      const before = progress.get(event.release);
      const after = progressAfter(before, event);
      for (const line of logLinesOf(before, after, nouns)) stream.write(`${line}\n`);
      progress.set(event.release, after);
    },
    log: (line) => {
      stream.write(`${line}\n`);
    },
    [Symbol.dispose]: nothing,
  };
}

function nothing(): void {
  // There is nothing to show, and nothing to clear.
}
