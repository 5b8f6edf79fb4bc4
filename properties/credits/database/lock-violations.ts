/** Reports what is wrong with the locks of statements: a violation for each kind, whose script reproduces its first. */
import type { RecordedDatabase } from "../../../harness/property/recorded-database.ts";
import type { Evidence, Violation } from "../../../harness/property/verdict.ts";
import type { Statement, Step } from "../../../harness/release/release.ts";
import { formatStatementPosition } from "../../../harness/tracing/describe-locks.ts";

/** What is wrong with a statement, and the safer way. */
export interface LockProblem {
  readonly kind: string;
  readonly at: { readonly step: Step; readonly statement: Statement };
  readonly description: string;
  readonly advice: string;
  readonly evidence?: Evidence;
}

export interface LockReproduction<Problem extends LockProblem> {
  readonly expected: string;
  /** A database to which everything before the statement was applied. */
  readonly open: (problem: Problem) => Promise<RecordedDatabase>;
  readonly show: (statement: Statement) => string;
}

export async function lockViolations<Problem extends LockProblem>(
  problems: readonly Problem[],
  { expected, open, show }: LockReproduction<Problem>,
): Promise<readonly Violation[]> {
  const violations: Violation[] = [];
  for (const kind of new Set(problems.map((problem) => problem.kind))) {
    const ofKind = problems.filter((problem) => problem.kind === kind);
    const [first] = ofKind;
    if (first === undefined) continue;
    const db = await open(first);
    violations.push(
      db.violation({
        kind,
        expected,
        got: formatProblems(ofKind),
        show: show(first.at.statement),
        hint: [...new Set(ofKind.map(({ advice }) => advice))].join("; "),
        evidence: first.evidence,
      }),
    );
  }

  return violations;
}

/** Each description once, after the positions of all its statements. */
function formatProblems(problems: readonly LockProblem[]): string {
  const descriptions = [...new Set(problems.map(({ description }) => description))];
  const positions = (one: string) =>
    new Set(problems.filter(({ description }) => description === one).map(({ at }) => formatStatementPosition(at)));

  return descriptions.map((one) => `${[...positions(one)].join(", ")}: ${one}`).join(". ");
}
