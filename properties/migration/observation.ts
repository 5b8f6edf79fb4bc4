/** What one application of a migration did (pure data). */
import type { Snapshot } from "../../harness/catalog/snapshot.ts";
import type { AppliedStatement } from "../../harness/release/apply.ts";
import type { FilledTable } from "../../harness/rows/fill-database.ts";
import type { Dataset } from "../../harness/rows/generate-row.ts";
import type { RowPlan } from "../../harness/rows/row-plan.ts";
import type { Assumption } from "./model/assumption.ts";

/**
 * `empty`: none. `mild`: three ordinary rows a table. `boundary`: ordinary and odd ones, and copies of their neighbours.
 * `directed`: aimed at a constraint that the migration adds.
 */
export type RowLevel = "empty" | "mild" | "boundary" | "directed";

/** How a script names them. */
export const ROW_TITLES: Readonly<Record<RowLevel, string>> = {
  empty: "no rows",
  mild: "ordinary rows",
  boundary: "odd rows that the schema before allows",
  directed: "rows at the limits of what the migration adds or evaluates",
};

/** What rows are generated from. */
export interface RowSource {
  /** Its rows keep to the assumptions as far as their conditions are understood. */
  readonly plan: RowPlan;
  /** The rows that break one are rejected. */
  readonly assumptions: readonly Assumption[];
}

/** Rows of the schema before. */
export interface GeneratedRows {
  readonly level: RowLevel;
  readonly source: RowSource;
  readonly dataset: Dataset;
  /** The rows that the server accepted, parents first. */
  readonly filled: readonly FilledTable[];
  /** INSERT statements that make the same rows again; empty for the level `empty`. */
  readonly inserts: string;
}

/** Snapshots of one database, so that identities can be compared. */
export interface MigrationObservation {
  readonly rows: GeneratedRows;
  readonly before: Snapshot;
  /** All succeeded. */
  readonly up: readonly AppliedStatement[];
  readonly after: Snapshot;
}
