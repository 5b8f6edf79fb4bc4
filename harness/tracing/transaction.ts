/**
 * Classifies how statements affect the transaction around them (pure).
 */
import type { SqlError } from "../database/sql-error.ts";
import type { Statement } from "../release/release.ts";

/** Whether the statement opens or ends a transaction; undefined if neither. */
export function transactionChange({ node, text }: Statement): "opens" | "ends" | undefined {
  if (node !== "TransactionStmt") return undefined;
  if (/^(begin|start)\b/i.test(text) || /\band\s+chain\b/i.test(text)) return "opens";

  return /^(commit|end|abort|rollback(?!\s+((work|transaction)\s+)?to\b))\b/i.test(text) ? "ends" : undefined;
}

/** Groups the statements by transaction; a statement outside of BEGIN and COMMIT is one by itself. */
export function splitTransactions(statements: readonly Statement[]): readonly (readonly Statement[])[] {
  const transactions: Statement[][] = [];
  let open = false;
  for (const statement of statements) {
    const change = transactionChange(statement);
    if (open) {
      transactions.at(-1)?.push(statement);
    } else {
      transactions.push([statement]);
    }
    open = change === undefined ? open : change === "opens";
  }

  return transactions;
}

/** Whether a statement only sets or resets a setting. */
export function isSetting({ node }: Statement): boolean {
  return node === "VariableSetStmt";
}

/** True for invalid_transaction_termination: a block with COMMIT in it ran inside a transaction block. */
export function forbidsCommit({ code }: SqlError): boolean {
  return code === "2D000";
}

/** Whether a statement failed only because it ran inside a transaction block. */
export function forbidsTransactionBlock(error: SqlError): boolean {
  return error.code === "25001" || forbidsCommit(error);
}
