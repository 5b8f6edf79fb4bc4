/**
 * Defines what tracing a statement observes, as plain data.
 */
import type { SqlError } from "../database/sql-error.ts";
import type { Statement, Step } from "../release/release.ts";
import type { TableMode } from "./lock-modes.ts";
import type { RowCounts } from "./relations.ts";

export interface StatementTrace {
  /** The strongest mode on each table that existed before, including locks on its indexes. */
  readonly locks: ReadonlyMap<string, TableMode>;
  /** Rows read and written, by table. */
  readonly counts: ReadonlyMap<string, RowCounts>;
  /** Rows locked at the same time, by table: all that were written, or the most between two commits. */
  readonly rowsHeld: ReadonlyMap<string, number>;
  /** Tables whose storage was rewritten. */
  readonly rewrites: readonly string[];
  /** True for a statement that cannot run inside a transaction block. */
  readonly nontransactional?: boolean;
  readonly error?: SqlError | undefined;
}

export interface TracedStatement extends StatementTrace {
  readonly step: Step;
  readonly statement: Statement;
}
