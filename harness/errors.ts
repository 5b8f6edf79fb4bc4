/**
 * Reports that the harness could not do its work; the command line prints it and exits with 2. A violated rule is a
 * value, and a programmer's mistake is an assertion.
 */
export class HarnessError extends Error {
  override readonly name = "HarnessError";
  /** What the user should do: one imperative sentence. */
  readonly remedy: string;

  /**
   * @param message what is wrong, in one sentence without a full stop
   * @param remedy what to do, in one imperative sentence without a full stop
   * @param cause the underlying error, if there is one
   */
  constructor(message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.remedy = remedy;
  }
}

/** A statement of a release exceeded the time limit. The caller decides what that means for the release. */
export class LimitError extends HarnessError {}

/** A query of the harness has no answer, because the release left the database in an unexpected state. */
export class UnansweredError extends HarnessError {}

/** What a migration of a folder needs is missing, or its state before cannot be built; others may be judged all the same. */
export class UnmetNeedError extends HarnessError {}

/** A case cannot be decided, for example because the release lacks a list. The verdict is then `unknown`. */
export class Inconclusive extends Error {
  override readonly name = "Inconclusive";
  /** True if the release itself prevents it, for example because it cannot be applied: this fails the run. */
  readonly blocked: boolean;

  constructor(reason: string, { blocked = false } = {}) {
    super(reason);
    this.blocked = blocked;
  }
}

/** The message of a thrown value. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
