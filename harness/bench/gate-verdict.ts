/**
 * Turns the judgement of a gate into its verdict, with regard to the known failures, and collects its notes (pure).
 */
import type { Release } from "../release/release.ts";
import type { Budget } from "./budget.ts";
import type { Gate } from "./gate.ts";
import { type IndexStudy, judgeHotUpdates, judgeUsedIndexes } from "./indexes.ts";
import type { Judgement } from "./judge.ts";
import type { TimedRatio } from "./paired-runs.ts";
import type { MeasuredSubject } from "./plans/facts.ts";
import { isScanCheaper } from "./plans/shape.ts";
import type { GateResult } from "./result.ts";

/**
 * Violated if a limit is exceeded; unknown if nothing was measured or a limit could not be judged.
 * @param subjects how many were measured
 */
export function decideVerdict(
  { knownFailures: findings }: Release,
  { id }: Gate,
  { violations, undecided }: Judgement,
  subjects: number,
): Pick<GateResult, "verdict" | "expected" | "because" | "reason"> {
  const finding = findings.find(({ property }) => property === id);
  const because = finding?.because;
  if (violations.length > 0) return { verdict: "violated", expected: finding !== undefined, because };
  if (subjects === 0 || undecided.length > 0) {
    const reason = undecided[0] ?? "release.json names nothing that this gate measures";

    return { verdict: "unknown", expected: false, reason, because };
  }

  return { verdict: "held", expected: finding === undefined, because };
}

/** Judges the indexes; a violation is open as long as the release lacks lists whose queries might use the index. */
export function judgeIndexes({ subjects }: Gate, budget: Budget, study: IndexStudy): Judgement {
  const judgement =
    subjects.kind === "indexes" && subjects.requirement === "keep-hot-updates"
      ? judgeHotUpdates(study, budget)
      : judgeUsedIndexes(study);
  const [first] = judgement.violations;
  if (study.missingLists.length === 0 || first === undefined) return judgement;

  return {
    violations: [],
    undecided: [`${first.subject}: no query uses it, but the release has no ${study.missingLists.join(", no ")} list`],
  };
}

export function judgeRatio({ slower, ratio, interval, slowerThan }: TimedRatio): Judgement {
  const violation = {
    subject: "time",
    expected: `at most ${slowerThan.toFixed(1)} times what the reference statements take`,
    got: `${ratio.toFixed(2)} times (${interval.low.toFixed(2)} to ${interval.high.toFixed(2)})`,
    hint: "Find what it does in addition to its work",
  };

  return { violations: slower ? [violation] : [], undecided: [] };
}

/** What could not be observed, and which plans rightly differ from the expected shape. */
export function collectNotes(subjects: readonly MeasuredSubject[]): readonly string[] {
  const withoutInner = subjects.filter(({ measurements }) =>
    measurements.some(
      ({ plan, inner, counts }) => plan !== undefined && inner === undefined && counts.hotShare !== undefined,
    ),
  );
  const scanning = subjects.filter(({ measurements }) => measurements.slice(-1).some(isScanCheaper));

  return [
    ...withoutInner.map(
      ({ subject }) => `${subject}: the plans inside it are unknown, because the server has no auto_explain`,
    ),
    ...scanning.map(({ subject }) => `${subject}: an index could serve it, but a scan of so small a table is cheaper`),
  ];
}
