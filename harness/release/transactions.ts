/** Groups steps by the transactions that they are applied in (pure). */
import type { Step, TransactionMode } from "./release.ts";

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
