/**
 * How far a run of mutants is: one line in place on a terminal, a line for every tenth in a pipe.
 */
import { createLogUpdate } from "log-update";

export interface MutationProgress extends Disposable {
  /** @param what is counted, such as "mutants tried" */
  tell(what: string, done: number, of: number): void;
  /** Writes a line that stays, above what is shown in place. */
  say(line: string): void;
}

/** @param stream standard error, so that the report on standard output can be piped */
export function mutationProgressOn(stream: NodeJS.WriteStream, quiet: boolean): MutationProgress {
  const update = stream.isTTY ? createLogUpdate(stream, { showCursor: true }) : undefined;
  let told = "";

  return {
    tell(what, done, of) {
      const tenth = Math.floor((10 * done) / of);
      const line = update === undefined ? `${what}: ${tenth * 10} %` : `${what}: ${done} of ${of}`;
      if (quiet || line === told) {
        return;
      }
      told = line;
      if (update === undefined) {
        stream.write(`${line}\n`);
      } else {
        update(line);
      }
    },
    say(line) {
      if (quiet) return;
      if (update === undefined) {
        stream.write(`${line}\n`);
      } else {
        update.persist(line);
        if (told !== "") update(told);
      }
    },
    [Symbol.dispose]() {
      update?.clear();
    },
  };
}
