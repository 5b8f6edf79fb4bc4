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

test.each([
  ["a key with a pattern", "public.invoices"],
  ["a key of two composite foreign keys", "public.memberships"],
])("%s does not run out of values", async (_, table) => {
  await using fixture = await createRowsFixture(server, SHOP);

  expect(await fillTable(fixture.session, fixture.plan, { table, rows: 1_500, seed: 1 })).toBe(1_500);
});

test("rows that the server rejects leave the others as they are", async () => {
  await using fixture = await createRowsFixture(
    server,
    `CREATE TABLE t (id bigserial PRIMARY KEY, n int NOT NULL);
     CREATE FUNCTION reject() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN IF NEW.id % 10 = 0 THEN RAISE 'every tenth'; END IF; RETURN NEW; END $$;
     CREATE TRIGGER reject BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION reject();`,
  );
  const accepted = await fillTable(fixture.session, fixture.plan, { table: "public.t", rows: 1_200, seed: 1 });
  const [row] = await fixture.session.query("SELECT count(*) AS rows, min(id) AS first, max(id) AS last FROM t");

  expect(accepted).toBe(1_080);
  expect(row).toEqual({ rows: "1080", first: "1001", last: "2199" });
});
