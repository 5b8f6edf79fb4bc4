/** Writes what a tool sent as steps of SQL, with the file of each migration. */
import type { Migration } from "../layouts/layout.ts";
import type { Parser } from "../release/parser.ts";
import type { Step } from "../release/release.ts";
import type { CutMigration, CutRun, Piece } from "./cut-migrations.ts";
import { type MigrationFiles, readCodeDeclarations } from "./migration-files.ts";
import type { Surroundings } from "./read-surroundings.ts";
import { toSteps } from "./to-steps.ts";
import { listUserReads } from "./user-reads.ts";

export class MigrationWriter {
  readonly parser: Parser;
  readonly #files: MigrationFiles;
  readonly #configuration: string;
  readonly #surroundings: Surroundings;

  /** @param configuration its file, for migrations whose own is not found */
  constructor(
    files: MigrationFiles,
    configuration: string,
    { parser, surroundings }: { readonly parser: Parser; readonly surroundings: Surroundings },
  ) {
    this.#files = files;
    this.#configuration = configuration;
    this.parser = parser;
    this.#surroundings = surroundings;
  }

  toBase({ base }: CutRun): readonly Step[] {
    return this.#toSteps(base, "what the tool sends first", this.#configuration);
  }

  /** What the tool wrote for itself. */
  toPreparation(pieces: readonly Piece[]): readonly Step[] {
    return this.#toSteps(pieces, "what the tool wrote for itself", this.#configuration);
  }

  async toMigration(cut: CutMigration, index: number): Promise<Migration> {
    const listed = cut.name ?? `migration ${index + 1}`;
    const name = (await this.#files.findHashed(listed)) ?? listed;
    const readsRows = this.#listReads(cut);

    return { name, up: await this.toUp(cut, name), ...(readsRows.length > 0 && { readsRows }) };
  }

  /** With what the file of the migration declares. */
  async toUp({ pieces }: CutMigration, name: string): Promise<readonly Step[]> {
    const found = this.#files.find(name);
    const comments = found === undefined ? [] : await readCodeDeclarations(found);

    return this.#toSteps(pieces, name, found ?? this.#configuration, comments);
  }

  /** The migration with its down. */
  addDown(cut: CutMigration, migration: Migration): Migration {
    const { name, up } = migration;
    const down = this.#toSteps(cut.pieces, `${name}, down`, up[0]?.file ?? this.#configuration);
    const downReadsRows = this.#listReads(cut);

    return { ...migration, down, ...(downReadsRows.length > 0 && { downReadsRows }) };
  }

  #listReads(cut: CutMigration): readonly string[] {
    return [...new Set(listUserReads(cut, this.#surroundings.harmless).map(({ name }) => name))];
  }

  #toSteps(pieces: readonly Piece[], path: string, file: string, comments: readonly string[] = []): readonly Step[] {
    return toSteps(pieces, { ...this.#surroundings, parser: this.parser, path, file, comments });
  }
}
