import { sample } from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Server } from "../database/server.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { createRowsFixture, type RowsFixture } from "../testing/row-schemas.ts";
import { Coverage, type TableCoverage } from "./coverage.ts";
import { datasets } from "./dataset.ts";
import { fillDatabase } from "./fill-database.ts";
import { explainEmptyTables, formatCoverage } from "./format-coverage.ts";

let server: Server;

beforeAll(async () => {
  server = await startEmbedded();
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

async function cover(
  { session, plan }: RowsFixture,
  levels: "mild" | "all" = "all",
): Promise<readonly TableCoverage[]> {
  const coverage = new Coverage(plan.tables);
  for (const dataset of sample(datasets(plan, { rowsMin: 4, rowsMax: 4, levels }), { numRuns: 5, seed: 1 })) {
    await session.query("BEGIN");
    coverage.record(await fillDatabase(session, plan, dataset));
    await session.query("ROLLBACK");
  }

  return coverage.report();
}

test("a table that stays empty is named with the constraint or trigger, and with what to give", async () => {
  await using fixture = await createRowsFixture(
    server,
    `CREATE FUNCTION no(text) RETURNS boolean LANGUAGE sql AS $$ SELECT $1 = 'secret ' || length($1) $$;
     CREATE TABLE checked (id int, word text NOT NULL CONSTRAINT known CHECK (no(word)));
     CREATE FUNCTION digit(text) RETURNS int IMMUTABLE LANGUAGE sql AS $$ SELECT CASE WHEN $1 = 'secret ' || length($1) THEN 1 END $$;
     CREATE TABLE derived (value text NOT NULL, secret int NOT NULL GENERATED ALWAYS AS (digit(value || 'secret')) STORED);
     CREATE FUNCTION set_rank() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.rank := substring(NEW.version FROM '^v9[.]x[.]([0-9]+)$')::int; RETURN NEW; END $$;
     CREATE TABLE ranked (version varchar(3) NOT NULL, rank int NOT NULL);
     CREATE TRIGGER set_rank BEFORE INSERT ON ranked FOR EACH ROW EXECUTE FUNCTION set_rank();
     CREATE FUNCTION deny() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today, %', NEW.name; END $$;
     CREATE TABLE denied (name text);
     CREATE TRIGGER deny BEFORE INSERT ON denied FOR EACH ROW EXECUTE FUNCTION deny();
     CREATE TABLE logs (at date NOT NULL) PARTITION BY RANGE (at);
     CREATE TABLE log_lines (id int PRIMARY KEY) PARTITION BY HASH (id); CREATE TABLE log_notes (id int NOT NULL REFERENCES log_lines);
     CREATE TABLE fine (id int)`,
  );
  const messages = explainEmptyTables(await cover(fixture));

  expect(messages.map((message) => message.replace(/not today, [^(]*/, "not today, … "))).toEqual(
    expect.arrayContaining([
      'public.checked: no row was accepted: 23514 violates check constraint "known"; give values: rows: { "public.checked": { word: … } } in plumbline.config.ts',
      'public.derived: no row was accepted: 23502 null value in column "secret"; give values: rows: { "public.derived": { value: … } } in plumbline.config.ts',
      'public.ranked: no row was accepted: 23502 null value in column "rank" (trigger set_rank); give values: rows: { "public.ranked": { version: … } } in plumbline.config.ts',
      'public.denied: no row was accepted: P0001 not today, … (trigger deny); give values: rows: { "public.denied": { name: … } } in plumbline.config.ts',
      "public.logs: no row was accepted: public.logs has no partition; add a partition of public.logs to the baseline",
      "public.log_notes: no row was accepted: public.log_lines has no partition; add a partition of public.log_lines to the baseline",
    ]),
  );
  expect(messages).toHaveLength(7);
});

test("rows, rejections, odd values tried and never tried are reported", async () => {
  await using fixture = await createRowsFixture(
    server,
    `CREATE TABLE parents (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
     CREATE TABLE children (parent_id int REFERENCES parents, name varchar(5) NOT NULL DEFAULT 'x', n int NOT NULL, tags text[] NOT NULL)`,
  );
  const children = async (levels: "mild" | "all") =>
    (await cover(fixture, levels)).find(({ table }) => table === "public.children");
  const mild = await children("mild");
  const all = await children("all");

  expect(mild).toMatchObject({ accepted: 20, rejected: 0 });
  expect(mild?.columns).toMatchObject([
    { column: "parent_id", tried: [], missed: ["NULL"] },
    { column: "name", tried: ["DEFAULT", "longest"], missed: ["empty", "mixed case", "not ASCII"] },
    { column: "n", tried: [], missed: ["zero", "negative", "largest"] },
    { column: "tags", tried: [], missed: [] },
  ]);
  expect(all?.columns[2]).toMatchObject({ column: "n", tried: expect.arrayContaining(["largest"]) });
  expect(JSON.parse(JSON.stringify(all))).toEqual(all);
});

test("the report is text: columns with the same values share a line", () => {
  const column = (name: string, more = {}) => ({ column: name, values: 1, tried: [], missed: [], ...more });

  expect(
    formatCoverage([
      {
        table: "public.a",
        accepted: 3,
        rejected: 2,
        reason: '23514 violates check constraint "c"',
        advice: "give values",
        columns: [
          column("x", { tried: ["NULL"], missed: ["empty"] }),
          column("y", { missed: ["zero"] }),
          column("z", { tried: ["NULL"], missed: ["empty"] }),
          column("plain"),
        ],
      },
      { table: "public.b", accepted: 1, rejected: 0, columns: [column("x", { tried: ["empty", "longest"] })] },
      {
        table: "public.c",
        accepted: 0,
        rejected: 1,
        reason: "P0001 no",
        advice: "give values",
        columns: [column("x", { missed: ["NULL"] })],
      },
      { table: "public.d", accepted: 0, rejected: 0, reason: "a trigger on public.a fills public.d", columns: [] },
      { table: "public.e", accepted: 0, rejected: 0, columns: [] },
    ]),
  ).toBe(
    [
      'public.a: 3 rows accepted, 2 rejected: 23514 violates check constraint "c"',
      "  x, z: tried NULL; never tried empty",
      "  y: never tried zero",
      "public.b: 1 row accepted",
      "  x: tried empty, longest",
      "public.c: no row was accepted: P0001 no; give values",
      "public.d: no rows: a trigger on public.a fills public.d",
      "public.e: no rows",
    ].join("\n"),
  );
});
