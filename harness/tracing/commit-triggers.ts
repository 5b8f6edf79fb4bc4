/**
 * A statement that commits by itself, told by a trigger on every table: it fires at each commit, when the transaction
 * holds all the locks that it ever will, and says which they are and how many rows were written so far.
 */
import * as v from "valibot";
import type { Session } from "../database/session.ts";
import { tableIn } from "./held-locks.ts";
import { type Lock, modeOf } from "./lock-modes.ts";
import type { Seen } from "./nontransactional.ts";
import { counted, type Relations, TRACING_SCHEMA, tablesOf } from "./relations.ts";

const MARK = `${TRACING_SCHEMA}: `;

const INSTALL = `CREATE SCHEMA ${TRACING_SCHEMA};
CREATE FUNCTION ${TRACING_SCHEMA}.tell() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $tell$
BEGIN
  IF current_setting('${TRACING_SCHEMA}.told', TRUE) IS DISTINCT FROM pg_current_xact_id()::text THEN
    PERFORM set_config('${TRACING_SCHEMA}.told', pg_current_xact_id()::text, FALSE);
    RAISE NOTICE '${MARK}%', jsonb_build_object(
      'locks', (
        SELECT jsonb_agg(jsonb_build_array(relation::text, mode)) FROM pg_locks
        WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted
      ),
      'written', (SELECT jsonb_object_agg(oid, ${counted("updated", "deleted")}) FROM pg_class AS c WHERE relkind = 'r')
    );
  END IF;
  RETURN NULL;
END $tell$;`;

const told = v.object({
  locks: v.array(v.tuple([v.string(), v.string()])),
  written: v.record(v.string(), v.number()),
});

type Told = v.InferOutput<typeof told>;

/** Applies the statement and gathers what its commits told. Its own notices are left alone. */
export async function tellingCommits(session: Session, sql: string, before: Relations): Promise<Seen> {
  const tables = tablesOf(before);
  await session.query(INSTALL);
  for (const table of tables) {
    await session.query(`CREATE CONSTRAINT TRIGGER ${TRACING_SCHEMA} AFTER INSERT OR UPDATE OR DELETE ON ${table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ${TRACING_SCHEMA}.tell()`);
  }
  const { notices, refusal } = await session.attempt(sql);
  for (const table of tables) {
    await session.query(`DROP TRIGGER IF EXISTS ${TRACING_SCHEMA} ON ${table}`);
  }
  await session.query(`DROP SCHEMA ${TRACING_SCHEMA} CASCADE`);
  const commits = notices
    .filter(({ message }) => message.startsWith(MARK))
    .map(({ message }) => v.parse(told, JSON.parse(message.slice(MARK.length))));

  return {
    locks: commits.flatMap(({ locks }) => locksOf(locks, before)),
    rowsHeld: mostBetweenCommits(commits, before),
    ...(refusal === undefined ? {} : { refusal }),
  };
}

function locksOf(locks: Told["locks"], relations: Relations): readonly Lock[] {
  return locks.flatMap(([oid, name]) => {
    const table = tableIn(relations, oid);
    const mode = modeOf(name);

    return table === undefined || mode === undefined ? [] : [{ table, mode }];
  });
}

/** The most rows of each table that were written in one transaction: what is told counts on from commit to commit. */
function mostBetweenCommits(commits: readonly Told[], before: Relations): ReadonlyMap<string, number> {
  const most = new Map<string, number>();
  for (const [oid, { name, kind, counts }] of before) {
    const totals = [counts.written, ...commits.map(({ written }) => written[oid] ?? counts.written)];
    const steps = totals.slice(1).map((total, index) => total - (totals[index] ?? total));
    if (kind === "r") {
      most.set(name, Math.max(0, ...steps));
    }
  }

  return most;
}
