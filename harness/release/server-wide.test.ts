import { expect, test } from "vitest";
import { makeStep } from "../testing/example-release.ts";
import type { Release } from "./release.ts";
import { requireOneDatabase } from "./server-wide.ts";

async function makeRelease(source: string): Promise<Release> {
  const lists = { baseline: [], migrate: [], "rollback.down": [await makeStep("down.sql", source)] };

  return { name: "example", folder: "/", lists, knownFailures: [] };
}

test.each([
  "DROP DATABASE IF EXISTS orders",
  "CREATE DATABASE orders",
  "ALTER DATABASE orders SET work_mem = '1MB'",
  "ALTER DATABASE orders RENAME TO old_orders",
  "ALTER DATABASE orders OWNER TO postgres",
  "ALTER SYSTEM SET work_mem = '1MB'",
  "CREATE TABLESPACE fast LOCATION '/fast'",
  "DROP TABLESPACE fast",
  "ALTER TABLESPACE fast RENAME TO slow",
  "ALTER ROLE app PASSWORD 'x'",
  "ALTER ROLE app SET search_path = x",
  "ALTER USER app RENAME TO old_app",
  "ALTER GROUP app ADD USER other",
  "COPY (SELECT 1) TO PROGRAM 'cat'",
])("%s changes the whole server", async (statement) => {
  const release = await makeRelease(`SELECT 1;\n${statement};`);

  expect(() => requireOneDatabase(release)).toThrow(
    `down.sql, line 2: ${statement} changes the whole server, which is not Plumbline's own`,
  );
});

test.each([
  "CREATE ROLE app",
  "DROP ROLE app",
  "GRANT SELECT ON notes TO app",
  "COMMENT ON DATABASE orders IS 'PROGRAM'",
  "ALTER TABLE notes ADD COLUMN role text DEFAULT 'ALTER SYSTEM'",
  "ALTER DEFAULT PRIVILEGES FOR ROLE app GRANT SELECT ON TABLES TO other",
])("%s keeps to its database", async (statement) => {
  const release = await makeRelease(`${statement};`);

  expect(() => requireOneDatabase(release)).not.toThrow();
});

test("the history and the setup before a migration count", async () => {
  const release = await makeRelease("SELECT 1;");
  const step = await makeStep("base.sql", "DROP DATABASE orders;");
  const origin = { folder: "/", layout: "numbered", index: 0, hasDowns: true, repeatable: false, migration: "1" };

  expect(() => requireOneDatabase({ ...release, setup: [step] })).toThrow("base.sql, line 1: DROP DATABASE orders");
  expect(() => requireOneDatabase({ ...release, origin: { ...origin, history: [step] } })).toThrow("base.sql, line 1");
});
