import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Server } from "../database/server.ts";
import { Session } from "../database/session.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { type PreflightOptions, preflight } from "./preflight.ts";

const SCHEMA = `CREATE TABLE users (id int PRIMARY KEY, email text, nick text);
CREATE TABLE posts (id int PRIMARY KEY, author int);`;
const folder = createTemporaryFolder({
  "m/1_schema.up.sql": SCHEMA,
  "m/2_keys.up.sql": `-- plumbline: assume users: length(nick) < 20
UPDATE users SET nick = '' WHERE nick IS NULL;
ALTER TABLE users ALTER nick SET NOT NULL, ADD CONSTRAINT emails UNIQUE (email);
ALTER TABLE posts ADD CONSTRAINT authors FOREIGN KEY (author) REFERENCES users;`,
});
const migrations = join(folder, "m");

/** The database of the user, in the state before the newest migration. */
let theirs: Server;
let session: Session;

beforeAll(async () => {
  theirs = await startEmbedded();
  session = await Session.open(theirs.connection("postgres"));
  await session.query(`${SCHEMA}
    INSERT INTO users SELECT i, i, 'n' FROM generate_series(1, 50) i;
    INSERT INTO users VALUES (51, '1', NULL), (52, NULL, repeat('n', 30));
    INSERT INTO posts VALUES (1, 1), (2, 99), (3, NULL);
    CREATE ROLE reader LOGIN PASSWORD 'secret';
    GRANT SELECT ON users, posts TO reader`);
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await theirs[Symbol.asyncDispose]();
});

async function run(options: Partial<PreflightOptions> = {}) {
  const json = join(folder, "out.json");
  const code = await preflight({ folders: [migrations], timeout: 10, quiet: true, json, ...options });

  return { code, text: await readFile(json, "utf8") };
}

async function ask(options: Partial<PreflightOptions> = {}) {
  const { host, port } = theirs.connection("postgres");
  const { code, text } = await run({
    server: `postgres://reader:secret@/postgres?host=${host}&port=${port}`,
    ...options,
  });
  const { migrations: asked } = JSON.parse(text) as {
    migrations: { migration: string; conditions: { condition: string; standing: string; broken?: number }[] }[];
  };
  expect(asked.map(({ migration }) => migration)).toEqual(["2_keys"]);
  expect(text).not.toContain("secret");

  return { code, text, standings: asked[0]?.conditions.map(({ standing, broken }) => [standing, broken]) };
}

test("rows that a migration would refuse are counted, until they are repaired and the migration succeeds", async () => {
  const before = await ask();
  expect(before.code).toBe(1);
  expect(before.standings).toEqual([
    ["broken", 1],
    ["broken", 1],
    ["accepted", 1],
    ["broken", 2],
  ]);
  expect(before.text).not.toContain('"values"');
  expect((await ask({ values: 1 })).text).toContain('"99"');

  await session.query(`UPDATE users SET nick = 'n' WHERE id = 52; UPDATE users SET email = NULL WHERE id = 51;
    DELETE FROM posts WHERE author = 99`);
  const after = await ask();
  expect(after.code).toBe(0);
  expect(after.standings).toEqual([
    ["holds", 0],
    ["holds", 0],
    ["accepted", 1],
    ["holds", 0],
  ]);
  const up = await readFile(join(migrations, "2_keys.up.sql"), "utf8");
  expect((await session.tryAndRollBack([up])).error).toBeUndefined();
});

test("without a server, the queries are a script for psql", async () => {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  let script: string;
  try {
    expect(await preflight({ folders: [migrations], timeout: 10 })).toBe(0);
    script = write.mock.calls.map(([text]) => String(text)).join("");
  } finally {
    write.mockRestore();
  }

  expect(script).toContain("\nBEGIN READ ONLY;\n");
  for (const query of script.match(/^SELECT .*;$/gm) ?? []) {
    expect((await session.tryExecute(query)).error).toBeUndefined();
  }
  expect(script.match(/^SELECT .*;$/gm)).toHaveLength(4);
});

test("where a server is missing or none of the user's, that is an error", async () => {
  await expect(run({ explain: true })).rejects.toThrow("--explain asks a server");
  await expect(run({ server: "embedded" })).rejects.toThrow("is none");
});

test("what the queries would cost is asked instead of them", async () => {
  const { code, text } = await ask({ explain: true });

  expect(code).toBe(0);
  expect(text).toContain("Seq Scan on users");
  expect(text).not.toContain('"broken"');
});
