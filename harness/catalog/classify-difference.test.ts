import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Server } from "../database/server.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { classifyDifferences } from "./classify-difference.ts";
import { readCatalog } from "./facts.ts";

let server: Server;

beforeAll(async () => {
  server = await startEmbedded();
}, 60_000);

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

/** The classes of what differs after the script, each as `class: kind object`, in a database with the schema. */
async function classify(schema: string, script: string): Promise<string[]> {
  const admin = new Client(server.connection("postgres"));
  await admin.connect();
  await admin.query("DROP DATABASE IF EXISTS classified");
  await admin.query("CREATE DATABASE classified");
  await admin.end();
  const client = new Client(server.connection("classified"));
  await client.connect();
  try {
    await client.query(schema);
    const before = await readCatalog((sql, values) => client.query(sql, values));
    await client.query(script);

    return classifyDifferences(before, await readCatalog((sql, values) => client.query(sql, values))).map(
      (difference) => `${difference.class}: ${difference.kind} ${difference.object}`,
    );
  } finally {
    await client.end();
  }
}

const JOBS = `CREATE TYPE mood AS ENUM ('sad', 'ok');
  CREATE TABLE jobs (id int PRIMARY KEY, a text DEFAULT 'x', b varchar(9) CHECK (b IN ('p', 'q')), state mood, UNIQUE (state, b));
  CREATE FUNCTION fold(varchar) RETURNS varchar LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
  CREATE INDEX folded ON jobs (fold(b));
  CREATE STATISTICS pair ON a, b FROM jobs;
  CREATE VIEW listed AS SELECT * FROM jobs;`;

test.each([
  ["nothing", "SELECT", []],
  [
    "a column that was added again, with a view and statistics on it",
    `DROP VIEW listed; ALTER TABLE jobs DROP a CASCADE; ALTER TABLE jobs ADD a text DEFAULT 'x';
     CREATE STATISTICS pair ON a, b FROM jobs; CREATE VIEW listed AS SELECT * FROM jobs`,
    [
      "column-order: changed column public.jobs.a",
      "column-order: changed column public.jobs.b",
      "column-order: changed column public.jobs.state",
      "column-order: changed column public.listed.a",
      "column-order: changed column public.listed.b",
      "column-order: changed column public.listed.state",
      "column-order: changed statistics public.pair",
      "column-order: changed view public.listed",
    ],
  ],
  [
    "a key on the same columns in another order, of a table whose columns have moved",
    `DROP VIEW listed; ALTER TABLE jobs DROP a CASCADE; ALTER TABLE jobs ADD a text DEFAULT 'x';
     CREATE STATISTICS pair ON a, b FROM jobs; CREATE VIEW listed AS SELECT id, a, b, state FROM jobs;
     ALTER TABLE jobs DROP CONSTRAINT jobs_state_b_key, ADD CONSTRAINT jobs_state_b_key UNIQUE (b, state)`,
    [
      "column-order: changed column public.jobs.a",
      "column-order: changed column public.jobs.b",
      "column-order: changed column public.jobs.state",
      "column-order: changed statistics public.pair",
      "different: changed constraint public.jobs.jobs_state_b_key",
      "different: changed index public.jobs_state_b_key",
    ],
  ],
  [
    "a column that was added again without its default",
    "DROP VIEW listed; ALTER TABLE jobs DROP state; ALTER TABLE jobs ADD state mood DEFAULT 'ok', ADD UNIQUE (state, b); CREATE VIEW listed AS SELECT * FROM jobs",
    ["different: changed column public.jobs.state"],
  ],
  ["a label", "ALTER TYPE mood ADD VALUE 'glad' BEFORE 'ok'", ["enum-label: added label public.mood.'glad'"]],
  [
    "a label under another name",
    "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'",
    ["enum-label: added label public.mood.'fine'", "different: removed label public.mood.'ok'"],
  ],
  ["an extension", "CREATE EXTENSION citext", ["extension: added extension citext"]],
  [
    "a condition and an expression that were parsed again",
    `DROP VIEW listed; ALTER TABLE jobs ALTER b TYPE text; ALTER TABLE jobs ALTER b TYPE varchar(9);
     CREATE VIEW listed AS SELECT * FROM jobs`,
    ["expression-text: changed constraint public.jobs.jobs_b_check", "expression-text: changed index public.folded"],
  ],
  ["a default", "ALTER TABLE jobs ALTER a SET DEFAULT 'X'", ["different: changed column public.jobs.a"]],
  [
    "a table, with its columns, key and index",
    "CREATE TABLE left_over (id serial PRIMARY KEY, a text CHECK (a <> '')); CREATE INDEX ON left_over (a)",
    ["different: added table public.left_over"],
  ],
  ["a type with its labels", "CREATE TYPE size AS ENUM ('s', 'l')", ["different: added type public.size"]],
  [
    "an index and a name with a dot",
    `CREATE INDEX "by.a" ON jobs (a); ALTER TABLE jobs ADD CONSTRAINT "a.b" CHECK (a <> '')`,
    ['different: added constraint public.jobs."a.b"', 'different: added index public."by.a"'],
  ],
])("of %s", async (_, script, classes) => {
  expect((await classify(JOBS, script)).sort()).toEqual(classes.toSorted());
});

test("from version 18 on, a NOT NULL constraint under another name is a class of its own", () => {
  const constraint = (name: string, definition: string): [string, Record<string, string>] => [
    `constraint public.t.${name}`,
    { definition },
  ];
  const before = new Map([constraint("old_a_not_null", "NOT NULL a"), constraint("old_b_not_null", "NOT NULL b")]);
  const after = new Map([constraint("t_a_not_null", "NOT NULL a")]);

  expect(classifyDifferences(before, after).map((each) => `${each.class}: ${each.kind} ${each.object}`)).toEqual([
    "not-null-name: removed constraint public.t.old_a_not_null",
    "different: removed constraint public.t.old_b_not_null",
    "not-null-name: added constraint public.t.t_a_not_null",
  ]);
});
