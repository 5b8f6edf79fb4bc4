/**
 * Reads what the notices of the data migration say of its progress (pure): counts and durations, each of the batch or of
 * all since the start, as the words next to it say.
 */
import type { Notice } from "../../../harness/database/session.ts";

/** What a number is said of; `either` where no word says so. */
type Scope = "batch" | "all" | "either";

interface Count {
  readonly count: number;
  readonly scope: Scope;
}

export interface Duration {
  /** The number, as in the notice. */
  readonly text: string;
  readonly ms: number;
  /** The value of its last digit. */
  readonly precisionMs: number;
  readonly scope: Scope;
}

export interface Progress {
  readonly notice: Notice;
  /** Whether the notice counts organizations. */
  readonly counts: boolean;
  /** How many organizations are done, by this notice and the ones before, and how many were before. */
  readonly done: number;
  readonly doneBefore: number;
  readonly durations: readonly Duration[];
}

/** `Processed 100`, `batch of 100`, `100 / 250`, `100 organizations migrated` */
const COUNT =
  /\b(?:processed|migrated|allocated):? (?:a )?(?:batch of )?(\d+)|(\d+)(?= ?\/ ?\d)|(\d+) organizations (?:were |have been )?(?:processed|migrated|allocated)/gi;
/** After a count: it is one of a total. */
const OF_TOTAL = /^ ?(?:\/|of) ?\d/;
const BATCH = /\bbatch\b/i;
const ALL = /\b(?:total|overall|altogether|so far|since|elapsed|cumulative|running)\b/i;
const CLAUSE_END = /[,;|()]|[.!] |\s[-–—]\s/;
const LABEL_END = /[,;|()]|[.!:] |\s[-–—]\s/;

const TIMESTAMP = /\d{4}-\d\d-\d\d[ T][\d:.]+/g;
const DURATION =
  /(?<number>\d+(?:\.(?<digits>\d+))?) ?(?<unit>ms|milliseconds?|s|sec|seconds?|min|minutes?|h|hours?)\b|(?:(?<days>\d+) days? )?(?<hours>\d+):(?<minutes>\d\d):(?<seconds>\d\d(?:\.\d+)?)/gi;
const UNIT_MS: Readonly<Record<string, number>> = { m: 1, s: 1000, min: 60_000, h: 3_600_000 };

const NO_COUNT: Count = { count: 0, scope: "batch" };

/** What each notice says of the progress, in order. */
export function readProgress(notices: readonly Notice[]): readonly Progress[] {
  let done = 0;

  return notices.map((notice) => {
    const counts = parseCounts(notice.message);
    const doneBefore = done;
    const { count, scope } = counts.find((one) => one.scope === "all") ?? counts[0] ?? NO_COUNT;
    // Batches do not grow: a larger number is one of all.
    done = scope === "all" || (scope === "either" && count > doneBefore) ? count : doneBefore + count;

    return { notice, counts: counts.length > 0, done, doneBefore, durations: parseDurations(notice.message) };
  });
}

/** How many organizations are done by each notice with a count. */
export function countDone(notices: readonly Notice[]): readonly number[] {
  return readProgress(notices).flatMap(({ counts, done }) => (counts ? [done] : []));
}

/** A count without a word is one of all, unless the notice begins with a batch. */
function parseCounts(message: string): readonly Count[] {
  return [...message.matchAll(COUNT)].map((match) => {
    const end = match.index + match[0].length;
    const clause = findClause(message, match.index, LABEL_END);
    const count = Number(match[1] ?? match[2] ?? match[3]);
    if (OF_TOTAL.test(message.slice(end)) || ALL.test(clause)) return { count, scope: "all" };
    if (BATCH.test(clause)) return { count, scope: "batch" };

    return { count, scope: BATCH.test(message.slice(0, match.index)) ? "either" : "all" };
  });
}

function parseDurations(message: string): readonly Duration[] {
  // The time of day is no duration.
  const text = message.replace(TIMESTAMP, (time) => "-".repeat(time.length));

  return [...text.matchAll(DURATION)].map((match) => {
    const clause = findClause(text, match.index);
    const scope = ALL.test(clause) ? "all" : BATCH.test(clause) ? "batch" : "either";

    return { ...parseDuration(match.groups ?? {}), scope };
  });
}

function parseDuration(groups: Readonly<Record<string, string | undefined>>): Omit<Duration, "scope"> {
  const { number, digits = "", unit = "", days = "0", hours = "0", minutes = "0", seconds = "0" } = groups;
  if (number === undefined) {
    const whole = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);

    return { text: `${hours}:${minutes}:${seconds}`, ms: whole * 1000, precisionMs: 1000 };
  }
  const letters = unit.toLowerCase();
  const unitMs = UNIT_MS[letters.startsWith("mi") && letters.includes("n") ? "min" : letters.charAt(0)] ?? 1;

  return { text: number, ms: Number(number) * unitMs, precisionMs: unitMs / 10 ** digits.length };
}

/** The clause around the position. */
function findClause(message: string, position: number, end = CLAUSE_END): string {
  const before = message.slice(0, position).split(end).at(-1) ?? "";
  const after = message.slice(position).split(end)[0] ?? "";

  return before + after;
}
