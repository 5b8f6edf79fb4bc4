/** Each way in which a statement refuses rows: asked, and counted before and after the rows are repaired. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Databases } from "../../harness/database/databases.ts";
import { Pool } from "../../harness/database/pool.ts";
import type { Server } from "../../harness/database/server.ts";
import type { Session } from "../../harness/database/session.ts";
import type { PreflightCheck } from "../../harness/preflight/check.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { findChecksOf } from "./testing/preflight-checks.ts";

let server: Server;
let databases: Pool;

beforeAll(async () => {
  server = await startEmbedded();
  databases = new Pool(new Databases(server));
});
afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** The state before, rows, up, what repairs the rows, and the numbers of rows that break the required conditions. */
type Refusal = readonly [before: string, rows: string, up: string, repair: string, counts: readonly number[]];

async function countRequired(session: Session, checks: readonly PreflightCheck[]): Promise<readonly number[]> {
  const counts: number[] = [];
  for (const { isRequired, count } of checks) {
    const { rows, error } = await session.tryExecute(count);
    if (error !== undefined) throw new Error(`${error.message} in ${count}`);
    if (isRequired) counts.push(Number(rows[0]?.[0]));
  }

  return counts;
}

async function expectCounted([before, rows, up, repair, counts]: Refusal): Promise<void> {
  const { checks, unasked } = await findChecksOf(databases, before, up);
  await using database = await databases.clone({
    parts: [before, rows],
    build: async (session) => void (await session.query(`${before};${rows}`)),
  });
  const session = await database.connect();
  const isRefused = counts.some((count) => count > 0);

  expect(unasked).toEqual([]);
  expect(await countRequired(session, checks)).toEqual(counts);
  expect((await session.tryAndRollBack([up])).error !== undefined).toBe(isRefused);
  await session.query(repair);
  expect(await countRequired(session, checks)).toEqual(counts.map(() => 0));
  expect((await session.tryAndRollBack([up])).error).toBeUndefined();
}

describe("an exclusion constraint", () => {
  const STAYS = "CREATE EXTENSION btree_gist; CREATE TABLE stays (room int, span int4range, price numrange, gone bool)";

  test.each<Refusal>([
    [
      STAYS,
      "INSERT INTO stays VALUES (1, '[1,5)'), (1, '[1,5)'), (1, '[5,9)'), (1, NULL), (1, 'empty'), (2, '[1,)'), (NULL, '[1,5)')",
      "ALTER TABLE stays ADD EXCLUDE USING gist (room WITH =, span WITH &&)",
      "DELETE FROM stays WHERE ctid = '(0,1)'",
      [2],
    ],
    [
      STAYS,
      "INSERT INTO stays (price) VALUES ('[1,2]'), ('[2,3]'), ('(3,4]'), ('[4.5,5)'), ('[7,)'), ('[9,10]'), ('[8,8]'), ('[5,5]')",
      "ALTER TABLE stays ADD EXCLUDE USING gist (price WITH &&)",
      "DELETE FROM stays WHERE price IN ('[2,3]', '[7,)')",
      [5],
    ],
    [
      STAYS,
      "INSERT INTO stays (room, span) VALUES (1, '[1,2)'), (1, '[8,9)'), (2, '[8,9)'), (NULL, '[8,9)'); INSERT INTO stays VALUES (3, '[8,9)', NULL, true)",
      "ALTER TABLE stays ADD EXCLUDE USING gist (span WITH =, room WITH <>) WHERE (NOT coalesce(gone, false))",
      "DELETE FROM stays WHERE room = 2",
      [2],
    ],
    [
      "CREATE TABLE spans (starts date, ends date)",
      "INSERT INTO spans VALUES ('2031-01-01', '2031-01-05'), ('2031-01-04', '2031-01-06'), ('2031-01-05', '2031-01-06')",
      "ALTER TABLE spans ADD EXCLUDE USING gist (daterange(starts, ends) WITH &&)",
      "DELETE FROM spans WHERE starts = '2031-01-04'",
      [3],
    ],
  ])("%#: %s", async (...refusal) => await expectCounted(refusal));
});
