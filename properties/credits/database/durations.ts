/** Finds durations in the notices of the data migration that do not cover what they are said of (pure). */
import type { Notice } from "../../../harness/database/session.ts";
import { type NoticeFault, noticesEvidence } from "./notices.ts";
import { type Duration, type Progress, readProgress } from "./progress-notices.ts";
import type { Timeline } from "./timeline.ts";

const MINUTE_MS = 60_000;
const EXPECTED = "each duration covers what it is said of: the batch with its commit, or all since the start";
const KINDS = { batch: "batch", all: "since-the-start", either: "neither-batch-nor-since-the-start" } as const;

/** The first wrong duration of each kind. */
export function findWrongDurations(notices: readonly Notice[], timeline: Timeline): readonly NoticeFault[] {
  const progress = readProgress(notices);
  if (progress.every(({ durations }) => durations.length === 0)) {
    const evidence = noticesEvidence([]);

    return [{ kind: "no-duration", expected: EXPECTED, got: "no notice has a duration", evidence }];
  }
  const faults = progress.flatMap((one) =>
    one.durations.flatMap((duration) => checkDuration(duration, one, listDurations(duration, one, timeline)) ?? []),
  );

  return faults.filter(({ kind }, index) => faults.findIndex((one) => one.kind === kind) === index);
}

/** The durations that would be right, in milliseconds. */
function listDurations({ scope }: Duration, { counts, done, doneBefore }: Progress, timeline: Timeline) {
  const isNew = done > doneBefore;
  const sinceStart = timeline.sinceStart(done);
  // Where all of them are counted again, it is about all, unless it says otherwise.
  if (scope === "all" || (scope === "either" && counts && !isNew)) return sinceStart;
  // One without a count may be about any batch.
  const ofBatch = counts && isNew ? timeline.ofBatch(doneBefore, done) : timeline.ofAnyBatch();

  return scope === "batch" ? ofBatch : [...ofBatch, ...sinceStart];
}

function checkDuration(
  { text, ms, precisionMs, scope }: Duration,
  { notice, done, doneBefore }: Progress,
  rightMs: readonly number[],
): NoticeFault | undefined {
  const isNear = (one: number) => Math.abs(ms - one) <= precisionMs;
  if (rightMs.some(isNear)) return undefined;
  const isPartOfMinute = rightMs.some((right) => right > MINUTE_MS && isNear(right % MINUTE_MS));
  const organizations =
    done > doneBefore ? `${done} organizations, ${done - doneBefore} of them new,` : `${done} organizations`;

  return {
    kind: isPartOfMinute ? "minutes-left-out" : KINDS[scope],
    expected: EXPECTED,
    got: `a notice of ${organizations} says ${text}${rightMs.length === 1 ? `, where ${rightMs[0]} ms is right` : ""}`,
    // The clock of the property gives the same durations in each run.
    evidence: noticesEvidence([notice], (message) => message),
  };
}
