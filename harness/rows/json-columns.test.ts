/** Conditions on JSON documents and on multiples: each table fills, and what the conditions leave free varies. */
import { sample } from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Server } from "../database/server.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { createRowsFixture } from "../testing/row-schemas.ts";
import { datasets } from "./dataset.ts";
import { fillDatabase } from "./fill-database.ts";
import { generateRow } from "./generate-row.ts";
import { randomFrom } from "./random-from.ts";

let server: Server;

beforeAll(async () => {
  server = await startEmbedded();
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

const ROWS = 16;

const DEFINITIONS: readonly string[] = [
  "a jsonb NOT NULL CHECK (a ? 'locale')",
  "a jsonb NOT NULL CHECK (a ?& ARRAY['x', 'y']), CHECK (a ?| ARRAY['p', 'q'])",
  "a jsonb NOT NULL CHECK (NOT a ? 'name' AND NOT a ? 'a')",
  "a json NOT NULL CHECK (a->>'locale' IS NOT NULL)",
  "a jsonb NOT NULL CHECK (a ? 'kind'), CHECK (a->>'kind' IN ('x', 'y'))",
  "a jsonb NOT NULL CHECK (a->'b'->>'c' IS NOT NULL), CHECK (a->'b'->>'c' = 'x'), CHECK (a->>'b' <> 'y')",
  "a jsonb NOT NULL CHECK (a ?& ARRAY['n', 'm'] AND (a->>'n')::int > 0 AND (a->'m')::numeric BETWEEN 0.5 AND 0.75)",
  "a jsonb NOT NULL CHECK (a ?& ARRAY['on', 'id', 'at'] AND (a->'on')::bool AND (a->>'id')::uuid IS NOT NULL AND (a->>'at')::timestamptz >= '2031-01-01')",
  `a jsonb NOT NULL CHECK (a @> '{"a": 1, "b": {"c": [1]}}'), CHECK (a @> '{"b": {"c": [2], "d": null}}')`,
  `a jsonb NOT NULL CHECK (a @> '[{"k": 1}]'), CHECK (jsonb_array_length(a) > 2)`,
  `a jsonb NOT NULL CHECK (a ? 'b' AND a->'b' = '[1]' AND a->'c' <> 'null' AND a->'d' = '"x"')`,
  "a jsonb NOT NULL CHECK (jsonb_typeof(a) = 'array' AND jsonb_array_length(a) BETWEEN 1 AND 3)",
  "a jsonb NOT NULL CHECK (jsonb_typeof(a->'items') = 'array' AND jsonb_array_length(a->'items') > 1 AND a ? 'items')",
  "a jsonb NOT NULL CHECK (a ?& ARRAY['s', 't'] AND jsonb_typeof(a->'s') IN ('string', 'null') AND jsonb_typeof(a->'t') <> 'object')",
  "a jsonb NOT NULL CHECK (a ? 's' AND jsonb_typeof(a->'s') = 'string' AND length(a->>'s') BETWEEN 3 AND 4 AND a->>'s' ~ '^[a-z]+$')",
  "a jsonb NOT NULL CHECK (a ?& ARRAY['s', 't'] AND length(a->>'s') > 2 AND a->>'t' IS NOT NULL)",
  "a jsonb NOT NULL CHECK (a ? 's' AND jsonb_typeof(a->'s') = 'number' AND a->>'s' <> '0')",
  "a jsonb, kind text NOT NULL, CHECK (kind <> 'x' OR (a IS NOT NULL AND a ? 'b')), CHECK (a IS NULL OR a->>'b' IS NULL OR length(a->>'b') > 2)",
  "a jsonb CHECK (a ? 'b'), b jsonb CHECK (a IS NULL OR b->>'c' = 'd')",
  `a jsonb NOT NULL, b boolean NOT NULL GENERATED ALWAYS AS ((a->>'b')::boolean) STORED,
    c varchar(100) NOT NULL GENERATED ALWAYS AS (a->'p'->>'c') STORED, d text GENERATED ALWAYS AS (a->>'d') STORED`,
  "a int NOT NULL CHECK (a % 5 = 0 AND a > 7), b int NOT NULL CHECK (b % 4 = 0 AND b % 6 = 0 AND b < -3), c int NOT NULL CHECK (c % 1000 = 0 AND c BETWEEN 901 AND 1000)",
  "a numeric(6,2) NOT NULL CHECK (a % 0.25 = 0), b bigint NOT NULL CHECK (mod(b, 1000) = 0)",
  "a int NOT NULL CHECK (a > 0), b int NOT NULL CHECK (b >= 1), CHECK (a % b = 0)",
  "a int NOT NULL, b int NOT NULL CHECK (b > 0), CHECK (b % a = 0)",
];

/** Fills the table with three seeds, expects that each row is accepted, and returns the values of its column. */
async function fill(sql: string): Promise<ReadonlySet<unknown>> {
  await using fixture = await createRowsFixture(server, sql);
  const values = new Set<unknown>();
  for (const seed of [1, 2, 3]) {
    const [dataset] = sample(datasets(fixture.plan, { rowsMin: ROWS, rowsMax: ROWS }), { numRuns: 1, seed });
    await fixture.session.query("BEGIN");
    const [filled] = await fillDatabase(fixture.session, fixture.plan, dataset ?? {});
    await fixture.session.query("ROLLBACK");

    expect(filled?.rejected).toEqual([]);
    expect(filled?.accepted.length).toBeGreaterThanOrEqual(ROWS);
    for (const { cells } of dataset?.["public.t"] ?? []) values.add(cells["a"]);
  }

  return values;
}

describe("each row is accepted where", () => {
  test.each(DEFINITIONS)("%s", async (definition) => {
    const values = await fill(
      `CREATE DOMAIN prefs AS jsonb CHECK (VALUE ? 'lang'); CREATE TABLE t (id serial PRIMARY KEY, prefs prefs, ${definition});`,
    );

    expect(values.size).toBeGreaterThan(1);
  });

  test("a trigger refuses documents without a key", async () => {
    const values = await fill(`
      CREATE TABLE t (id serial PRIMARY KEY, a jsonb NOT NULL);
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.a->>'kind' IS NULL OR NEW.a->>'kind' NOT IN ('x', 'y') THEN RAISE 'no kind'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION refuse();`);

    expect(values.size).toBeGreaterThan(1);
  });
});

test.each([
  ["jsonb NOT NULL CHECK (value->>'k' IN ('x', 'y'))", [undefined, "x", "y"]],
  ["jsonb CHECK (value ? 'k' AND value->>'k' IN ('x', 'y'))", ["NULL", "x", "y"]],
  ["jsonb CHECK ((value->>'k')::int BETWEEN 3 AND 5)", ["NULL", undefined, 3, 4, 5]],
])("%s leaves out what it allows to leave out", async (definition, expected) => {
  await using fixture = await createRowsFixture(server, `CREATE TABLE t (value ${definition})`);
  const of = fixture.plan.byKey.get("public.t");
  if (of === undefined) throw new Error("no plan");
  const random = randomFrom(5);
  const values = (["ordinary", "boundary"] as const).flatMap((level) =>
    Array.from({ length: 60 }, () => generateRow({ plan: fixture.plan, of, level, random }).cells["value"]),
  );
  const parts = values.map((value) => (typeof value === "string" ? JSON.parse(value).k : "NULL"));

  expect([...new Set(parts)].sort()).toEqual([...expected].sort());
});

test("a document is written as PostgreSQL writes jsonb", async () => {
  const part = `{"bb": "é\\n", "a": [1, {"ccc": null, "d": true}], "é": "x"}`;
  await using fixture = await createRowsFixture(server, `CREATE TABLE t (a jsonb NOT NULL CHECK (a @> '${part}'))`);
  const of = fixture.plan.byKey.get("public.t");
  if (of === undefined) throw new Error("no plan");
  const { cells } = generateRow({ plan: fixture.plan, of, level: "ordinary", random: randomFrom(1) });
  const [row] = await fixture.session.query(`SELECT '${cells["a"]}'::jsonb::text AS a`);

  expect(row?.["a"]).toBe(cells["a"]);
});
