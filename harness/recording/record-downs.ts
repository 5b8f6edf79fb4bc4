/** Records how a tool reverts the newest migrations, one after the other. */
import type { Snapshot, SnapshotTable } from "../catalog/snapshot.ts";
import type { Database } from "../database/database-provider.ts";
import { HarnessError } from "../errors.ts";
import type { Parser } from "../release/parser.ts";
import type { WrittenName } from "../release/targets/named-objects.ts";
import { type CutMigration, type CutOptions, cutMigrations } from "./cut-migrations.ts";
import type { ToolRecord } from "./record.ts";
import { readWithout } from "./replay.ts";
import { isSameRelation } from "./sent-statements.ts";
import type { ToolRuns } from "./tool-runs.ts";
import { groupUnits } from "./units.ts";

export interface RecordedDowns {
  /** By the position of the migration that they revert. */
  readonly downs: ReadonlyMap<number, CutMigration>;
  /** The position of the migration whose down failed or did nothing, so that those before it were not reverted. */
  readonly stoppedAt?: number;
  /** What they left. */
  readonly recorded: Snapshot;
  /** Why there is not a down for each migration: sentences without a full stop. */
  readonly notes: readonly string[];
}

interface RecordedDown {
  readonly down: CutMigration;
  readonly position: number;
}

/**
 * @param first the position of the last migration to revert
 * @throws HarnessError if the command drops what earlier migrations made
 */
export async function recordDowns(
  { runs, database, parser }: { readonly runs: ToolRuns; readonly database: Database; readonly parser: Parser },
  migrations: readonly CutMigration[],
  first: number,
  options: CutOptions,
): Promise<RecordedDowns> {
  const downs = new Map<number, CutMigration>();
  const notes: string[] = [];
  let stoppedAt: number | undefined;
  const { relations } = options.bookkeeping;
  let recorded = await readWithout(database, relations);
  for (let next = migrations.length - 1; next >= first; ) {
    const name = migrations[next]?.name ?? `migration ${next + 1}`;
    const record = await runs.revert();
    if (record === undefined) break;
    if (record.exitCode !== 0) {
      notes.push(`the command of down fails for ${name}: ${describeFailure(record)}`);
      stoppedAt = next;
      break;
    }
    const reverted = locate(cutMigrations([groupUnits(record, parser)], "down", options).migrations, migrations, next);
    const after = await readWithout(database, relations);
    const lowest = Math.min(...reverted.map(({ position }) => position));
    if (reverted.length === 0) {
      notes.push(`the command of down reverts nothing of ${name}`);
      stoppedAt = next;
      break;
    }
    requireEarlierTables(recorded, after, migrations, lowest);
    for (const { down, position } of reverted) downs.set(position, down);
    recorded = after;
    next = lowest - 1;
  }

  return { downs, recorded, notes, ...(stoppedAt !== undefined && { stoppedAt }) };
}

/** The migrations that were reverted: by the names that the tool deletes, or else in order. */
function locate(
  downs: readonly CutMigration[],
  migrations: readonly CutMigration[],
  next: number,
): readonly RecordedDown[] {
  return downs.map((down, index) => {
    const named = down.name === undefined ? -1 : migrations.findLastIndex(({ name }) => name === down.name);

    return { down, position: named === -1 ? next - index : named };
  });
}

/**
 * @param lowest the position of the first migration that was reverted
 * @throws HarnessError if no table is left, and one is gone that an earlier migration made
 */
function requireEarlierTables(
  before: Snapshot,
  after: Snapshot,
  migrations: readonly CutMigration[],
  lowest: number,
): void {
  const earlier = migrations.slice(0, lowest).flatMap(listMade);
  const isEarlier = ({ schema, name }: SnapshotTable) =>
    earlier.some((one) => isSameRelation(one, { within: schema, name }));
  const dropped = before.tables.find(isEarlier);
  if (after.tables.length > 0 || dropped === undefined) return;
  throw new HarnessError(
    `The command of down drops all tables, such as ${dropped.name}, which an earlier migration made: it is no way back`,
    "Write a command for down that reverts the newest migration alone, or leave it out",
  );
}

function listMade({ pieces }: CutMigration): readonly WrittenName[] {
  return pieces
    .flatMap(({ statements }) => statements)
    .flatMap(({ parsed, relations }) => (parsed.node === "CreateStmt" ? relations.slice(0, 1) : []));
}

/** The SQL error, or what names itself an error in the output. */
export function describeFailure({ exitCode, output, statements }: ToolRecord): string {
  const error = statements.findLast((statement) => statement.error !== undefined)?.error;
  const lines = output.trim().split("\n");
  const line = lines.find((text) => /^\W*\w*(?:error|exception)\b/i.test(text)) ?? lines.at(-1) ?? "";

  return error?.message ?? (line === "" ? `exit code ${exitCode}` : line.trim());
}
