/**
 * Traces a statement that commits by itself through a deferred trigger on every table: it fires at each commit, when the
 * transaction holds all its locks, and reports them and the rows written so far in a NOTICE.
 */
import * as v from "valibot";
import type { Session } from "../database/session.ts";
import { resolveTable } from "./held-locks.ts";
import { type Lock, parseLockMode } from "./lock-modes.ts";
import { countExpression, listTables, type RelationsByOid, TRACING_SCHEMA } from "./relations.ts";
import type { ObservedLocks } from "./statement-trace.ts";

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

/** Applies the statement and collects the reports of its commits. */
export async function traceCommits(session: Session, sql: string, before: RelationsByOid): Promise<ObservedLocks> {
  const tables = listTables(before);
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
    ...(error === undefined ? {} : { error }),
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
