/** Defines a layout: how a migration tool keeps its migrations in a folder, and how it applies them. */
import type { Step } from "../release/release.ts";
import type { MigrationFolder } from "./migration-folder.ts";

/** One migration, as its tool applies it. */
export interface Migration {
  /** As the tool names it: without the ending of the file. */
  readonly name: string;
  readonly up: readonly Step[];
  /** Missing if there is none; empty if there is one without a statement, which is deliberate. */
  readonly down?: readonly Step[];
  /** True if the tool applies it again whenever it has changed. */
  readonly repeatable?: boolean;
  /** True if it is the newest one, still being written: it is applied again until it is committed. */
  readonly isDraft?: true;
  /** Other files that its text is made of, absolute. */
  readonly includes?: readonly string[];
  /** Of a recorded migration: the tables whose rows its code reads, so that it may do something else on others. */
  readonly readsRows?: readonly string[];
  /** The same of the code of its down. */
  readonly downReadsRows?: readonly string[];
  /** Why its down is not known, of a recorded migration: a sentence without its full stop. */
  readonly unknownDown?: string;
  /** What its tool did on such rows, where it was run again. */
  readonly variants?: readonly MigrationVariant[];
}

/** A recorded migration on rows that were there before it. */
export interface MigrationVariant {
  /** Such as `ordinary rows`. */
  readonly title: string;
  /** Inserts the rows. */
  readonly rows: Step;
  readonly up: readonly Step[];
}

/** A table that a tool keeps for itself, and that migrations may name. */
export interface ToolTable {
  readonly name: string;
  readonly sql: string;
}

/** What a layout reads from a folder. */
export interface FoundMigrations {
  /** In the order in which the tool applies them. */
  readonly migrations: readonly Migration[];
  /** What the user should know, each a sentence without its full stop. */
  readonly notes?: readonly string[];
  /** Migrations that are no SQL, by their files or versions: they are left out, and noted. */
  readonly code?: readonly string[];
  /** Applied before the first migration, such as the base that a tool's settings name. */
  readonly base?: readonly Step[];
  /** Where the folder decides whether there are downs. */
  readonly hasDowns?: boolean;
}

export interface ReadingOptions {
  /** True if the user named the layout: what only looks like a mistake is taken as it is. */
  readonly isRequested: boolean;
}

export interface Layout {
  /** As `--layout` takes it. */
  readonly name: string;
  /** As it is reported. */
  readonly title: string;
  /** Whether migrations of this layout have downs. */
  readonly hasDowns: boolean;
  readonly tables?: readonly ToolTable[];
  /** True if other tools keep their files alike and have marks of their own: it is taken if no other layout fits. */
  readonly isGeneric?: true;
  /** Whether the folder has the marks of the layout. */
  fits(folder: MigrationFolder): Promise<boolean>;
  /**
   * Reads the migrations.
   * @throws HarnessError that begins with the path of what is wrong
   */
  read(folder: MigrationFolder, options: ReadingOptions): Promise<FoundMigrations>;
}
