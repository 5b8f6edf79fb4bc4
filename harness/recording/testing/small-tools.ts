/** Two small migration tools, as folders that tests write. */
import { join } from "node:path";
import { installation } from "../../files/installation.ts";

type Files = Readonly<Record<string, string>>;

const pg = JSON.stringify(join(installation.folder, "node_modules/pg/lib/index.js"));

const CONNECT = `import { readdirSync, readFileSync } from "node:fs";
import pg from ${pg};
const files = readdirSync(new URL("./migrations/", import.meta.url)).sort();
const direction = process.argv[2];
const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
const applied = async () => (await client.query("SELECT name FROM applied ORDER BY name")).rows.map(({ name }) => name);
`;

/**
 * A tool whose migrations are modules with up and down. Each is a transaction with its row in the list; a lock keeps others
 * out. Takes up, step or down.
 */
export const transactionTool: Files = {
  "tool.mjs": `${CONNECT}
await client.query("CREATE TABLE IF NOT EXISTS applied (id serial PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now())");
await client.query("CREATE TABLE IF NOT EXISTS applied_lock (is_locked int)");
if ((await client.query("SELECT is_locked FROM applied_lock")).rowCount === 0) {
  await client.query("INSERT INTO applied_lock VALUES (0)");
}
await client.query("SELECT pg_advisory_lock(42)");
await client.query("UPDATE applied_lock SET is_locked = 1");
const names = await applied();
const chosen = direction === "down" ? files.filter((file) => names.includes(file)).slice(-1)
  : files.filter((file) => !names.includes(file)).slice(0, direction === "step" ? 1 : undefined);
for (const file of chosen) {
  const migration = await import("./migrations/" + file);
  await client.query("BEGIN");
  await migration[direction === "down" ? "down" : "up"]((sql, values) => client.query(sql, values));
  if (direction === "down") await client.query("DELETE FROM applied WHERE name = $1", [file]);
  else await client.query("INSERT INTO applied (name) VALUES ($1)", [file]);
  await client.query("COMMIT");
}
await client.query("UPDATE applied_lock SET is_locked = 0");
await client.query("SELECT pg_advisory_unlock(42)");
await client.end();
`,
};

/** A tool that sends each file of SQL as one message, and writes its version before and after. Takes up. */
export const queryTool: Files = {
  "tool.mjs": `${CONNECT}
await client.query("CREATE TABLE IF NOT EXISTS schema_version (version bigint PRIMARY KEY, dirty boolean NOT NULL)");
const { rows } = await client.query("SELECT version FROM schema_version");
for (const file of files) {
  const version = Number.parseInt(file, 10);
  if (version <= Number(rows[0]?.version ?? 0)) continue;
  const write = async (dirty) => {
    await client.query("BEGIN");
    await client.query("TRUNCATE schema_version");
    await client.query("INSERT INTO schema_version (version, dirty) VALUES ($1, $2)", [version, dirty]);
    await client.query("COMMIT");
  };
  await write(true);
  await client.query(readFileSync(new URL("./migrations/" + file, import.meta.url), "utf8"));
  await write(false);
}
await client.end();
`,
};

/** A module of transactionTool: statements, or code that calls query(sql, values). */
export function writeModule(up: string, down = ""): string {
  return `export async function up(query) {\n${up}\n}\nexport async function down(query) {\n${down}\n}\n`;
}
