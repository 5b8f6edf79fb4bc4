/** What the rules `sequences` find in small migrations, faulty and sound ones. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DatabaseProvider } from "../../harness/database/database-provider.ts";
import { databaseProvider } from "../../harness/database/pool.ts";
import type { Server } from "../../harness/database/server.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import * as rules from "./sequences.property.ts";
import { judgeMigration } from "./testing/judge-migration.ts";

let server: Server;
let databases: DatabaseProvider;

beforeAll(async () => {
  server = await startEmbedded();
  databases = databaseProvider(server);
});

afterAll(async () => {
  await databases?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

const BEFORE = `CREATE TABLE plans (id serial PRIMARY KEY, name text); CREATE TABLE codes (id int PRIMARY KEY, name text);
CREATE SEQUENCE down INCREMENT -1; CREATE TABLE deep (id int PRIMARY KEY, name text);`;
const TO_IDENTITY = `ALTER TABLE plans ALTER id DROP DEFAULT; DROP SEQUENCE plans_id_seq;
ALTER TABLE plans ALTER id ADD GENERATED ALWAYS AS IDENTITY;`;
const FOLLOWS = "SELECT setval(pg_get_serial_sequence('plans', 'id'), coalesce(max(id), 0) + 1, false) FROM plans;";
const COUNTED = "ALTER TABLE codes ALTER id SET DEFAULT nextval('plans_id_seq')";

test.each([
  ["an identity that begins at 1", TO_IDENTITY, ["sequence-behind public.plans.id"]],
  ["one that is set", `${TO_IDENTITY} ${FOLLOWS}`, []],
  ["one that is set to the last value", `${TO_IDENTITY} ${FOLLOWS.replace(" + 1, false", "")}`, []],
  ["one that is restarted", "ALTER SEQUENCE plans_id_seq RESTART", ["sequence-behind public.plans.id"]],
  [
    "a default on ids that are there",
    `UPDATE codes SET id = 5000 + id; ${COUNTED}`,
    ["sequence-behind public.codes.id"],
  ],
  [
    "a falling sequence above its ids",
    "UPDATE deep SET id = -abs(id) - 2; ALTER TABLE deep ALTER id SET DEFAULT nextval('down')",
    ["sequence-behind public.deep.id"],
  ],
  [
    "a falling sequence below its ids",
    "UPDATE deep SET id = abs(id) + 1; ALTER TABLE deep ALTER id SET DEFAULT nextval('down')",
    [],
  ],
  ["a wider column", "ALTER TABLE plans ALTER id TYPE bigint", ["sequence-too-narrow public.plans.id"]],
  [
    "a wider column with its sequence",
    "ALTER TABLE plans ALTER id TYPE bigint; ALTER SEQUENCE plans_id_seq AS bigint",
    [],
  ],
  ["a sequence that ends where its author wants", "ALTER SEQUENCE plans_id_seq MAXVALUE 99999", []],
  ["a new table of its own", "CREATE TABLE fresh (id bigserial); INSERT INTO fresh DEFAULT VALUES", []],
])("%s", async (_, up, expected) => {
  const { findings } = await judgeMigration(databases, Object.values(rules), { before: BEFORE, up });

  expect(findings).toEqual(expected.map((finding) => `sequences.1 ${finding}`));
});

test("a sequence that was behind before is none of the migration's", async () => {
  const before = `${BEFORE} INSERT INTO plans (id) VALUES (900000); SELECT setval('plans_id_seq', 1);`;
  const { findings } = await judgeMigration(databases, Object.values(rules), {
    before,
    up: "ALTER TABLE plans ADD label text",
  });

  expect(findings).toEqual([]);
});
