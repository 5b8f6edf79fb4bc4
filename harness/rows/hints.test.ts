import { constant, constantFrom, sample } from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TableSource } from "../configuration/configuration.ts";
import type { Server } from "../database/server.ts";
import { HarnessError } from "../errors.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { createRowsFixture, type RowsFixture } from "../testing/row-schemas.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { datasets } from "./dataset.ts";
import { fillDatabase } from "./fill-database.ts";
import { prepareHints } from "./hints.ts";
import { randomFrom } from "./random-from.ts";

let server: Server;
let fixture: RowsFixture;
let folder: string;

beforeAll(async () => {
  server = await startEmbedded();
  fixture = await createRowsFixture(
    server,
    `CREATE SCHEMA crm; CREATE TABLE crm.organizations (id int PRIMARY KEY, slug text NOT NULL, note text, data jsonb, active boolean, code varchar(3));
     CREATE FUNCTION is_slug(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN $1 ~ '^org-[0-9]+$'; END $$;
     ALTER TABLE crm.organizations ADD CHECK (is_slug(slug)); CREATE TABLE crm.others (id int); CREATE TABLE public.others (id int)`,
  );
  folder = createTemporaryFolder({
    "rows.csv": 'slug,note\norg-1,\norg-2,""\norg-3,"a, b"\n',
    "rows.json": '[{"slug": "org-7", "note": null, "data": {"a": [1]}, "active": true, "id": 7}]',
    "short.csv": "slug,note\norg-1,a\norg-2\n",
    "header.csv": "slug,nota\norg-1,a\n",
    "extra.csv": "slug,note\norg-1,a,b\n",
    "type.csv": 'id,note\n1,"two\nlines"\n\nx2,b\n',
    "long.csv": "code,id\nab,1\nabcd,2\n",
    "null.csv": "slug,note\norg-1,a\n,b\n",
    "type.json": '[\n  {"id": 1},\n  {"id": 2,\n   "active": "perhaps"}\n]',
    "key.json": '[\n  {"id": 1},\n  {"di": 2}\n]',
    "list.json": '[\n  {"id": 1},\n  5\n]',
    "object.json": '{"slug": "org-7"}',
    "broken.json": "[{]",
    "empty.csv": "slug,note\n",
  });
});

afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

test("a table or column that another state of the history has is left out; one that none has is an error", async () => {
  const isElsewhere = (name: string): boolean => ["teams", "crm.later", "nick"].includes(name);
  const state = { schema: fixture.plan.schema, session: fixture.session, folder, isElsewhere };
  const rows = {
    teams: { id: "n" },
    "crm.later": "missing.csv",
    "crm.organizations": { slug: "'org-1'", nick: "'x'" },
  };

  expect(Object.keys(await prepareHints(rows, state))).toEqual(["crm.organizations"]);
  await expect(prepareHints({ tems: { id: "n" } }, state)).rejects.toThrow(
    'rows.tems: the baseline has no table "tems"',
  );
  await expect(prepareHints({ "crm.organizations": { nik: "n" } }, state)).rejects.toThrow('no column "nik"');
});

const prepare = (rows: Record<string, TableSource>) =>
  prepareHints(rows, { schema: fixture.plan.schema, session: fixture.session, folder });

/** The accepted rows of generated datasets. */
async function fill(rows: Record<string, TableSource>) {
  const hints = await prepare(rows);
  const options = { tables: ["crm.organizations"], rowsMin: 5, hints };
  const [dataset = {}] = sample(datasets(fixture.plan, options), { numRuns: 1, seed: 1 });
  await fixture.session.query("BEGIN");
  const [filled] = await fillDatabase(fixture.session, fixture.plan, dataset, { hints });
  await fixture.session.query("ROLLBACK");

  return { accepted: filled?.accepted ?? [], rejected: filled?.rejected ?? [] };
}

test("an arbitrary that generates something else than a value is an error", async () => {
  const source = constant({ a: 1 }) as unknown as TableSource;

  await expect(fill({ "crm.organizations": { slug: source } as unknown as TableSource })).rejects.toMatchObject({
    message: 'plumbline.config.ts: rows.crm.organizations.slug generates what is no value: {"a":1}',
    remedy: "Let it generate text, numbers, booleans or null",
  });
});

