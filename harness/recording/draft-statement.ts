/** Defines a statement while it is being recorded: binary values are not decoded yet (pure). */
import type { RecordedColumn, RecordedCopy, RecordedError, RecordedStatement, TransactionStatus } from "./record.ts";

/** A value as it was sent: text, or bytes in the binary format of its type. */
export type SentValue = string | Buffer | null;

export interface DraftResult {
  tag: string;
  readonly columns: readonly RecordedColumn[];
  readonly rows: (readonly SentValue[])[];
  rowCount: number;
  /** Of the rows that are kept. */
  bytes: number;
}

export interface DraftStatement extends Omit<RecordedStatement, "parameters" | "results"> {
  readonly parameters: readonly SentValue[];
  readonly results: DraftResult[];
  readonly copies: RecordedCopy[];
  error?: RecordedError;
  after: TransactionStatus;
}

/** What the sessions of a tool share. */
export interface StatementLog {
  /** In the order in which they completed. */
  readonly statements: DraftStatement[];
  /** How many batches there are. */
  batches: number;
}

const ROWS_MAX = 1_000;
const ROW_BYTES_MAX = 1_000_000;

export function startResult(columns: readonly RecordedColumn[]): DraftResult {
  return { tag: "", columns, rows: [], rowCount: 0, bytes: 0 };
}

/** @param areBinary as in a binding: none if all are text, one for all of them, or one for each */
export function addRow(
  result: DraftResult,
  row: { readonly values: readonly (Buffer | null)[] },
  areBinary: readonly boolean[] | undefined,
): void {
  result.rowCount += 1;
  if (result.rows.length >= ROWS_MAX || result.bytes > ROW_BYTES_MAX) return;
  const { values } = row;
  result.bytes += values.reduce((sum, value) => sum + (value?.length ?? 0), 0);
  result.rows.push(toSent(values, areBinary));
}

/** @param areBinary as for `addRow` */
export function toSent(values: readonly (Buffer | null)[], areBinary: readonly boolean[] = []): readonly SentValue[] {
  return values.map((value, index) => {
    const isBinary = (areBinary.length === 1 ? areBinary[0] : areBinary[index]) === true;

    return isBinary ? value && Buffer.from(value) : (value?.toString("utf8") ?? null);
  });
}
