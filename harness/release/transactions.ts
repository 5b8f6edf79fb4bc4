/** Groups steps by the transactions that they are applied in (pure). */
import type { Statement, Step, TransactionMode } from "./release.ts";

/** Steps that are applied together: several only in the mode `run`. */
interface StepGroup {
  readonly mode: TransactionMode;
  readonly steps: readonly Step[];
}

export function groupByTransaction(steps: readonly Step[]): readonly StepGroup[] {
  const groups: { readonly mode: TransactionMode; readonly steps: Step[] }[] = [];
  for (const step of steps) {
    const mode = getTransactionMode(step);
    const last = groups.at(-1);
    if (mode === "run" && last?.mode === "run") last.steps.push(step);
    else groups.push({ mode, steps: [step] });
  }

  return groups;
}

export function getTransactionMode({ transaction = "statement" }: Step): TransactionMode {
  return transaction;
}

/** CREATE INDEX CONCURRENTLY, which leaves an invalid index where it is cancelled (PostgreSQL manual, CREATE INDEX). */
export function isConcurrent({ node, text }: Statement): boolean {
  return node === "IndexStmt" && /^CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\b/i.test(text);
}
