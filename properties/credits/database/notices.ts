/** Parses the notices of the data migration, and finds what is wrong in them (pure). */
import type { Notice } from "../../../harness/database/session.ts";
import type { RecordedDatabase } from "../../../harness/property/recorded-database.ts";
import type { Evidence, Violation } from "../../../harness/property/verdict.ts";
import type { AppliedStatement } from "../../../harness/release/apply.ts";
import { formatSqlError } from "../../../harness/security/unprivileged-role.ts";
import type { CreditsContext } from "../world.ts";
import { errorEvidence } from "./evidence.ts";
import { readProgress } from "./progress-notices.ts";

/** What is expected of the notices, and the notice or the counts that deviate. */
export interface NoticeFault extends Pick<Violation, "kind" | "expected" | "got"> {
  readonly evidence: Evidence;
}

/** The first notice with a part of a format directive, or with a NULL. */
export function findLeftover(notices: readonly Notice[]): NoticeFault | undefined {
  const leftover = notices.find(({ message }) => /%\w|\.\d+[fd]\b|%%|(?<!\d ?)%|<NULL>/.test(message));

  return (
    leftover &&
    noticeFault(
      "leftover",
      "no notice holds a part of a format directive, a percent sign without a number, or a NULL",
      leftover,
    )
  );
}

/** The first notice with a total that is none of these. */
export function findWrongTotal(
  notices: readonly Notice[],
  { totals, description }: { readonly totals: readonly number[]; readonly description: string },
): NoticeFault | undefined {
  const wrong = notices.find(({ message }) =>
    parseTotals(message).some((total) => !totals.some((one) => String(one) === total)),
  );

  return wrong && noticeFault("total", `each notice with a total says ${description}`, wrong);
}

/** The first notice with a wrong percentage. */
export function findWrongShare(notices: readonly Notice[]): NoticeFault | undefined {
  const wrong = notices.find(({ message }) => isWrongShare(message));

  return (
    wrong &&
    noticeFault("percentage", "a percentage is the quotient of the count and the total, and at most 100", wrong)
  );
}

/** Counts that do not grow up to the number; a count of a batch is added to those before. */
export function findWrongCounts(notices: readonly Notice[], upTo: number): NoticeFault | undefined {
  const progress = readProgress(notices).filter(({ counts }) => counts);
  const grows = progress.every(({ done, doneBefore }) => done >= doneBefore) && progress.at(-1)?.done === upTo;

  return grows
    ? undefined
    : {
        kind: "count",
        expected: `the notices count up to ${upTo}`,
        got: progress.length === 0 ? "no notice counts" : `they count ${progress.map(({ done }) => done).join(", ")}`,
        evidence: noticesEvidence(progress.map(({ notice }) => notice)),
      };
}

/** The totals in a notice: `100 / 250`, and `of 250 organizations`. */
function parseTotals(message: string): readonly string[] {
  return [...message.matchAll(/\d+ ?\/ ?(\d+)|(?<!\bbatch )\bof (.+?) organizations/g)].map(
    ([, over, of]) => over ?? of ?? "",
  );
}

/** Whether `100 / 250 organizations (40.0%)` is wrong by more than rounding, or more than 100 %. */
function isWrongShare(message: string): boolean {
  const [, done, total, percent] = /(\d+) ?\/ ?(\d+)(?:[^(]*\((-?[\d.]+) ?%\))?/.exec(message) ?? [];
  const share = (Number(done) * 100) / Number(total);

  return share > 100 || (percent !== undefined && Math.abs(share - Number(percent)) > 0.051);
}

/** A violation that the data migration itself reproduces. */
export function noticeViolation(context: CreditsContext, db: RecordedDatabase, fault: NoticeFault): Violation {
  return db.violation({ ...fault, show: [context.dataStep] });
}

/** All messages of the data migration, in one line. */
export function formatOutput(applied: readonly AppliedStatement[]): string {
  const texts = applied.flatMap(({ result: { notices, error } }) => [
    ...notices.map(formatNotice),
    ...(error === undefined ? [] : [formatSqlError(error)]),
  ]);

  return texts.length === 0 ? "it says nothing" : `it says ${texts.join(" and ")}`;
}

/** All messages of the data migration. */
export function outputEvidence(applied: readonly AppliedStatement[]): Evidence {
  const error = applied.find(({ result }) => result.error !== undefined)?.result.error;

  return error === undefined ? noticesEvidence(applied.flatMap(({ result }) => result.notices)) : errorEvidence(error);
}

/** These messages but for their times, where the data migration raised no error. */
export function noticesEvidence(notices: readonly Notice[], removeTimes = withoutTimes): Evidence {
  const lines = notices.map(({ message }) => removeTimes(message.split("\n", 1)[0] ?? ""));

  return {
    shows: "messages",
    texts: lines.flatMap((line) => line.split("…")).filter((text) => text !== ""),
    warnings: notices.filter(({ severity }) => severity === "WARNING").length,
  };
}

function noticeFault(kind: string, expected: string, notice: Notice): NoticeFault {
  return { kind, expected, got: formatNotice(notice), evidence: noticesEvidence([notice]) };
}

function formatNotice({ severity, message }: Notice): string {
  const text = withoutTimes(message);

  return `${severity} "${text.length > 120 ? `${text.slice(0, 120)}…` : text}"`;
}

/** Leaves out times and durations, which differ in each run. */
function withoutTimes(message: string): string {
  return message.replace(/\d{4}-\d\d-\d\d[ T][\d:.]+([+-]\d\d(:?\d\d)?)?/g, "…").replace(/[\d.]+(?= ?ms\b)/g, "…");
}
