import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { HarnessError } from "../errors.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { readRelease } from "./read-release.ts";

const least = { name: "first", baseline: ["../schema.sql"], migrate: ["columns.sql"] };

/** Writes a release with these keys and the required ones into the folder `one`, and returns the parent folder. */
async function folderWith(
  manifest: Readonly<Record<string, unknown>> | string,
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<string> {
  return createTemporaryFolder({
    "schema.sql": "create table wallet (id int);",
    "one/columns.sql": "alter table wallet add credits int;\n\\d wallet",
    "one/release.json": typeof manifest === "string" ? manifest : JSON.stringify({ ...least, ...manifest }),
    ...files,
  });
}

async function readError(folder: string): Promise<HarnessError> {
  const thrown: unknown = await readRelease(folder).then(
    () => "read",
    (error: unknown) => error,
  );

  if (!(thrown instanceof HarnessError)) throw new Error("expected a HarnessError", { cause: thrown });

  return thrown;
}

describe("reading a release", () => {
  test("gives the steps in their order with their statements, from this folder and around it", async () => {
    const root = await folderWith(
      { migrate: ["columns.sql", "deep/more.sql"], rollback: { emergency: ["deep/more.sql"] } },
      { "one/deep/more.sql": "\uFEFF-- only this\r\n" },
    );
    const release = await readRelease(join(root, "one"));

    expect(release).toMatchObject({ name: "first", folder: join(root, "one"), knownFailures: [] });
    expect(release.lists.baseline).toEqual([
      {
        path: "../schema.sql",
        file: join(root, "schema.sql"),
        source: "create table wallet (id int);",
        statements: [{ kind: "sql", text: "create table wallet (id int)", line: 1, node: "CreateStmt" }],
      },
    ]);
    expect(release.lists.migrate.map(({ path, statements }) => [path, statements.length])).toEqual([
      ["columns.sql", 2],
      ["deep/more.sql", 0],
    ]);
    expect(release.lists["rollback.emergency"]?.[0]?.source).toBe("-- only this\r\n");
  });

  test("leaves out the lists that are missing, and keeps those that are empty", async () => {
    const release = await readRelease(join(await folderWith({ analyse: [], rollback: {} }), "one"));

    expect(Object.keys(release.lists).toSorted()).toEqual(["analyse", "baseline", "migrate"]);
    expect(release.lists.analyse).toEqual([]);
  });

  test("takes a rollback as a list, or as an object that says whether it restores", async () => {
    const controlled = { steps: ["columns.sql"], restores: false };
    const rollback = { emergency: ["columns.sql"], controlled };
    const release = await readRelease(join(await folderWith({ rollback }), "one"));

    expect(release.lists["rollback.controlled"]).toEqual(release.lists["rollback.emergency"]);
    expect(release.restores).toEqual({ "rollback.emergency": true, "rollback.controlled": false });
  });

  test("reads rollbacks of any name, in their order", async () => {
    const release = await readRelease(
      join(await folderWith({ rollback: { down: [], after2: ["columns.sql"] } }), "one"),
    );

    expect(Object.keys(release.lists)).toEqual(["baseline", "migrate", "rollback.down", "rollback.after2"]);
    expect(release.restores).toEqual({ "rollback.down": true, "rollback.after2": true });
  });

  test.each([
    ["file", "file"],
    ["statement", undefined],
  ])('runs each file of migrate and of the rollbacks as "transaction" says: %s', async (transaction, expected) => {
    const manifest = { transaction, verify: ["columns.sql"], rollback: { down: ["columns.sql"] } };
    const { lists } = await readRelease(join(await folderWith(manifest), "one"));

    expect([lists.migrate, lists["rollback.down"]].map((steps) => steps?.[0]?.transaction)).toEqual([
      expected,
      expected,
    ]);
    expect([lists.baseline, lists.verify].map((steps) => steps?.[0]?.transaction)).toEqual([undefined, undefined]);
  });

  test("reads the file of known failures", async () => {
    const findings = [{ property: "C3", because: "the sum is not kept" }];
    const root = await folderWith({ findings: "known.json" }, { "one/known.json": JSON.stringify(findings) });

    expect(await readRelease(join(root, "one"))).toMatchObject({
      knownFailures: findings,
      knownFailuresFile: join(root, "one/known.json"),
    });
  });

  test("tolerates a byte order mark before release.json", async () => {
    const root = await folderWith(`\uFEFF${JSON.stringify(least)}`);

    expect((await readRelease(join(root, "one"))).name).toBe("first");
  });
});

describe("a folder that is no release", () => {
  test.each([
    ["nowhere", "nowhere: no such folder"],
    ["schema.sql", "schema.sql: a file and not a folder"],
    [".", "release.json: no such file, and it is what makes a folder a release"],
  ])("is rejected: %s", async (path, message) => {
    const root = await folderWith({});
    const error = await readError(join(root, path));

    expect(error.message).toBe(join(root, message));
    expect(error.remedy).toMatch(/release\.json|baseline/);
  });
});

describe("release.json", () => {
  const name =
    "a name of at most 100 letters, digits, dots, dashes and underscores that begins and ends with a letter or a digit";

  test.each([
    ['{\n "name": first }', ':2:10: not JSON: invalid symbol, found "first"'],
    ["[]", ": the file is not an object: []"],
    [{ migrate: undefined }, ': the key "migrate" is missing'],
    [{ migrate: [] }, ': "migrate" is not a list of at least one path: []'],
    [{ migrate: "columns.sql" }, ': "migrate" is not a list of at least one path: "columns.sql"'],
    [{ verify: ["columns.sql", 3] }, ': "verify"[1] is not the path of a file: 3'],
    [{ verify: [""] }, ': "verify"[0] is not the path of a file: ""'],
    [{ verify: null }, ': "verify" is not a list of paths: null'],
    [{ rollback: [] }, ': "rollback" is not an object of rollbacks by name: []'],
    [
      { rollback: { "2nd try": [] } },
      ': "rollback"."2nd try" is not a name of letters, digits, dashes and underscores that begins with a letter: "2nd try"',
    ],
    [{ transaction: "run" }, ': "transaction" is not "file" or "statement": "run"'],
    [{ rollback: { controlled: {} } }, ': the key "steps" is missing in "rollback"."controlled"'],
    [
      { rollback: { controlled: "columns.sql" } },
      ': "rollback"."controlled" is not a list of paths, or an object with steps and restores: "columns.sql"',
    ],
    [
      { rollback: { controlled: { steps: [], restores: "no" } } },
      ': "rollback"."controlled"."restores" is not true or false: "no"',
    ],
    [{ findings: ["findings.json"] }, ': "findings" is not the path of a file: ["findings.json"]'],
    [{ name: "one/two" }, `: "name" is not ${name}: "one/two"`],
    [{ name: "one\ntwo" }, `: "name" is not ${name}: "one\\ntwo"`],
    [{ name: "../one" }, `: "name" is not ${name}: "../one"`],
    [{ name: "" }, `: "name" is not ${name}: ""`],
    [{ name: "x".repeat(101) }, `: "name" is not ${name}: "${"x".repeat(59)}…`],
  ])("is read strictly: %.80j", async (manifest, message) => {
    const root = await folderWith(manifest);

    expect((await readError(join(root, "one"))).message).toBe(join(root, "one/release.json") + message);
  });

  test.each([
    [{ analyze: [] }, 'the key "analyze" is not known', 'Write "analyse"; the known keys are name, baseline, '],
    [{ migrate: undefined, migrat: [] }, 'the key "migrat" is not known', 'Write "migrate"; '],
    [{ "verify-rollback": [] }, 'the key "verify-rollback" is not known', 'Write "verifyRollback"; '],
    [{ owner: "me" }, 'the key "owner" is not known', "Use one of the known keys; the known keys are name, "],
  ])("has an unknown key: %j", async (manifest, message, remedy) => {
    const root = await folderWith(manifest);
    const error = await readError(join(root, "one"));

    expect(error.message).toBe(`${join(root, "one/release.json")}: ${message}`);
    expect(error.remedy).toContain(remedy);
  });
});

describe("a file that release.json names", () => {
  test.each([
    [{ exercise: ["lost.sql"] }, "lost.sql", ': no such file, though "exercise" in MANIFEST names it'],
    [{ exercise: ["columns.sql/x"] }, "columns.sql/x", ': no such file, though "exercise" in MANIFEST names it'],
    [{ rollback: { emergency: ["x"] } }, "x", ': no such file, though "rollback.emergency" in MANIFEST names it'],
    [{ verify: ["."] }, ".", ': a folder and not a file, though "verify" in MANIFEST names it'],
    [{ verify: ["latin1.sql"] }, "latin1.sql", ": not UTF-8 text"],
    [{ verify: ["wrong.sql"] }, "wrong.sql", ':2:8: syntax error at or near ","'],
    [{ findings: "lost.json" }, "lost.json", ': no such file, though "findings" in MANIFEST names it'],
  ])("is rejected with the key that names it: %j", async (manifest, path, message) => {
    const root = await folderWith(manifest, {
      "one/latin1.sql": Buffer.from("select 'é'", "latin1"),
      "one/wrong.sql": "-- é\nselect , 1",
    });
    const error = await readError(join(root, "one"));

    expect(error.message).toBe(join(root, "one", path) + message.replace("MANIFEST", join(root, "one/release.json")));
    expect(error.remedy).not.toBe("");
  });
});
