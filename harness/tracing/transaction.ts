/**
 * What statements do to the transaction around them (pure).
 */
import type { Refusal } from "../database/session.ts";
import type { Statement } from "../release/release.ts";

/** How a statement changes whether a transaction is open; undefined where it does not. */
export function changesTransaction({ node, text }: Statement): "opens" | "ends" | undefined {
  if (node !== "TransactionStmt") {
    return undefined;
  }
  if (/^(begin|start)\b/i.test(text) || /\band\s+chain\b/i.test(text)) {
    return "opens";
  }

  return /^(commit|end|abort|rollback(?!\s+((work|transaction)\s+)?to\b))\b/i.test(text) ? "ends" : undefined;
}

/** Whether a statement only sets or resets a setting. */
export function isSetting({ node }: Statement): boolean {
  return node === "VariableSetStmt";
}

/** Whether a statement was refused because it commits by itself, as a block with COMMIT in it does. */
export function refusesToCommit({ code }: Refusal): boolean {
  return code === "2D000";
}

/** Whether a statement was refused only because it was sent inside a transaction. */
export function refusesTransactions(refusal: Refusal): boolean {
  return refusal.code === "25001" || refusesToCommit(refusal);
}
