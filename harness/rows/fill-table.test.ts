import { afterAll, beforeAll, expect, test } from "vitest";
import type { Server } from "../database/server.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { createRowsFixture, SHOP } from "../testing/row-schemas.ts";
import { fillTable } from "./fill-table.ts";

let server: Server;

beforeAll(async () => {
  server = await startEmbedded();
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

test("a table gets thousands of rows and the parents that they require, the same for the same seed", async () => {
  const results: Record<string, unknown>[] = [];
  for (const seed of [1, 1, 2]) {
    await using fixture = await createRowsFixture(server, SHOP);
    const accepted = await fillTable(fixture.session, fixture.plan, { table: "public.profiles", rows: 2_500, seed });
    const [row] = await fixture.session.query(
      `SELECT count(*)::text AS rows, count(DISTINCT user_id)::text AS users, (SELECT count(*)::text FROM users) AS parents,
         md5(string_agg(p::text, ',' ORDER BY user_id)) AS hash FROM profiles p`,
    );
    results.push({ accepted, ...row });
  }
  const [first, again, other] = results;

  expect(first).toMatchObject({ accepted: 2_500, rows: "2500", users: "2500", parents: "2500" });
  expect(again).toEqual(first);
  expect(other?.["hash"]).not.toBe(first?.["hash"]);
});

test("an unknown table gets none", async () => {
  await using fixture = await createRowsFixture(server, "CREATE TABLE t (id int)");

  expect(await fillTable(fixture.session, fixture.plan, { table: "public.gone", rows: 5, seed: 1 })).toBe(0);
});
