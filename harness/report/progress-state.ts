/**
 * What a progress display knows, folded from events: pure, so that a terminal and a pipe show the same state each in
 * its own way.
 */
import type { PropertyResult } from "../property/verdict.ts";
import { pluralize } from "../text/pluralize.ts";
import { printable } from "../text/sanitize.ts";
import { classifyVerdict } from "./exit-status.ts";
import { truncate } from "./text-width.ts";

export interface ProgressEvent {
  readonly kind: "started" | "finished";
  /** The name of the release. */
  readonly release: string;
  readonly id: string;
  readonly title: string;
  /** Of a finished property. */
  readonly result?: PropertyResult;
  /** Properties of this release that are finished, this one included where it is. */
  readonly done: number;
  /** Properties of this release. */
  readonly total: number;
}

/** One release at work. */
export interface Progress {
  readonly release: string;
  readonly done: number;
  readonly total: number;
  /** The title of each property at work, by its id, oldest first. */
  readonly atWork: ReadonlyMap<string, string>;
  /** Violations that the ledger does not know. */
  readonly surprises: number;
}

/** The state of a release after an event about it; undefined is the state before its first. */
export function progressAfter(before: Progress | undefined, event: ProgressEvent): Progress {
  const atWork = new Map(before?.atWork);
  if (event.kind === "started") atWork.set(event.id, event.title);
  else atWork.delete(event.id);
  const surprise = event.result !== undefined && classifyVerdict(event.result) === "violated" ? 1 : 0;

  return {
    release: event.release,
    done: event.done,
    total: event.total,
    atWork,
    surprises: (before?.surprises ?? 0) + surprise,
  };
}

/**
 * The display for a terminal: where each release at work stands, then a line for each property at work.
 * @param columns of the terminal; each line is cut to leave the last one free, where some terminals begin a new line
 */
export function frameOf(releases: readonly Progress[], columns: number): string {
  const lines = releases
    .filter(isAtWork)
    .flatMap((progress) => [
      `${progress.release}: ${progress.done} of ${progress.total}${surprisesOf(progress)}`,
      ...[...progress.atWork].map(([id, title]) => `  ${id}  ${title}`),
    ]);

  return lines.map((line) => truncate(printable(line), columns - 1)).join("\n");
}

/** What is checked: one of them, and several. */
export type Nouns = readonly [one: string, many: string];

/** The lines for a pipe: one where a release begins, one where it ends. */
export function logLinesOf(
  before: Progress | undefined,
  after: Progress,
  nouns: Nouns = ["property", "properties"],
): string[] {
  const name = printable(after.release);
  const counted = pluralize(after.total, ...nouns);

  return [
    ...(before === undefined ? [`${name}: checking ${counted}`] : []),
    ...(isAtWork(after) ? [] : [`${name}: checked ${counted}${surprisesOf(after)}`]),
  ];
}

function isAtWork({ done, total, atWork }: Progress): boolean {
  return done < total || atWork.size > 0;
}

function surprisesOf({ surprises }: Progress): string {
  return surprises === 0 ? "" : `, ${surprises} violated and not in the ledger`;
}
