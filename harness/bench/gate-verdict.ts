/**
 * From what a gate's judges said to its verdict (pure): how it stands to the ledger, and what is told beside it.
 */
import type { Release } from "../release/release.ts";
import type { Budget } from "./budget.ts";
import type { Gate } from "./gate.ts";
import { type IndexStudy, judgeChosen, judgeRepaid } from "./indexes.ts";
import type { Judgement } from "./judge.ts";
import type { TimedComparison } from "./paired-runs.ts";
import type { Measured } from "./plans/facts.ts";
import { isRightToScan } from "./plans/shape.ts";
import type { GateResult } from "./result.ts";

type Decided = Pick<GateResult, "verdict" | "expected" | "because" | "reason">;

/** The verdict: a breach is a violation, and where nothing was measured or a limit is in doubt, nothing is known. */
export function verdictOf(
  { findings }: Release,
  { id }: Gate,
  { breaches, doubts }: Judgement,
  subjects: number,
): Decided {
  const finding = findings.find(({ property }) => property === id);
  const because = finding === undefined ? {} : { because: finding.because };
  if (breaches.length > 0) return { verdict: "violated", expected: finding !== undefined, ...because };
  if (subjects === 0 || doubts.length > 0) {
    const reason = doubts[0] ?? "release.json names nothing that this gate measures";

    return { verdict: "unknown", expected: false, reason, ...because };
  }

  return { verdict: "held", expected: finding === undefined, ...because };
}

/** What the indexes have against the gate's demand. */
export function judgeStudy({ subjects }: Gate, budget: Budget, study: IndexStudy): Judgement {
  const judgement =
    subjects.kind === "indexes" && subjects.demand === "repaid"
      ? judgeRepaid(study, budget)
      : judgeChosen(study);
  const [first] = judgement.breaches;
  if (study.lacking.length === 0 || first === undefined) return judgement;

  return {
    breaches: [],
    doubts: [
      `${first.subject}: no query uses it, but the release lacks those of ${study.lacking.join(" and ")}`,
    ],
  };
}

/** What the time has against its bound. */
export function judgeRatio({ slower, ratio, interval, slowerThan }: TimedComparison): Judgement {
  const breach = {
    subject: "time",
    expected: `at most ${slowerThan.toFixed(1)} times what the plain statements take`,
    got: `${ratio.toFixed(2)} times (${interval.low.toFixed(2)} to ${interval.high.toFixed(2)})`,
    hint: "Find what it does beside its work",
  };

  return { breaches: slower ? [breach] : [], doubts: [] };
}

/** What could not be seen, and where a plan has another shape for a good reason. */
export function notesOf(measured: readonly Measured[]): readonly string[] {
  const blind = measured.filter(({ readings }) =>
    readings.some(
      (reading) =>
        reading.plan !== undefined && reading.inner === undefined && reading.counts.hotShare !== undefined,
    ),
  );

  const scanning = measured.filter(({ readings }) => {
    const last = readings.at(-1);

    return last !== undefined && isRightToScan(last);
  });

  return [
    ...blind.map(
      ({ subject }) => `${subject}: the plans inside of it are unknown, for this server has no auto_explain`,
    ),
    ...scanning.map(
      ({ subject }) =>
        `${subject}: an index could serve it, and the planner is right to scan so small a table instead`,
    ),
  ];
}
