/**
 * Shows the progress of verify, matrix, bench and mutate on standard error, so that the report on standard output can be
 * piped. A terminal shows what is running, redrawn in place; a pipe gets a line per group at its start, then one a minute.
 * Both get a line for each new violation when it is found, since the report of a long history comes much later.
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

const LOG_INTERVAL_MS = 60_000;

/** @param quiet shows and writes nothing */
export async function openDisplay(stream: NodeJS.WriteStream, quiet: boolean): Promise<LiveDisplay> {
  if (quiet) return { update: () => undefined, log: () => undefined, [Symbol.dispose]: () => undefined };
  // Loaded here, since a pipe does not need it.
  const redraw = canRedraw(stream)
    ? (await import("log-update")).createLogUpdate(stream, { showCursor: true })
    : undefined;
  const groups = new Map<string, Progress>();
  const logged = new Map<string, number>();
  const show = () => redraw?.(formatFrame([...groups.values()], stream.columns));
  const log = (line: string) => {
    if (redraw === undefined) stream.write(`${line}\n`);
    else redraw.persist(line);
    if (groups.size > 0) show();
  };

  return {
    update(event) {
      const { release } = event;
      const progress = applyEvent(groups.get(release), event);
      groups.set(release, progress);
      if (isNewViolation(event)) log(formatNewViolation(event));
      show();
      const now = performance.now();
      if (redraw === undefined && now - (logged.get(release) ?? Number.NEGATIVE_INFINITY) >= LOG_INTERVAL_MS) {
        logged.set(release, now);
        stream.write(`${formatProgress(progress)}\n`);
      }
    },
    log,
    [Symbol.dispose]() {
      if (groups.size > 0) redraw?.clear();
      groups.clear();
    },
  };
}

interface Progress {
  readonly name: string;
  readonly done: number;
  readonly total: number;
  readonly running: ReadonlyMap<string, string>;
  readonly violations: number;
}

function applyEvent(before: Progress | undefined, event: ProgressEvent): Progress {
  const { kind, release, id, title = "", done, total } = event;
  const running = new Map(before?.running);
  if (id !== undefined && kind === "started") running.set(id, title);
  else if (id !== undefined) running.delete(id);
  const violations = (before?.violations ?? 0) + (isNewViolation(event) ? 1 : 0);

  return { name: release, done, total, running, violations };
}

function isNewViolation({ result }: ProgressEvent): boolean {
  return result !== undefined && classifyVerdict(result) === "violated";
}

function formatNewViolation({ release, result }: ProgressEvent): string {
  return sanitize(`${release}: NEW: ${result?.id}: ${result?.violation?.got ?? "violated"}`);
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
