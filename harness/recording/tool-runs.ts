/** Runs the commands of a configuration against one database, and records each. */
import { join } from "node:path";
import { compareCatalogs, describeDifferences } from "../catalog/difference.ts";
import { readSnapshot, type Snapshot } from "../catalog/snapshot.ts";
import type { ToolCommand } from "../configuration/configuration.ts";
import type { Database } from "../database/database-provider.ts";
import type { Server } from "../database/server.ts";
import { HarnessError } from "../errors.ts";
import type { ToolRecord } from "./record.ts";
import { recordTool, requireSuccess } from "./record-tool.ts";

/** A tool that applies one migration at a time stops at some point. */
const STEPS_MAX = 2_000;

export class ToolRuns {
  readonly #command: ToolCommand;
  readonly #folder: string;
  readonly #server: Server;
  readonly #database: Database;

  /** @param folder that of the configuration */
  constructor(command: ToolCommand, folder: string, { server, database }: { server: Server; database: Database }) {
    this.#command = command;
    this.#folder = join(folder, command.cwd ?? "");
    this.#server = server;
    this.#database = database;
  }

  /** In which the commands run. */
  get folder(): string {
    return this.#folder;
  }

  /**
   * Applies all migrations: one record of `up`, or one for each `step` that applied something.
   * @throws HarnessError if the command fails
   */
  async applyAll(): Promise<readonly ToolRecord[]> {
    const { up, step } = this.#command;
    if (step === undefined) return [await this.#succeed(up)];
    const records: ToolRecord[] = [];
    let before = await this.snapshot();
    while (records.length < STEPS_MAX) {
      const record = await this.#record(step);
      const after = await this.snapshot();
      // Tools differ in the exit code of a step without a migration.
      if (isEqual(before, after)) {
        if (records.length === 0) requireSuccess({ command: step, folder: this.#folder }, record);

        return records;
      }
      requireSuccess({ command: step, folder: this.#folder }, record);
      records.push(record);
      before = after;
    }
    throw new HarnessError(
      `The command ${step} still changes the database after ${STEPS_MAX} runs`,
      "Write a command for step that applies one migration, and does nothing where none is left",
    );
  }

  /**
   * Runs `up` again, which has nothing to apply.
   * @throws HarnessError if the server rejects what it sends, or if it changes the schema all the same
   */
  async runIdle(): Promise<ToolRecord> {
    const { up } = this.#command;
    const before = await this.snapshot();
    const record = await this.#record(up);
    // Some tools fail where nothing is left.
    if (record.statements.some(({ error }) => error !== undefined)) {
      requireSuccess({ command: up, folder: this.#folder }, record);
    }
    const differences = compareCatalogs(before.catalog, (await this.snapshot()).catalog);
    if (differences.length === 0) return record;
    throw new HarnessError(
      `The command ${up} changes the schema again when it is run again: ${describeDifferences(differences)}`,
      "Write a command for up that applies all migrations at once, and nothing where none is left",
    );
  }

  /** Applies the next migration, and perhaps those after it; the record says whether it could. */
  async applyNext(): Promise<ToolRecord> {
    const { up, step = up } = this.#command;

    return await this.#record(step);
  }

  /** Reverts the newest migration; the record says whether it could. */
  async revert(): Promise<ToolRecord | undefined> {
    const { down } = this.#command;

    return down === undefined ? undefined : await this.#record(down);
  }

  async snapshot(): Promise<Snapshot> {
    return await readSnapshot(await this.#database.observer());
  }

  async #succeed(command: string): Promise<ToolRecord> {
    const record = await this.#record(command);
    requireSuccess({ command, folder: this.#folder }, record);

    return record;
  }

  async #record(command: string): Promise<ToolRecord> {
    const { env, timeout } = this.#command;

    return await recordTool(
      {
        ...{ command, folder: this.#folder },
        ...(env !== undefined && { env }),
        ...(timeout !== undefined && { timeoutMs: timeout * 1_000 }),
      },
      this.#server.connection(this.#database.name),
    );
  }
}

function isEqual(one: Snapshot, other: Snapshot): boolean {
  const format = ({ catalog, tables }: Snapshot) => JSON.stringify([[...catalog], tables]);

  return format(one) === format(other);
}
