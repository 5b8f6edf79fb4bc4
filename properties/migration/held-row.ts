/** Applies a migration while another session holds a row for a moment. */
import { setTimeout } from "node:timers/promises";
import { escapeLiteral } from "pg";
import { readSnapshot, type Snapshot } from "../../harness/catalog/snapshot.ts";
import type { ScriptPart } from "../../harness/release/script-part.ts";
import { applyWithin, type Failure } from "./apply-within.ts";
import type { ChangedRow } from "./far-rows.ts";
import { formatTable } from "./model/matched-tables.ts";
import { quoteName } from "./model/names.ts";
import type { MigrationObservation } from "./observation.ts";
import type { MigrationWorld } from "./world.ts";

/** Long enough for a migration that does not wait to have passed the row. */
const MOMENT_MS = 1_000;
const POLL_MS = 20;
/** In a script, the second before the migration starts included. */
const HELD_S = 4;

/** @returns what is left; the row is released as soon as the migration waits for it */
export async function migrateWhileHeld(
  world: MigrationWorld,
  { rows }: MigrationObservation,
  changed: ChangedRow,
): Promise<{ readonly final: Snapshot; readonly failure?: Failure }> {
  return await world.withDatabase(rows, async (db) => {
    await using holder = await db.database.connect();
    await holder.query("BEGIN");
    await holder.query(`${formatHold(changed)} FOR UPDATE`);
    const observer = await db.database.observer();
    let isDone = false;
    const run = applyWithin(db.session, world.release.lists.migrate).finally(() => {
      isDone = true;
    });
    for (let waited = 0; waited < MOMENT_MS && !isDone; waited += POLL_MS) {
      const [row] = await observer.query("SELECT cardinality(pg_blocking_pids($1)) AS count", [db.session.pid]);
      if (Number(row?.["count"]) > 0) break;
      await setTimeout(POLL_MS);
    }
    await holder.query("COMMIT");
    const { failure } = await run;

    return { final: await readSnapshot(observer), ...(failure && { failure }) };
  });
}

/** In a script for psql: a second psql of a shell holds the row, longer than it takes to start the migration. */
export function toHolderPart(changed: ChangedRow): ScriptPart {
  const sql = `${formatHold(changed)} FOR UPDATE; SELECT pg_sleep(${HELD_S})`;

  return {
    title: "another session holds a row",
    sql: `\\setenv PGDATABASE :DBNAME
\\setenv PGHOST :HOST
\\setenv PGPORT :PORT
\\setenv PGUSER :USER
\\! psql --no-psqlrc --command '${sql.replaceAll("'", "'\\''")}' >/dev/null 2>&1 & sleep 1
`,
  };
}

/** A query for the row. */
export function formatHold({ table, row }: ChangedRow): string {
  const conditions = table.columns.flatMap(({ name, number }, at) =>
    table.key.includes(number) ? [`${quoteName(name)} = ${escapeLiteral(row[at] ?? "")}`] : [],
  );

  return `SELECT FROM ${formatTable(table)} WHERE ${conditions.join(" AND ")}`;
}
