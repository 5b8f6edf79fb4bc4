/** What the data migration says of itself: read, quoted, and looked at for what cannot be right (pure, but for showing). */
import type { Notice } from "../../../harness/database/session.ts";
import type { Violation } from "../../../harness/property/verdict.ts";
import type { Applied } from "../../../harness/release/apply.ts";
import type { RecordedDatabase } from "../../../harness/property/recorded-database.ts";
import type { CreditsContext } from "../world.ts";

/** What was promised of the notices, and what one of them says instead. */
export type NoticeFault = Pick<Violation, "expected" | "got">;

/** The first notice that holds a piece of a format directive, or a NULL. */
export function findLeftover(notices: readonly Notice[]): NoticeFault | undefined {
  const leftover = notices.find(({ message }) => /%\w|\.\d+[fd]\b|%%|(?<!\d ?)%|<NULL>/.test(message));

  return (
    leftover && {
      expected: "no notice holds a part of a format directive, a percent sign without a number, or a NULL",
      got: saying(leftover),
    }
  );
}

/** The first notice whose total is none of those that it may be, or whose percentage is not the quotient. */
export function findWrongTotal(
  notices: readonly Notice[],
  { totals, told }: { readonly totals: readonly number[]; readonly told: string },
): NoticeFault | undefined {
  const wrongTotal = notices.find(({ message }) =>
    totalsIn(message).some((total) => !totals.some((one) => String(one) === total)),
  );
  if (wrongTotal !== undefined) {
    return { expected: `each notice that tells the total says ${told}`, got: saying(wrongTotal) };
  }
  const wrongShare = notices.find(({ message }) => isWrongShare(message));

  return (
    wrongShare && {
      expected: "the percentage beside a count and its total is their quotient, and at most 100",
      got: saying(wrongShare),
    }
  );
}

/** Where the counts do not grow up to the number. */
export function findWrongCounts(notices: readonly Notice[], upTo: number): NoticeFault | undefined {
  const counts = parseCounts(notices);
  const grows = counts.every((value, index) => value >= (counts[index - 1] ?? 0)) && counts.at(-1) === upTo;

  return grows
    ? undefined
    : {
        expected: `the notices count up to ${upTo}`,
        got: counts.length === 0 ? "no notice counts" : `they count ${counts.join(", ")}`,
      };
}

/** Durations in a row of a clock that goes on by so many milliseconds each time it is read: whole, and no part longer than all. */
export function findWrongDuration(notices: readonly Notice[], tickMs: number): NoticeFault | undefined {
  const told = notices.flatMap(({ message }) =>
    [...message.matchAll(/([\d.]+) ?ms/g)].map(([, value]) => Number(value)),
  );
  const odd = told.find((value) => value < tickMs || value % tickMs !== 0);
  if (odd !== undefined || told.length === 0) {
    return {
      expected: `each duration is a multiple of ${tickMs} ms: the clock goes on by that each time it is read`,
      got: odd === undefined ? "no duration is told" : `a notice tells ${odd} ms`,
    };
  }
  const whole = told.at(-1) ?? 0;
  const parts = told.slice(0, -1).reduce((sum, part) => sum + part, 0);

  return parts <= whole
    ? undefined
    : {
        expected: "the durations of all batches together are no longer than that of the migration",
        got: `they are ${parts} ms, and the last notice tells ${whole} ms`,
      };
}

/** How many organizations the notices call processed, each in turn. */
export function parseCounts(notices: readonly Notice[]): readonly number[] {
  return notices.flatMap(({ message }) => /Processed (\d+)/.exec(message)?.[1] ?? []).map(Number);
}

/** The totals that a notice tells: `100 / 250`, and `of 250 organizations`. */
function totalsIn(message: string): readonly string[] {
  return [...message.matchAll(/\d+ ?\/ ?(\d+)|\bof (.+?) organizations/g)].map(
    ([, over, of]) => over ?? of ?? "",
  );
}

/** Whether `100 / 250 organizations (40.0%)` is wrong by more than rounding can make it, or more than all. */
function isWrongShare(message: string): boolean {
  const [, done, total, percent] = /(\d+) ?\/ ?(\d+)(?:[^(]*\((-?[\d.]+) ?%\))?/.exec(message) ?? [];
  const share = (Number(done) * 100) / Number(total);

  return share > 100 || (percent !== undefined && Math.abs(share - Number(percent)) > 0.051);
}

/** What the data migration says is shown by the data migration itself. */
export function noticeViolation(
  context: CreditsContext,
  db: RecordedDatabase,
  complaint: NoticeFault,
): Violation {
  return db.violation({ ...complaint, show: [context.dataStep] });
}

/** All that the data migration says, in one line. */
export function formatOutput(applied: readonly Applied[]): string {
  const texts = applied.flatMap(({ outcome: { notices, error: refusal } }) => [
    ...notices.map(saying),
    ...(refusal === undefined ? [] : [`ERROR: ${refusal.message} (SQLSTATE ${refusal.code})`]),
  ]);

  return texts.length === 0 ? "it says nothing" : `it says ${texts.join(" and ")}`;
}

/** A notice as it is quoted: times and durations, which are others in every run, are left out. */
function saying({ severity, message }: Notice): string {
  const still = message
    .replace(/\d{4}-\d\d-\d\d[ T][\d:.]+([+-]\d\d(:?\d\d)?)?/g, "…")
    .replace(/[\d.]+(?= ?ms\b)/g, "…");

  return `${severity} "${still.length > 120 ? `${still.slice(0, 120)}…` : still}"`;
}
