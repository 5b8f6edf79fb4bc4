import { expect, test } from "vitest";
import { queryTool, transactionTool, writeModule } from "../recording/testing/small-tools.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { selectTargets, type TargetOptions } from "./verify-targets.ts";

const files = {
  ".git/HEAD": "",
  "m/1_a.up.sql": "SELECT 1",
  "m/2_b.up.sql": "SELECT 2",
  "m/2_b.down.sql": "SELECT -2",
  "m/3_c.up.sql": "SELECT 3",
  "release/release.json": JSON.stringify({ name: "mine", baseline: ["a.sql"], migrate: ["a.sql"] }),
  "release/a.sql": "SELECT 1",
  "plumbline.config.ts": 'export default { setup: ["CREATE ROLE app", "base.sql"] };',
  "base.sql": "SELECT 0",
};

async function read(options: TargetOptions & { readonly folder: string }) {
  const root = createTemporaryFolder(files);
  const lines: string[] = [];
  const targets = await selectTargets({ ...options, folders: [`${root}/${options.folder}`] }, (line) =>
    lines.push(line),
  );

  return { targets, lines: lines.map((line) => line.replace(`${root}/`, "")) };
}

test("a folder of migrations is said to be one, and its newest is verified after the setup of the configuration", async () => {
  const { targets, lines } = await read({ folder: "m" });

  expect(lines).toEqual(["m: up and down files as of golang-migrate, 3 migrations; checking 3_c"]);
  expect(targets.map(({ release }) => release.name)).toEqual(["3_c"]);
  expect(targets[0]?.release.setup?.map(({ path, source }) => [path, source])).toEqual([
    ["plumbline.config.ts, setup[0]", "CREATE ROLE app"],
    ["base.sql", "SELECT 0"],
  ]);
});

test("keys of the configuration that no rule reads are named", async () => {
  const root = createTemporaryFolder({
    ...files,
    "plumbline.config.ts": 'export default { sizes: { users: 5 }, role: "app" };',
  });
  const lines: string[] = [];
  await selectTargets({ folders: [`${root}/m`] }, (line) => lines.push(line));

  expect(lines).toContain(`${root}/plumbline.config.ts: no rule reads role, sizes yet`);
});

test("a folder with a release.json is a release", async () => {
  const { targets, lines } = await read({ folder: "release" });

  expect(lines).toEqual([]);
  expect(targets.map(({ release }) => [release.name, release.origin])).toEqual([["mine", undefined]]);
});

test("a flag that selects among migrations is refused where there are none", async () => {
  await expect(read({ folder: "release", last: 2 })).rejects.toMatchObject({
    message: "--last is about a folder of migrations, and none is named",
  });
  await expect(selectTargets({ all: true }, () => undefined)).rejects.toMatchObject({
    message: "--all is about a folder of migrations, and none is named",
    remedy: "Name it before the flag, such as db/migrations",
  });
  await expect(read({ folder: "release", all: false })).resolves.toBeDefined();
});

test("a shard has some of the migrations, with all of their properties", async () => {
  const shards = await Promise.all([1, 2].map((index) => read({ folder: "m", all: true, shard: { index, count: 2 } })));
  const counts = shards.map(({ targets }) => targets.map(({ suite }) => suite.properties.length > 0));

  expect(counts).toEqual([
    [true, true, false],
    [false, false, true],
  ]);
});

test("rules about rollbacks are left out where a tool keeps no downs, and count as nothing", async () => {
  const root = createTemporaryFolder({
    "prisma/migration_lock.toml": 'provider = "postgresql"',
    "prisma/1_a/migration.sql": "SELECT 1",
  });
  const prisma = await selectTargets({ folders: [`${root}/prisma`] }, () => undefined);
  const { targets } = await read({ folder: "m" });
  const [without, along] = [prisma, targets].map((all) =>
    all.flatMap(({ suite }) => [...new Set(suite.properties.map(({ rule }) => rule))]),
  );

  expect(without).toContain("keeps");
  expect(without).not.toContain("rolls-back");
  expect(along).toContain("rolls-back");
});

test("a migration that is not there is an error with one like it", async () => {
  await expect(read({ folder: "m", migration: "2_c" })).rejects.toMatchObject({
    message: expect.stringMatching(/m: there is no migration "2_c"$/),
    remedy: expect.stringMatching(/^Write --migration [23]_[bc]$/),
  });
  await expect(read({ folder: "m", migration: "3" })).rejects.toMatchObject({ remedy: "Write --migration 3_c" });
});

test("a folder that is given twice is an error, however it is named", async () => {
  const root = createTemporaryFolder(files);
  const twice = { folders: [`${root}/m`], release: [`${root}/release/../m/`] };

  await expect(selectTargets(twice, () => undefined)).rejects.toMatchObject({
    message: `${root}/release/../m/ was given twice`,
  });
});

test("migrations of two folders have names of their own", async () => {
  const root = createTemporaryFolder({ "one/1_a.up.sql": "SELECT 1", "two/1_a.up.sql": "SELECT 1" });
  const targets = await selectTargets({ folders: [`${root}/one`, `${root}/two`] }, () => undefined);

  expect(targets.map(({ release }) => release.name)).toEqual(["1_a", "1_a-2"]);
});

test("the migrations of a command are recorded, unless a layout asks for the files", async () => {
  const root = createTemporaryFolder({
    ...{ ...transactionTool, ".git/HEAD": "" },
    "plumbline.config.ts": 'export default { command: { up: "node tool.mjs up", down: "node tool.mjs down" } };',
    "migrations/1_a.mjs": writeModule(`await query("CREATE TABLE a (id int PRIMARY KEY, n int)");`),
    "migrations/2_b.mjs": writeModule(
      `for (const row of (await query("SELECT * FROM a")).rows) await query("DELETE FROM a WHERE id = $1", [row.id]);`,
    ),
  });
  const lines: string[] = [];
  const log = (line: string) => lines.push(line.replace(root, "."));
  const targets = await selectTargets({ folders: [`${root}/migrations`], rows: "mild" }, log);
  expect(lines).toEqual([
    "recording node tool.mjs up on a private server",
    ".: a record of node tool.mjs up, 2 migrations; checking 2_b",
  ]);
  expect(
    targets.map(({ release: { name, lists, origin } }) => [name, lists.migrate[0]?.statements.length, origin?.notes]),
  ).toEqual([
    [
      "2_b",
      1,
      [expect.stringMatching(/^the code of 2_b reads rows of a, .* its tool was run again on ordinary rows,/)],
    ],
    ["2_b-on-ordinary-rows", 4, targets[0]?.release.origin?.notes],
  ]);
  await expect(selectTargets({ folders: [root], layout: "numbered" }, log)).rejects.toThrow("holds no migration");
});

test("a recorded migration whose file is not known cannot be selected by what changed", async () => {
  const root = createTemporaryFolder({
    ...{ ...queryTool, "migrations/001first.sql": "CREATE TABLE a (id int)" },
    "plumbline.config.ts": 'export default { command: { up: "node tool.mjs up" } };',
  });
  await expect(selectTargets({ folders: [root], since: "HEAD" }, () => undefined)).rejects.toMatchObject({
    message: `no file in ${root} has the name of the migration 1, so --since does not know whether it changed`,
  });
});
