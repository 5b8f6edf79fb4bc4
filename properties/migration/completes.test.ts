/** What the rules `completes` find in small migrations, faulty and sound ones. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DatabaseProvider } from "../../harness/database/database-provider.ts";
import { databaseProvider } from "../../harness/database/pool.ts";
import type { Server } from "../../harness/database/server.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { updatesStand } from "./completes.property.ts";
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

const PAGES = `CREATE TABLE pages (id int PRIMARY KEY, title text NOT NULL, length numeric(6, 1), at timestamptz, rank int);
CREATE TABLE owners (page int, name text);`;
const SET_BACK = `CREATE FUNCTION set_back() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN NEW.rank := OLD.rank; RETURN NEW; END $$;
CREATE TRIGGER set_back BEFORE UPDATE ON pages FOR EACH ROW EXECUTE FUNCTION set_back();`;
const TENANTS = `ALTER TABLE pages ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_tenant ON pages USING (title = current_setting('app.tenant', true));`;

test.each([
  ["an expression", PAGES, "UPDATE pages SET length = length(title) / 3.0, rank = 1 WHERE rank IS NULL", []],
  [
    "an alias, FROM and WITH",
    PAGES,
    "WITH o AS (SELECT * FROM owners) UPDATE pages AS p SET title = o.name FROM o WHERE o.page = p.id AND o.name IS DISTINCT FROM p.title",
    [],
  ],
  ["the time and random values", PAGES, "UPDATE pages SET at = clock_timestamp(), rank = random() * 100", []],
  ["the key", PAGES, "UPDATE pages SET id = id + 1000000", []],
  ["a table without a key", PAGES, "UPDATE owners SET name = upper(name)", []],
  ["a transaction of its own", PAGES, "BEGIN; UPDATE pages SET at = now(); COMMIT; UPDATE pages SET at = now()", []],
  [
    "a trigger that sets a value back",
    PAGES + SET_BACK,
    "UPDATE pages SET title = 'x', rank = coalesce(rank, 0) + 7",
    ["public.pages.rank"],
  ],
  ["a trigger that sets another column back", PAGES + SET_BACK, "UPDATE pages SET title = 'x'", []],
  [
    "a rule",
    `${PAGES} CREATE RULE never AS ON UPDATE TO owners DO INSTEAD NOTHING;`,
    "UPDATE owners SET name = 'nobody'",
    ["public.owners.name"],
  ],
  ["a policy that binds no owner", PAGES + TENANTS, "UPDATE pages SET rank = 12345", []],
  [
    "a policy that binds the owner",
    `${PAGES + TENANTS} ALTER TABLE pages FORCE ROW LEVEL SECURITY;`,
    "UPDATE pages SET rank = 12345",
    ["public.pages.rank"],
  ],
  [
    "a tenant that is named",
    `${PAGES + TENANTS} ALTER TABLE pages FORCE ROW LEVEL SECURITY;`,
    "DO $$ DECLARE r record; BEGIN ALTER TABLE pages NO FORCE ROW LEVEL SECURITY; UPDATE pages SET rank = 12345; END $$",
    [],
  ],
  [
    "force that the migration lifts",
    `${PAGES + TENANTS} ALTER TABLE pages FORCE ROW LEVEL SECURITY;`,
    "ALTER TABLE pages NO FORCE ROW LEVEL SECURITY; UPDATE pages SET rank = 12345",
    [],
  ],
])("completes.1: %s", async (_, before, up, subjects) => {
  for (const transaction of ["statement", "file", "query"] as const) {
    const { findings } = await judgeMigration(databases, [updatesStand], { before, up }, { transaction });

    expect(findings, transaction).toEqual(subjects.map((subject) => `completes.1 update-swallowed ${subject}`));
  }
});
