/** Parses the notices of the data migration, and finds what is wrong in them (pure). */
import type { Notice } from "../../../harness/database/session.ts";
import type { RecordedDatabase } from "../../../harness/property/recorded-database.ts";
import type { Evidence, Violation } from "../../../harness/property/verdict.ts";
import type { AppliedStatement } from "../../../harness/release/apply.ts";
import { formatSqlError } from "../../../harness/security/unprivileged-role.ts";
import type { CreditsContext } from "../world.ts";
import { errorEvidence } from "./evidence.ts";
import { type Duration, type Progress, readProgress } from "./progress-notices.ts";

/** What is expected of the notices, and the notice or the counts that deviate. */
export interface NoticeFault extends Pick<Violation, "expected" | "got"> {
  readonly evidence: Evidence;
}

/** The first notice with a part of a format directive, or with a NULL. */
export function findLeftover(notices: readonly Notice[]): NoticeFault | undefined {
  const leftover = notices.find(({ message }) => /%\w|\.\d+[fd]\b|%%|(?<!\d ?)%|<NULL>/.test(message));

  return (
    leftover &&
    noticeFault("no notice holds a part of a format directive, a percent sign without a number, or a NULL", leftover)
  );
}

/** The first notice with a total that is none of these, or with a wrong percentage. */
export function findWrongTotal(
  notices: readonly Notice[],
  { totals, description }: { readonly totals: readonly number[]; readonly description: string },
): NoticeFault | undefined {
  const wrongTotal = notices.find(({ message }) =>
    parseTotals(message).some((total) => !totals.some((one) => String(one) === total)),
  );
  if (wrongTotal !== undefined) {
    return noticeFault(`each notice with a total says ${description}`, wrongTotal);
  }
  const wrongShare = notices.find(({ message }) => isWrongShare(message));

  return (
    wrongShare && noticeFault("a percentage is the quotient of the count and the total, and at most 100", wrongShare)
  );
}

/** Counts that do not grow up to the number; a count of a batch is added to those before. */
export function findWrongCounts(notices: readonly Notice[], upTo: number): NoticeFault | undefined {
  const progress = readProgress(notices).filter(({ counts }) => counts);
  const grows = progress.every(({ done, doneBefore }) => done >= doneBefore) && progress.at(-1)?.done === upTo;

  return grows
    ? undefined
    : {
        expected: `the notices count up to ${upTo}`,
        got: progress.length === 0 ? "no notice counts" : `they count ${progress.map(({ done }) => done).join(", ")}`,
        evidence: noticesEvidence(progress.map(({ notice }) => notice)),
      };
}

/** The first duration that does not cover its batch, or all since the start, where each organization takes so long. */
export function findWrongDuration(notices: readonly Notice[], organizationMs: number): NoticeFault | undefined {
  const progress = readProgress(notices);
  const expected = `each organization takes ${organizationMs} ms, and each duration covers those that it is said of`;
  if (progress.every(({ durations }) => durations.length === 0)) {
    return { expected, got: "no notice has a duration", evidence: noticesEvidence([]) };
  }
  for (const one of progress) {
    const wrong = one.durations.find((duration) => !covers(duration, one, organizationMs));
    if (wrong !== undefined) {
      return { ...noticeFault(expected, one.notice), got: `a notice of ${describeDone(one)} says ${wrong.text}` };
    }
  }

  return undefined;
}

function covers({ ms, precisionMs, scope }: Duration, progress: Progress, organizationMs: number): boolean {
  const { counts, done, doneBefore } = progress;
  const isNear = (organizations: number) => Math.abs(ms - organizations * organizationMs) <= precisionMs;
  const isAll = scope !== "batch" && isNear(done);
  if (counts || scope === "all") return isAll || (scope !== "all" && done > doneBefore && isNear(done - doneBefore));
  // A notice without a count may be about any batch.
  const organizations = Math.round(ms / organizationMs);

  return isAll || (organizations > 0 && isNear(organizations));
}

function describeDone({ done, doneBefore }: Progress): string {
  return done > doneBefore ? `${done} organizations, ${done - doneBefore} of them new,` : `${done} organizations`;
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

/** These messages, where the data migration raised no error. */
export function noticesEvidence(notices: readonly Notice[]): Evidence {
  const lines = notices.map(({ message }) => withoutTimes(message.split("\n", 1)[0] ?? ""));

  return {
    shows: "messages",
    texts: lines.flatMap((line) => line.split("…")).filter((text) => text !== ""),
    warnings: notices.filter(({ severity }) => severity === "WARNING").length,
  };
}

function noticeFault(expected: string, notice: Notice): NoticeFault {
  return { expected, got: formatNotice(notice), evidence: noticesEvidence([notice]) };
}

function formatNotice({ severity, message }: Notice): string {
  const text = withoutTimes(message);

  return `${severity} "${text.length > 120 ? `${text.slice(0, 120)}…` : text}"`;
}

/** Leaves out times and durations, which differ in each run. */
function withoutTimes(message: string): string {
  return message.replace(/\d{4}-\d\d-\d\d[ T][\d:.]+([+-]\d\d(:?\d\d)?)?/g, "…").replace(/[\d.]+(?= ?ms\b)/g, "…");
}
