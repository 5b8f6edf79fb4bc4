/**
 * Three outcomes have three channels: a broken contract is a value, a programmer's mistake is an assertion, and what
 * is here: the harness could not do its work. The command line tells it in one sentence and exits with 2.
 */
export class HarnessError extends Error {
  override readonly name = "HarnessError";
  /** What the reader should do about it: one imperative sentence. */
  readonly remedy: string;

  /**
   * @param message what is wrong, in one sentence without a full stop
   * @param remedy what to do about it, in one imperative sentence without a full stop
   * @param cause the error underneath, where there is one
   */
  constructor(message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.remedy = remedy;
  }
}

/** A statement of a release ran into the limit. What it says of the release is for whoever runs it to judge. */
export class LimitError extends HarnessError {}

/** The database has no answer to a question of the harness: the release left it otherwise than the question takes for granted. */
export class UnansweredError extends HarnessError {}

/** A case cannot be decided: the release lacks a list that the property needs, for one. The verdict is then `unknown`. */
export class Inconclusive extends Error {
  override readonly name = "Inconclusive";
  /** True where the release itself stands in the way, as when it cannot be applied: this fails the run. */
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
