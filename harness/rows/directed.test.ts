import { sample } from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Server } from "../database/server.ts";
import { loadParser } from "../release/parser.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { createRowsFixture } from "../testing/row-schemas.ts";
import { directedDatasets, findAims } from "./directed.ts";
import { fillDatabase } from "./fill-database.ts";

const OLD = `
CREATE EXTENSION btree_gist;
CREATE TYPE size AS ENUM ('s', 'm', 'l');
CREATE TABLE owners (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE items (
  id serial PRIMARY KEY, owner_id int, label text, code varchar(20) NOT NULL, price numeric NOT NULL CHECK (price >= 0), count bigint NOT NULL,
  size size, notes text, kind text NOT NULL CHECK (kind IN ('a', 'b', 'c')), during int4range, CHECK (length(code) >= 2));
CREATE TABLE visits (id int, kind text NOT NULL) PARTITION BY LIST (kind);
CREATE TABLE visits_a PARTITION OF visits FOR VALUES IN ('a'); CREATE TABLE visits_other PARTITION OF visits DEFAULT;
CREATE TABLE days (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE days_2020 PARTITION OF days FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE days_other PARTITION OF days DEFAULT;
`;

let server: Server;

beforeAll(async () => {
  server = await startEmbedded();
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

describe("rows that the old schema accepts violate", () => {
  test.each([
    ["SET NOT NULL", "ALTER TABLE items ALTER label SET NOT NULL", "label", "not-null"],
    ["a unique key", "ALTER TABLE items ADD CONSTRAINT one_code UNIQUE (code)", "one_code", "unique"],
    ["a key of two columns", "ALTER TABLE items ADD CONSTRAINT pair UNIQUE (kind, owner_id)", "pair", "unique"],
    ["a key that folds case", "CREATE UNIQUE INDEX folded ON items (lower(code))", "folded", "unique"],
    ["a partial key", "CREATE UNIQUE INDEX partial ON items (code) WHERE kind <> 'c'", "partial", "unique"],
    ["a key without NULLs", "CREATE UNIQUE INDEX nulls ON items (label) NULLS NOT DISTINCT", "nulls", "unique"],
    [
      "an exclusion",
      "ALTER TABLE items ADD CONSTRAINT apart EXCLUDE USING gist (during WITH &&)",
      "apart",
      "exclusion",
    ],
    [
      "an exclusion of expressions, some of them different",
      "ALTER TABLE items ADD CONSTRAINT apart EXCLUDE USING gist (int8range(count, count, '[]') WITH &&, id WITH <>) WHERE (kind <> 'c')",
      "apart",
      "exclusion",
    ],
    [
      "a partition of a list beside the default one",
      "CREATE TABLE visits_b PARTITION OF visits FOR VALUES IN ('b')",
      "visits_b",
      "partition",
    ],
    [
      "a partition of a range beside the default one",
      "CREATE TABLE days_2024 PARTITION OF days FOR VALUES FROM ('2024-02-01') TO ('2024-02-03')",
      "days_2024",
      "partition",
    ],
    ["a CHECK", "ALTER TABLE items ADD CONSTRAINT cheap CHECK (price < 1000)", "cheap", "check"],
    [
      "a CHECK of two columns",
      "ALTER TABLE items ADD CONSTRAINT paired CHECK ((label IS NULL) = (notes IS NULL))",
      "paired",
      "check",
    ],
    ["a CHECK by a list", "ALTER TABLE items ADD CONSTRAINT kinds CHECK (kind IN ('a', 'b'))", "kinds", "check"],
    [
      "a foreign key",
      "ALTER TABLE items ADD CONSTRAINT owned FOREIGN KEY (owner_id) REFERENCES owners",
      "owned",
      "foreign-key",
    ],
    ["a shorter text", "ALTER TABLE items ALTER code TYPE varchar(5)", "code", "type"],
    ["a smaller number", "ALTER TABLE items ALTER count TYPE int", "count", "type"],
    ["a text without a limit made short", "ALTER TABLE items ALTER notes TYPE varchar(255)", "notes", "type"],
    ["a text made a number", "ALTER TABLE items ALTER notes TYPE int USING notes::int", "notes", "type"],
  ])("%s", async (_, migration, constraint, kind) => {
    await using fixture = await createRowsFixture(server, OLD);
    const { session, plan } = fixture;
    await session.query("BEGIN");
    await session.query(migration);
    await session.query("COMMIT");
    const { schema: after } = await fixture.planAgain();
    await using old = await createRowsFixture(server, OLD);
    const [aim, ...others] = findAims(plan.schema, after);

    expect(others).toEqual([]);
    expect(aim).toMatchObject({ constraint, kind });
    if (aim === undefined) return;
    const arbitrary = directedDatasets(old.plan, aim, await loadParser());
    if (arbitrary === undefined) throw new Error("no row is known to violate it");
    const results: boolean[] = [];
    for (const dataset of sample(arbitrary, { numRuns: 10, seed: 1 })) {
      await old.session.query("BEGIN");
      const filled = await fillDatabase(old.session, old.plan, dataset);
      expect(filled.flatMap(({ rejected }) => rejected)).toEqual([]);
      results.push((await old.session.tryExecute(migration)).error !== undefined);
      await old.session.query("ROLLBACK");
    }

    expect(results).toEqual(results.map(() => true));
  });
});

test("a schema that demands nothing more gives no aim, and neither does a new table", async () => {
  await using fixture = await createRowsFixture(server, OLD);
  await fixture.session.query(
    "ALTER TABLE items RENAME label TO title; ALTER TABLE items RENAME TO things; CREATE TABLE fresh (id int PRIMARY KEY); ALTER TABLE things ADD extra int",
  );

  expect(findAims(fixture.plan.schema, (await fixture.planAgain()).schema)).toEqual([]);
});

test("no dataset is known for a condition that is not understood", async () => {
  await using fixture = await createRowsFixture(server, OLD);
  const aim = {
    table: "public.items",
    constraint: "x",
    kind: "check",
    columns: [],
    expression: "(during @> 3)",
  } as const;

  expect(directedDatasets(fixture.plan, aim, await loadParser())).toBeUndefined();
  expect(directedDatasets(fixture.plan, { ...aim, table: "public.gone" }, await loadParser())).toBeUndefined();
});
