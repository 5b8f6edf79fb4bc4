/** Defines releases: a release is a folder whose `release.json` lists its files in the order of execution. */

/** The lists of `release.json`, in the order in which a release is carried out. */
export const LIST_NAMES = [
  "baseline",
  "analyse",
  "migrate",
  "verify",
  "exercise",
  "rollback.emergency",
  "rollback.controlled",
  "verifyRollback",
] as const;
export type ListName = (typeof LIST_NAMES)[number];

/** One statement of a step, as written in its file. */
export interface Statement {
  /** `meta` is a command of psql (`\d`, `\timing`), which no server receives. */
  readonly kind: "sql" | "meta";
  /** The text without the closing semicolon; of a meta-command, the whole line. */
  readonly text: string;
  /** The line on which the statement begins, from 1. */
  readonly line: number;
  /** The name of the parse node, such as `CreateStmt` or `DoStmt`; `meta` for a meta-command. */
  readonly node: string;
}

export interface Step {
  readonly path: string;
  readonly file: string;
  readonly source: string;
  readonly statements: readonly Statement[];
}

/** The steps by list. Rules about a missing list are unknown. */
export type StepLists = Readonly<Partial<Record<ListName, readonly Step[]>>> &
  Readonly<Record<"baseline" | "migrate", readonly Step[]>>;

export interface KnownFailure {
  readonly property: string;
  readonly because: string;
}

export interface Release {
  readonly name: string;
  readonly folder: string;
  /** The suite, as `release.json` names it: a folder relative to its own, or `pg-plumbline/credits`. */
  readonly properties?: string;
  readonly lists: StepLists;
  /** Whether a rollback is expected to restore what was before the migration; true where it is missing. */
  readonly restores?: Readonly<Partial<Record<Extract<ListName, `rollback.${string}`>, boolean>>>;
  /** The file of the known failures, absolute, where `release.json` names one. */
  readonly knownFailuresFile?: string;
  readonly knownFailures: readonly KnownFailure[];
}
