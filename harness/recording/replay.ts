/** Applies a record to new databases, and requires that it leads to what the tool led to. */
import { escapeIdentifier } from "pg";
import { readSnapshot, type Snapshot } from "../catalog/snapshot.ts";
import type { Database, DatabaseProvider, Recipe } from "../database/database-provider.ts";
import { pinForSession } from "../database/pinned-settings.ts";
import { abbreviateStatement } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import { apply, describeFailedStatement, type FailedStatement, firstError } from "../release/apply.ts";
import type { Step } from "../release/release.ts";
import type { WrittenName } from "../release/targets/named-objects.ts";
import { findReplayDifference, findUnstableColumns, type UnstableColumns } from "./compare-replays.ts";

/** What the tool did, and what it left. */
export interface ReplayedStage {
  /** How errors name the record, such as `npm run migrate`. */
  readonly title: string;
  readonly steps: readonly Step[];
  readonly recorded: Snapshot;
  /** Relations whose rows the record leaves out. */
  readonly ignored: readonly WrittenName[];
}

const REMEDY =
  "Keep what a migration does independent of its session, of other databases and of what an earlier run left, or verify the SQL that it runs instead";

/**
 * Replays stages, one after the other.
 * @throws HarnessError that names the first statement which fails, or the first object which differs
 */
export async function requireReplay(
  databases: DatabaseProvider,
  setup: Recipe,
  stages: readonly ReplayedStage[],
): Promise<void> {
  const replayed = await replay(databases, setup, stages);
  const compare = (unstable: readonly UnstableColumns[] = []) =>
    stages.flatMap(({ title, recorded, ignored }, index) => {
      const left = replayed[index];
      const difference = left && findReplayDifference(recorded, left, ignored, unstable[index]);

      return difference === undefined ? [] : [{ title, difference }];
    });
  if (compare().length === 0) return;
  // What differs between two replays differs by itself: only then a second one is needed.
  const again = await replay(databases, setup, stages);
  const unstable = replayed.map((one, index) => findUnstableColumns(one, again[index] ?? one));
  const [first] = compare(unstable);
  if (first === undefined) return;
  throw new HarnessError(
    `The record of ${first.title} does not replay to the same database: ${first.difference}`,
    REMEDY,
  );
}

/** What each stage left. */
async function replay(
  databases: DatabaseProvider,
  setup: Recipe,
  stages: readonly ReplayedStage[],
): Promise<readonly Snapshot[]> {
  await using database = await databases.clone(setup);
  const session = await database.connect();
  const snapshots: Snapshot[] = [];
  for (const { title, steps } of stages) {
    for (const step of steps) {
      const failed = firstError(await apply(session, [step]));
      if (failed !== undefined) throw createReplayError(title, failed);
      // As in the state before a migration, where each step has a session of its own.
      await session.query("DISCARD ALL");
    }
    snapshots.push(await readSnapshot(await database.observer()));
  }

  return snapshots;
}

function createReplayError(title: string, failed: FailedStatement): HarnessError {
  const sql = abbreviateStatement(failed.statement.text);

  return new HarnessError(
    `The record of ${title} does not replay: ${describeFailedStatement(failed)} (in: ${sql})`,
    REMEDY,
  );
}

/** What a tool left in its database, without its own relations and what depends on them. */
export async function readWithout(database: Database, relations: readonly WrittenName[]): Promise<Snapshot> {
  const session = await pinForSession(await database.connect());
  await session.query("BEGIN");
  try {
    const found = await session.query(
      `SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`,
    );
    for (const { schema, name, kind } of found) {
      const isListed = relations.some((each) => each.name === name && (each.within ?? schema) === schema);
      const word = { v: "VIEW", m: "MATERIALIZED VIEW", f: "FOREIGN TABLE" }[kind ?? ""] ?? "TABLE";
      if (!isListed) continue;
      await session.query(
        `DROP ${word} IF EXISTS ${escapeIdentifier(schema ?? "")}.${escapeIdentifier(name ?? "")} CASCADE`,
      );
    }

    return await readSnapshot(session);
  } finally {
    await session.query("ROLLBACK");
  }
}
