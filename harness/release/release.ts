/** Defines releases: a release is a folder whose `release.json` lists its files in the order of execution. */

/** A rollback by its name in `release.json`; the down of a migration in a folder of migrations is `rollback.down`. */
export type RollbackName = `rollback.${string}`;

/** The lists of `release.json`. */
export type ListName = "baseline" | "analyse" | "migrate" | "verify" | "exercise" | RollbackName | "verifyRollback";

/**
 * In which transactions the statements of a step run: `statement`, each in its own, and the next one is sent after one
 * that fails, as psql does; `file`, all in one between BEGIN and COMMIT; `query`, all sent as one message, which
 * PostgreSQL runs in one transaction unless the text has its own BEGIN and COMMIT (PostgreSQL manual, 54.2.2.1 Multiple
 * Statements in a Simple Query); `run`, all in one with those of the next steps of that mode.
 */
export type TransactionMode = "run" | "file" | "query" | "statement";

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
  /** By default `statement`. */
  readonly transaction?: TransactionMode;
  /** True if nothing is sent after the first error in the mode `statement` either, as migration tools do. */
  readonly stopsAtError?: boolean;
  /** What a migration tool sends before the file, such as `RESET ALL`. */
  readonly before?: readonly string[];
  /** True for rows that were generated: they are part of what a violation shows. */
  readonly isGenerated?: true;
}

/** The steps by list. Rules about a missing list are unknown. */
export type StepLists = Readonly<Partial<Record<ListName, readonly Step[]>>> &
  Readonly<Record<"baseline" | "migrate", readonly Step[]>>;

/** A migration of a folder of migrations. */
export interface MigrationOrigin {
  /** The folder, absolute. */
  readonly folder: string;
  /** The layout, as it is reported: `Prisma`. */
  readonly layout: string;
  /** The position in the history, from 0. */
  readonly index: number;
  /** False if migrations of this layout have no downs, or those around this one. */
  readonly hasDowns: boolean;
  /** A migration that its tool applies again whenever it has changed. */
  readonly repeatable: boolean;
  /** True of one that is still being written: it is applied again until it is committed, on databases of developers alone. */
  readonly isDraft?: true;
  /** As the tool names it. */
  readonly migration: string;
  /** Migrations of the history that are no SQL: what they do is missing. */
  readonly leftOut?: readonly string[];
  /** What is applied in the whole history, later migrations included. */
  readonly history?: readonly Step[];
  /** True if what it does is known for the rows of the state before alone, so that none are generated. */
  readonly ownRowsOnly?: boolean;
  /** Why that decides nothing of other rows: a sentence without its full stop. */
  readonly unknownRows?: string;
  /** Why its down is not known, and not listed: a sentence without its full stop. */
  readonly unknownDown?: string;
  /** What the user should know of the folder, each a sentence without its full stop. */
  readonly notes?: readonly string[];
}

export interface KnownFailure {
  readonly property: string;
  /** The kind of failure; left out where there is one, `*` for all. */
  readonly kind?: string;
  readonly because: string;
}

export interface Release {
  readonly name: string;
  readonly folder: string;
  /** The suite, as `release.json` names it: a folder relative to its own, or `pg-plumbline/credits`. */
  readonly properties?: string;
  readonly lists: StepLists;
  /** What the configuration prepares before the baseline: extensions, roles, objects of a platform. */
  readonly setup?: readonly Step[];
  /** Where the release came from, if it is a migration of a folder. */
  readonly origin?: MigrationOrigin;
  /** Whether a rollback is expected to restore what was before the migration; true where it is missing. */
  readonly restores?: Readonly<Partial<Record<RollbackName, boolean>>>;
  /** The file of the known failures, absolute, where `release.json` names one. */
  readonly knownFailuresFile?: string;
  readonly knownFailures: readonly KnownFailure[];
}