test("without values the table cannot be filled", async () => {
  expect(await fill({})).toMatchObject({ accepted: [] });
});

test("an arbitrary gives the values of a column", async () => {
  const { accepted, rejected } = await fill({
    organizations: { slug: constantFrom("org-1", "org-2"), active: constant(true), note: constant(null) },
  });

  expect(rejected).toEqual([]);
  expect(accepted).toHaveLength(5);
  for (const row of accepted)
    expect(row).toMatchObject({ slug: expect.stringMatching(/^org-[12]$/), active: "true", note: null });
});

test("an SQL expression is computed for many n", async () => {
  const { accepted, rejected } = await fill({ "crm.organizations": { slug: "'org-' || n" } });

  expect(rejected).toEqual([]);
  expect(new Set(accepted.map(({ slug }) => slug)).size).toBeGreaterThan(1);
});

test("sample rows of a CSV file: an empty field is NULL, a quoted one empty", async () => {
  const hints = await prepare({ organizations: "rows.csv" });
  const values = new Set(
    Array.from({ length: 30 }, (_, seed) => JSON.stringify(hints["crm.organizations"]?.(randomFrom(seed)))),
  );

  expect([...values].sort()).toEqual([
    '{"slug":"org-1","note":null}',
    '{"slug":"org-2","note":""}',
    '{"slug":"org-3","note":"a, b"}',
  ]);
});

test("sample rows of a JSON file keep objects, numbers and NULL", async () => {
  const hints = await prepare({ organizations: "rows.json" });

  expect(hints["crm.organizations"]?.(randomFrom(1))).toEqual({
    slug: "org-7",
    note: null,
    data: '{"a":[1]}',
    active: "true",
    id: "7",
  });
});

test.each<[Record<string, TableSource>, RegExp]>([
  [
    { organisations: {} },
    /rows\.organisations: the baseline has no table "organisations"[\s\S]*Write "(?:crm\.)?organizations"/,
  ],
  [{ others: {} }, /the baseline has no table "others"/],
  [
    { organizations: { slag: "'x'" } },
    /rows\.organizations\.slag: the baseline has no column "slag"[\s\S]*Write "slug"/,
  ],
  [
    { organizations: { slug: "'org-' ||" } },
    /rows\.organizations\.slug is not an SQL expression that PostgreSQL computes: syntax error/,
  ],
  [{ organizations: "none.csv" }, /none\.csv cannot be read: .*ENOENT/],
  [{ organizations: "short.csv" }, /short\.csv, line 3, column "note": /],
  [{ organizations: "extra.csv" }, /extra\.csv, line 2, column 3: /],
  [{ organizations: "type.csv" }, /type\.csv, line 5, column "id": invalid input syntax for type integer: "x2"/],
  [{ organizations: "long.csv" }, /long\.csv, line 3, column "code": value too long for type character varying\(3\)/],
  [{ organizations: "null.csv" }, /null\.csv, line 3, column "slug": the column is NOT NULL/],
  [{ organizations: "type.json" }, /type\.json, line 4, column "active": invalid input syntax for type boolean/],
  [{ organizations: "key.json" }, /key\.json, line 3: the table has no column "di"/],
  [{ organizations: "list.json" }, /list\.json, line 3 is not part of a list of objects/],
  [{ organizations: "header.csv" }, /header\.csv, line 1: the table has no column "nota"/],
  [{ organizations: "object.json" }, /object\.json, line 1 is not part of a list of objects/],
  [{ organizations: "broken.json" }, /broken\.json:1:3: not JSON: /],
  [{ organizations: "empty.csv" }, /empty\.csv holds no row/],
])("a source that does not fit is refused: %j", async (rows, message) => {
  const error = await prepare(rows).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

  expect(error).toBeInstanceOf(HarnessError);
  if (error instanceof HarnessError) expect(`${error.message}. ${error.remedy}`).toMatch(message);
});
