/**
 * Shows the progress of verify, matrix, bench and mutate on standard error, so that the report on standard output can be
 * piped. A terminal shows what is running, redrawn in place; a pipe gets a line per group at its start, then one a minute.
 */
import type { PropertyResult } from "../property/verdict.ts";
import { sanitize } from "../text/sanitize.ts";
import { classifyVerdict } from "./exit-status.ts";
import { canRedraw } from "./style.ts";
import { truncate } from "./text-layout.ts";

/** An event about a property, a gate or a mutant; `done` and `total` count those of its group. */
export interface ProgressEvent {
  readonly kind: "started" | "finished";
  /** What the counts are of: the name of a release, or such as "mutants tested". */
  readonly release: string;
  /** Where there is none, only the counts are shown. */
  readonly id?: string;
  readonly title?: string;
  /** Of a finished property. */
  readonly result?: PropertyResult;
  readonly done: number;
  readonly total: number;
}

/** Clears what it shows when it is disposed of, which may happen twice. It never hides the cursor. */
export interface LiveDisplay extends Disposable {
  update(event: ProgressEvent): void;
  /** Writes a line that stays, above what is redrawn in place. */
  log(line: string): void;
}

/** @param quiet shows and writes nothing */
export async function openDisplay(stream: NodeJS.WriteStream, quiet: boolean): Promise<LiveDisplay> {
  if (quiet) return { update: () => undefined, log: () => undefined, [Symbol.dispose]: () => undefined };

  return canRedraw(stream) ? await openRedrawn(stream) : openLogged(stream);
}

async function openRedrawn(stream: NodeJS.WriteStream): Promise<LiveDisplay> {
  // Loaded here, since a pipe does not need it.
  const { createLogUpdate } = await import("log-update");
  const redraw = createLogUpdate(stream, { showCursor: true });
  const groups = new Map<string, Progress>();
  const show = () => redraw(formatFrame([...groups.values()], stream.columns));

  return {
    update(event) {
      groups.set(event.release, applyEvent(groups.get(event.release), event));
      show();
    },
    log(line) {
      redraw.persist(line);
      if (groups.size > 0) show();
    },
    [Symbol.dispose]() {
      if (groups.size > 0) redraw.clear();
      groups.clear();
    },
  };
}

const LOG_INTERVAL_MS = 60_000;

function openLogged(stream: NodeJS.WriteStream): LiveDisplay {
  const groups = new Map<string, Progress>();
  const lastLine = new Map<string, number>();

  return {
    update(event) {
      const progress = applyEvent(groups.get(event.release), event);
      groups.set(event.release, progress);
      const now = performance.now();
      const last = lastLine.get(event.release);
      if (last !== undefined && now - last < LOG_INTERVAL_MS) return;
      lastLine.set(event.release, now);
      stream.write(`${formatProgress(progress)}\n`);
    },
    log(line) {
      stream.write(`${line}\n`);
    },
    [Symbol.dispose]: () => undefined,
  };
}

/** The progress of one group. */
interface Progress {
  readonly name: string;
  readonly done: number;
  readonly total: number;
  /** The title of each running property by its id, oldest first. */
  readonly running: ReadonlyMap<string, string>;
  readonly violations: number;
}

function applyEvent(before: Progress | undefined, event: ProgressEvent): Progress {
  const { kind, release, id, title = "", result, done, total } = event;
  const running = new Map(before?.running);
  if (id !== undefined && kind === "started") running.set(id, title);
  else if (id !== undefined) running.delete(id);
  const isNew = result !== undefined && classifyVerdict(result) === "violated";

  return { name: release, done, total, running, violations: (before?.violations ?? 0) + (isNew ? 1 : 0) };
}

/** The last column stays free: some terminals begin a new line there. */
function formatFrame(groups: readonly Progress[], columns: number): string {
  return groups
    .filter(({ done, total, running }) => done < total || running.size > 0)
    .flatMap((group) => [
      formatProgress(group),
      ...[...group.running].map(([id, title]) => sanitize(`  ${id}  ${title}`)),
    ])
    .map((line) => truncate(line, columns - 1))
    .join("\n");
}

function formatProgress({ name, done, total, violations }: Progress): string {
  const found = violations === 0 ? "" : `, ${violations} new violation${violations === 1 ? "" : "s"}`;

  return sanitize(`${name}: ${done} of ${total}${found}`);
}
