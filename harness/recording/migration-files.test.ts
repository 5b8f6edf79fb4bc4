import { expect, test } from "vitest";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { MigrationFiles, readCodeDeclarations } from "./migration-files.ts";

test.each<[name: string, files: readonly string[], found: string | undefined]>([
  ["20240101_users", ["m/20240101_users.ts", "m/20240102_users.ts"], "m/20240101_users.ts"],
  [
    "CreateUsers1700000000000",
    ["src/1700000000000-create-users.ts", "src/1800000000000-more.ts"],
    "src/1700000000000-create-users.ts",
  ],
  [
    "shop.0001_initial",
    ["auth/migrations/0001_initial.py", "shop/migrations/0001_initial.py"],
    "shop/migrations/0001_initial.py",
  ],
  ["ab12cd", ["versions/ab12cd_users.py", "versions/ab12ce_more.py"], "versions/ab12cd_users.py"],
  ["3", ["m/3_users.up.sql", "m/30_more.up.sql", "m/13_less.up.sql"], "m/3_users.up.sql"],
  ["20240101_users", ["prisma/20240101_users/migration.sql"], "prisma/20240101_users/migration.sql"],
  ["users", ["a/users.ts", "b/users.ts"], undefined],
  ["users", ["a/other.ts"], undefined],
])("the file of the migration %s is found by its name", async (name, files, found) => {
  const folder = createTemporaryFolder(Object.fromEntries(files.map((file) => [file, ""])));
  expect((await MigrationFiles.open(folder)).find(name)).toBe(found && `${folder}/${found}`);
});

test("comments of a program declare, and its strings do not", async () => {
  const folder = createTemporaryFolder({
    "a.ts": `/**
 * plumbline: irreversible because it is new
 */
// plumbline: assume users: a = '//'
const text = "// plumbline: assume users: b = 1";
/* plumbline: allow keeps.4 because one line */
await sql("-- plumbline: assume users: c = 1");`,
    "b.py": "# plumbline: assume users: d = 1\n",
    "c.sql": "-- plumbline: assume users: e = 1\n",
  });
  expect(await readCodeDeclarations(`${folder}/a.ts`)).toEqual([
    "-- plumbline: irreversible because it is new",
    "-- plumbline: assume users: a = '//'",
    "-- plumbline: allow keeps.4 because one line",
  ]);
  expect(await readCodeDeclarations(`${folder}/b.py`)).toEqual(["-- plumbline: assume users: d = 1"]);
  expect(await readCodeDeclarations(`${folder}/c.sql`)).toEqual([]);
});
