/**
 * Traces statements that cannot run inside a transaction block. One that commits by itself reports its locks and the rows
 * written so far in a NOTICE at each commit, when the transaction holds all its locks: by a deferred trigger on every
 * table. Of the others (CONCURRENTLY, VACUUM) another session reads the locks while they wait for a transaction that was
 * opened to block them.
 */
import * as v from "valibot";
import type { Database } from "../database/database-provider.ts";
import type { Session } from "../database/session.ts";
import type { SqlError } from "../database/sql-error.ts";
import { waitForBlocker } from "../fault/observe-session.ts";
import { readHeldLocks, resolveTable } from "./held-locks.ts";
import type { StatementTrace } from "./impact.ts";
import { type Lock, parseLockMode, strongestLocks, type TableMode } from "./lock-modes.ts";
import { withoutLockTimeout } from "./lock-timeout.ts";
import {
  countExpression,
  diffRowCounts,
  findRewrittenTables,
  listTables,
  type RelationsByOid,
  readRelations,
  TRACING_SCHEMA,
} from "./relations.ts";
import { forbidsCommit } from "./transaction.ts";

interface ObservedLocks extends Pick<StatementTrace, "rowsHeld" | "error"> {
  readonly locks: readonly Lock[];
}

/**
 * Applies the statement and traces it.
 * @param transactionError the error that it raised inside a transaction block
 */
export async function traceNontransactional(
  database: Database,
  session: Session,
  sql: string,
  transactionError: SqlError,
): Promise<StatementTrace> {
  const before = await readRelations(session);
  const { locks, ...observed } = forbidsCommit(transactionError)
    ? await traceCommits(session, sql, before)
    : await withoutLockTimeout(session, async () => await traceWhileBlocked(database, session, sql, before));
  const after = await readRelations(session);

  return {
    locks: strongestLocks(locks),
    counts: diffRowCounts(before, after),
    rewrites: findRewrittenTables(before, after),
    nontransactional: true,
    ...observed,
  };
}

/** The modes that another session holds on every table; it releases them one by one, the strongest first. */
const OBSTACLES: readonly TableMode[] = ["ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "ACCESS EXCLUSIVE"];

/**
 * Blocks the statement at three points, each further on: at its first lock on a table, at one that conflicts with other
 * maintenance, and at waiting for writers that began before it.
 */
async function traceWhileBlocked(
  database: Database,
  session: Session,
  sql: string,
  before: RelationsByOid,
): Promise<ObservedLocks> {
  await using blocker = await database.connect();
  await using observer = await database.connect();
  const tables = listTables(before).join(", ");
  const obstacles = tables === "" ? [] : OBSTACLES;
  await blocker.query("BEGIN");
  for (const [index, mode] of obstacles.entries()) {
    await blocker.query(`SAVEPOINT obstacle_${index}`);
    await blocker.query(`LOCK TABLE ${tables} IN ${mode} MODE`);
  }
  const running = session.tryExecute(sql);
  const locks: Lock[] = [];
  for (const index of [...obstacles.keys()].reverse()) {
    if (await waitForBlocker(observer, session, running)) {
      const { granted, awaited } = await readHeldLocks(observer, session, before);
      locks.push(...granted);
      if (awaited?.kind === "table") locks.push({ table: awaited.table, mode: awaited.mode });
    }
    await blocker.query(`ROLLBACK TO obstacle_${index}`);
  }
  const [{ error }] = await Promise.all([running, blocker.query("ROLLBACK")]);

  return { locks, rowsHeld: new Map(), error };
}

const MARK = `${TRACING_SCHEMA}: `;

const INSTALL = `CREATE SCHEMA ${TRACING_SCHEMA};
CREATE FUNCTION ${TRACING_SCHEMA}.report() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $report$
BEGIN
  IF current_setting('${TRACING_SCHEMA}.reported', TRUE) IS DISTINCT FROM pg_current_xact_id()::text THEN
    PERFORM set_config('${TRACING_SCHEMA}.reported', pg_current_xact_id()::text, FALSE);
    RAISE NOTICE '${MARK}%', jsonb_build_object(
      'locks', (
        SELECT jsonb_agg(jsonb_build_array(relation::text, mode)) FROM pg_locks
        WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted
      ),
      'written', (SELECT jsonb_object_agg(oid, ${countExpression("updated", "deleted")}) FROM pg_class AS c WHERE relkind = 'r')
    );
  END IF;
  RETURN NULL;
END $report$;`;

const commitReport = v.object({
  locks: v.array(v.tuple([v.string(), v.string()])),
  written: v.record(v.string(), v.number()),
});

type CommitReport = v.InferOutput<typeof commitReport>;

async function traceCommits(session: Session, sql: string, before: RelationsByOid): Promise<ObservedLocks> {
  const partitions = (await session.query("SELECT oid FROM pg_class WHERE relispartition")).map((row) => row["oid"]);
  // A partition gets the trigger of its table.
  const tables = listTables(new Map([...before].filter(([oid]) => !partitions.includes(oid))));
  await session.query(INSTALL);
  for (const table of tables) {
    await session.query(`CREATE CONSTRAINT TRIGGER ${TRACING_SCHEMA} AFTER INSERT OR UPDATE OR DELETE ON ${table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ${TRACING_SCHEMA}.report()`);
  }
  const { notices, error } = await session.tryExecute(sql);
  for (const table of tables) await session.query(`DROP TRIGGER IF EXISTS ${TRACING_SCHEMA} ON ${table}`);
  await session.query(`DROP SCHEMA ${TRACING_SCHEMA} CASCADE`);
  const commits = notices
    .filter(({ message }) => message.startsWith(MARK))
    .map(({ message }) => v.parse(commitReport, JSON.parse(message.slice(MARK.length))));

  return {
    locks: commits.flatMap(({ locks }) => parseLocks(locks, before)),
    rowsHeld: maxWrittenBetweenCommits(commits, before),
    error,
  };
}

function parseLocks(locks: CommitReport["locks"], relations: RelationsByOid): readonly Lock[] {
  return locks.flatMap(([oid, name]) => {
    const table = resolveTable(relations, oid);
    const mode = parseLockMode(name);

    return table === undefined || mode === undefined ? [] : [{ table, mode }];
  });
}

/** The most rows of each table written in one transaction: the reported counts are totals since the session began. */
function maxWrittenBetweenCommits(
  commits: readonly CommitReport[],
  before: RelationsByOid,
): ReadonlyMap<string, number> {
  const most = new Map<string, number>();
  for (const [oid, { name, kind, counts }] of before) {
    const totals = [counts.written, ...commits.map(({ written }) => written[oid] ?? counts.written)];
    const perCommit = totals.slice(1).map((total, index) => total - (totals[index] ?? total));
    if (kind === "r") most.set(name, Math.max(0, ...perCommit));
  }

  return most;
}
