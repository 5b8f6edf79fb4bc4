/** Runs the program from a copy of the clone while sources change. */
import { spawn } from "node:child_process";
import { appendFileSync, cpSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { beforeAll, describe, expect, test } from "vitest";
import { loadGates } from "./bench/load-gates.ts";
import { codePath, installation } from "./files/installation.ts";
import { loadOperators } from "./mutation/find-mutants.ts";
import { loadSuite } from "./suite/load-suite.ts";
import { createTemporaryFolder } from "./testing/temporary-directory.ts";

/** A path with characters that patterns, URLs and JavaScript must escape. */
let clone = "";

beforeAll(() => {
  clone = join(createTemporaryFolder(), "$& 'ü' %20");
  const names = ["bin", "harness", "properties", "benchmarks", "sql", "build.js", "esbuild.config.js"];
  for (const name of [...names, "package.json", "package-lock.json"]) {
    cpSync(join(installation.folder, name), join(clone, name), { recursive: true });
  }
  symlinkSync(join(installation.folder, "node_modules"), join(clone, "node_modules"));
});

async function run(...words: readonly string[]) {
  const child = spawn(process.execPath, [join(clone, "bin/pg-plumbline.js"), ...words]);
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.on("close", resolve)),
  ]);

  return { status, stdout, stderr };
}

const printsVersion = { status: 0, stdout: `${installation.version}\n`, stderr: "" };
const cli = (): string => join(clone, "harness/cli.ts");

/** Reads the ids that an error offers. */
async function readChoices(...words: readonly string[]): Promise<readonly string[]> {
  return /Choose from (.*)\.$/m.exec((await run(...words)).stderr)?.[1]?.split(", ") ?? [];
}

describe("the program is built", () => {
  test("by several runs at the same time, each of which succeeds", async () => {
    const all = await Promise.all(Array.from({ length: 3 }, () => run("--version")));

    expect(all).toEqual(all.map(() => printsVersion));
    expect(readdirSync(join(clone, "dist"), { recursive: true }).filter((name) => `${name}`.endsWith(".tmp"))).toEqual(
      [],
    );
  });

  test("with every property, operator and gate", async () => {
    const { properties, questions } = await loadSuite(codePath("properties/credits"));
    const operators = await loadOperators();
    const gates = await loadGates(codePath("benchmarks"));
    const ids = ({ id }: { readonly id: string }) => id;

    expect(await readChoices("verify", "--only", "none")).toEqual(
      expect.arrayContaining([...properties, ...questions].map(ids)),
    );
    expect(await readChoices("mutate", "--operators", "none")).toEqual(operators.map(({ name }) => name));
    expect(await readChoices("bench", "--only", "none")).toEqual(expect.arrayContaining(gates.map(ids)));
  });

  test("again after a source changed, and only then", async () => {
    const stamp = readFileSync(join(clone, "dist/.sources"), "utf8");
    await run("--version");
    expect(readFileSync(join(clone, "dist/.sources"), "utf8")).toBe(stamp);

    // Neither the size nor the number of files changes.
    writeFileSync(cli(), readFileSync(cli(), "utf8").replaceAll('"verify"', '"yfirev"'));
    expect((await run("--help")).stdout).toContain("yfirev");
  });
});

test("a stack trace names the line of the TypeScript source", async () => {
  const source = readFileSync(cli(), "utf8");
  appendFileSync(cli(), '\nconst wrong: string = "wrong";\nthrow new Error(wrong);\n');
  const { status, stderr } = await run("--version");
  writeFileSync(cli(), source);

  expect(stderr).toContain(`harness/cli.ts:${source.split("\n").length + 2}`);
  expect(status).toBe(1);
});

describe("it says why it cannot be built", () => {
  test("where a source does not compile", async () => {
    const source = readFileSync(cli(), "utf8");
    appendFileSync(cli(), "\nconst = 1;\n");
    const { status, stderr } = await run("--version");
    writeFileSync(cli(), source);

    expect(stderr).toMatch(/harness\/cli\.ts:\d+:\d+: ERROR/);
    expect(status).toBe(2);
  });

  test("where dist/ cannot be written", async () => {
    rmSync(join(clone, "dist"), { recursive: true });
    writeFileSync(join(clone, "dist"), "a file");
    const { status, stderr } = await run("--version");

    expect(stderr).toContain("dist/ differs from the sources and cannot be built: ENOTDIR");
    expect(status).toBe(2);
  });
});
