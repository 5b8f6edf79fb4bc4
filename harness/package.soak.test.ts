/** Packs the program, installs the tarball into an empty project, and verifies a release of that project with it. */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { installation } from "./files/installation.ts";
import { createTemporaryFolder } from "./testing/temporary-directory.ts";

const LIMIT_MS = 300_000;

const PROPERTY = `import { fc, HarnessError, Inconclusive, MigrationContext, property } from "pg-plumbline";

export const added = property("S1", "the column is there", {
  given: { n: fc.integer() },
  caseKind: "migration",
  async holds({ n }: { n: number }, context: MigrationContext) {
    if (!(context instanceof MigrationContext)) throw new HarnessError("this is another copy", "Fix it");
    const db = await context.migrated();
    await db.prepare("a row", \`INSERT INTO a VALUES (\${n}, 2)\`);
    const [row] = await db.query("SELECT c FROM a");
    const got = String(row?.["c"]);

    return got === "2" ? undefined : db.violation({ expected: "2", got, show: "SELECT c FROM a" });
  },
});

export const unknown = property("S2", "an inconclusive case is recognized", {
  given: {},
  caseKind: "once",
  async holds() {
    throw new Inconclusive("on purpose");
  },
});
`;

let project: string;

beforeAll(async () => {
  project = createTemporaryFolder({
    "package.json": "{}",
    "tsconfig.json": JSON.stringify({
      compilerOptions: { module: "nodenext", target: "es2023", strict: true, noEmit: true, types: [] },
      include: ["release"],
    }),
    "release/release.json": JSON.stringify({
      name: "own",
      baseline: ["base.sql"],
      properties: "rules",
      migrate: ["up.sql"],
    }),
    "release/base.sql": "CREATE TABLE a (id integer PRIMARY KEY);",
    "release/up.sql": "ALTER TABLE a ADD COLUMN c integer;",
    "release/rules/first.property.ts": PROPERTY,
  });
  execFileSync("npm", ["pack", "--pack-destination", project], { cwd: installation.folder, stdio: "pipe" });
  const [tarball = ""] = readdirSync(project).filter((name) => name.endsWith(".tgz"));
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", `./${tarball}`], {
    cwd: project,
    stdio: "pipe",
  });
}, LIMIT_MS);

async function run(...words: readonly string[]) {
  const options = { cwd: project, encoding: "utf8" } as const;

  return await promisify(execFile)("npx", ["pg-plumbline", ...words], options).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
}

const verdicts = /2 properties: 1 held, 1 UNKNOWN/;

describe(
  "the installed tarball",
  () => {
    test("shows its help, and holds no sources and no tests", async () => {
      const folder = join(project, "node_modules/pg-plumbline");
      const files = readdirSync(folder, { recursive: true }).map(String);

      expect((await run("--help")).stdout).toContain("Usage: pg-plumbline");
      expect(files.filter((file) => /(?<!\.d)\.ts$|\.test\.|\.sources$/.test(file))).toEqual([]);
      expect(files).toEqual(expect.arrayContaining(["README.md", "LICENSE", "sql/hardened/release.json"]));
    });

    test("verifies a release whose properties import it, with the declarations of their types", async () => {
      const { stdout, stderr } = await run("verify", "--release", "release", "--only", "S1,S2", "--seed", "1");

      expect(stderr).not.toContain("another copy");
      expect(stdout).toMatch(verdicts);
      execFileSync(join(installation.folder, "node_modules/.bin/tsc"), ["-p", project]);
    });

    test("verifies the releases that come with it", async () => {
      const { stdout } = await run("verify", "--only", "C3", "--seed", "1");

      expect(stdout).toContain("2 properties of 1 rule: 1 held, 1 violated");
      expect(existsSync(join(project, "plumbline-out/phase-3.5-published"))).toBe(true);
    });
  },
  LIMIT_MS,
);

test(
  "the clone verifies a release elsewhere, whose properties import the program that runs",
  async () => {
    const bin = join(installation.folder, "bin/pg-plumbline.js");
    const folder = createTemporaryFolder();
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [bin, "verify", "--release", join(project, "release"), "--only", "S1,S2", "--seed", "1"],
      { cwd: folder, encoding: "utf8" },
    );

    expect(stdout).toMatch(verdicts);
  },
  LIMIT_MS,
);
