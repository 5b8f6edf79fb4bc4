/**
 * A release is a folder: `release.json` names its files, and the order of a list is the order of execution.
 */

/** psql's own commands (`\d`, `\timing`) stay in the files; a server never sees them. */
export type StatementKind = "sql" | "meta";

/** One statement of a step, as it stands in its file. */
export interface Statement {
  readonly kind: StatementKind;
  /** The text without the closing semicolon; of a meta-command, the whole line. */
  readonly text: string;
  /** Where the statement begins: the first line is 1. */
  readonly line: number;
  /** The name of the parse node, such as `CreateStmt` or `DoStmt`; `meta` for a meta-command. */
  readonly node: string;
}

/** One file of a release. */
export interface Step {
  /** The path as `release.json` has it. */
  readonly path: string;
  /** The path on disk. */
  readonly file: string;
  readonly source: string;
  readonly statements: readonly Statement[];
}

/** The lists of `release.json`; one that is missing is undefined, and the rules about it are unknown. */
export interface Steps {
  readonly baseline: readonly Step[];
  readonly analyse?: readonly Step[];
  readonly migrate: readonly Step[];
  readonly verify?: readonly Step[];
  readonly exercise?: readonly Step[];
  readonly rollback?: { readonly emergency?: readonly Step[]; readonly controlled?: readonly Step[] };
  readonly verifyRollback?: readonly Step[];
}

/** A line of the ledger: a property that the release is known to break. */
export interface KnownFailure {
  readonly property: string;
  readonly because: string;
}

export interface Release extends Steps {
  readonly name: string;
  /** The folder, absolute. */
  readonly folder: string;
  /** The suite, as `release.json` names it: a folder relative to its own, or `pg-plumbline/credits`. */
  readonly properties?: string;
  /** The file of the findings, absolute, where `release.json` names one. */
  readonly knownFailuresFile?: string;
  readonly knownFailures: readonly KnownFailure[];
}
