import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { loadGates } from "./bench/load-gates.ts";
import { loadOperators } from "./mutation/load-operators.ts";
import { loadSuite } from "./suite/load-suite.ts";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "plumbline-built-"));
/** An installation of its own: the sources copied, the packages as they are, nothing put together. */
let own = "";
let count = 0;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(() => {
  count += 1;
  // In a path that must be quoted, for JavaScript, a pattern or a URL.
  own = join(folder, `${count} $& $$ 'ü' %20`);
  for (const name of ["harness", "properties", "benchmarks", "sql", "package.json"]) {
    cpSync(join(root, name), join(own, name), { recursive: true });
  }
  const packages = join(root, "node_modules");
  mkdirSync(join(own, "node_modules"));
  for (const name of readdirSync(packages).filter((entry) => !entry.startsWith("."))) {
    symlinkSync(join(packages, name), join(own, "node_modules", name));
  }
});

const kept = (): string => join(own, "node_modules/.cache/plumbline");
const cli = (): string => join(own, "harness/cli.ts");

async function plumbline(...words: string[]) {
  const child: ChildProcess = spawn(process.execPath, [join(own, "harness/plumbline.js"), ...words]);
  const [stdout, stderr, status] = await Promise.all([
    child.stdout === null ? "" : text(child.stdout),
    child.stderr === null ? "" : text(child.stderr),
    new Promise((resolve) => child.on("close", resolve)),
  ]);

  return { status, stdout, stderr };
}

const version = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version;
const told = { status: 0, stdout: `${version}\n`, stderr: "" };

const idOf = ({ id }: { readonly id: string }): string => id;

function chosenFrom(stderr: string): readonly string[] {
  return /Choose from (.*)\.$/m.exec(stderr)?.[1]?.split(", ") ?? [];
}

describe("the program is put together", () => {
  test("once, and anew after a source has changed", async () => {
    expect(await plumbline("--version")).toEqual(told);
    const [first, ...more] = readdirSync(kept());
    expect(more).toEqual([]);

    expect(await plumbline("--version")).toEqual(told);
    expect(readdirSync(kept())).toEqual([first]);

    appendFileSync(cli(), '\nprocess.stdout.write("changed\\n");\n');
    expect((await plumbline("--version")).stdout).toBe(`changed\n${version}\n`);
    expect(readdirSync(kept())).toHaveLength(2);
  });

  test("anew after a source has changed, even where neither its size nor its age tells", async () => {
    const then = new Date("2026-01-01T00:00:00Z");
    utimesSync(cli(), then, then);
    await plumbline("--version");
    const text = readFileSync(cli(), "utf8");
    writeFileSync(cli(), text.replaceAll("verify", "yfirev"));
    utimesSync(cli(), then, then);

    expect((await plumbline("--help")).stdout).toContain("yfirev");
  });

  test.each([
    ["cut off", (script: string) => truncateSync(script, 200_000)],
    [
      "no file",
      (script: string) => {
        rmSync(script);
        mkdirSync(script);
      },
    ],
    ["gone", (script: string) => rmSync(script)],
  ])("anew where it is %s", async (_, damage) => {
    await plumbline("--version");
    const [name = ""] = readdirSync(kept());
    const script = join(kept(), name, "harness/cli.cjs");
    damage(script);

    expect(await plumbline("--version")).toEqual(told);
    expect(statSync(script).size).toBeGreaterThan(1_000_000);
  });

  test("for the latest states only", async () => {
    for (let times = 0; times < 7; times += 1) {
      appendFileSync(cli(), "\n");
      await plumbline("--version");
    }

    // The latest, and as many as were there when it was made.
    expect(readdirSync(kept())).toHaveLength(5);
  });

  test("by several at the same time, and each of them runs", async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => plumbline("--version")));

    expect(all).toEqual(all.map(() => told));
    expect(readdirSync(kept())).toHaveLength(1);
  });

  test("for whoever may read the sources", async () => {
    await plumbline("--version");
    const modes = [own, kept(), ...readdirSync(kept()).map((name) => join(kept(), name))].map(
      (path) => statSync(path).mode,
    );

    expect(new Set(modes).size).toBe(1);
  });

  test("and what nobody has started for long is removed", async () => {
    await plumbline("--version");
    const [first = ""] = readdirSync(kept());
    const ago = new Date(Date.now() - 60 * 60 * 1000);

    // Started again, it stays.
    utimesSync(join(kept(), first), ago, ago);
    await plumbline("--version");
    appendFileSync(cli(), "\n");
    await plumbline("--version");
    expect(readdirSync(kept())).toContain(first);

    utimesSync(join(kept(), first), ago, ago);
    appendFileSync(cli(), "\n");
    await plumbline("--version");
    expect(readdirSync(kept())).not.toContain(first);
  });

  test("with every property, operator and gate", async () => {
    const { properties, questions } = await loadSuite(join(root, "properties/credits"));
    const gatesThere = await loadGates(join(root, "benchmarks"));
    const operatorsThere = await loadOperators();
    const all = await plumbline("verify", "--only", "nothing");
    const operators = await plumbline("mutate", "--operators", "nothing");
    const gates = await plumbline("bench", "--only", "nothing");

    expect(chosenFrom(all.stderr)).toEqual(expect.arrayContaining([...properties, ...questions].map(idOf)));
    expect(chosenFrom(operators.stderr)).toEqual(operatorsThere.map(({ name }) => name));
    expect(chosenFrom(gates.stderr)).toEqual(expect.arrayContaining(gatesThere.map(idOf)));
  });

  test("so that a trace still names the source", async () => {
    const lines = readFileSync(cli(), "utf8").split("\n").length;
    appendFileSync(cli(), '\nconst wrong: string = "wrong";\nthrow new Error(wrong);\n');
    const { status, stderr } = await plumbline("--version");

    expect(stderr).toContain(`harness/cli.ts:${lines + 2}`);
    expect(status).toBe(1);
  });
});

describe("what was compiled is kept", () => {
  const compiled = (): string[] => {
    const [folder = ""] = readdirSync(kept());

    return readdirSync(join(kept(), folder, "harness"))
      .filter((name) => /^cli\.cjs\.[\da-f]+$/.test(name))
      .map((name) => join(kept(), folder, "harness", name));
  };

  test("for each choice of flags", async () => {
    await plumbline("--version");
    expect(compiled()).toHaveLength(1);

    const [first = ""] = compiled();
    const bytes = readFileSync(first);
    expect(await plumbline("--version")).toEqual(told);
    expect(readFileSync(first).equals(bytes)).toBe(true);

    const { status } = spawnSync(process.execPath, [
      ...["--max-semi-space-size=32", join(own, "harness/plumbline.js"), "--version"],
    ]);
    expect(status).toBe(0);
    expect(compiled()).toHaveLength(2);
  });

  test("for the latest choices only", async () => {
    for (let size = 8; size < 15; size += 1) {
      const { status } = spawnSync(process.execPath, [
        ...[`--max-semi-space-size=${size}`, join(own, "harness/plumbline.js"), "--version"],
      ]);
      expect(status).toBe(0);
    }

    expect(compiled()).toHaveLength(4);
  });

  test("for the flags of npm run verify, as soon as it is installed", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<"prepare" | "verify", string>;
    };
    const [command = ""] = scripts.verify.split(" verify");

    expect(scripts.prepare).toBe(`${command} --version || exit 0`);
  });

  test("and made anew where it is damaged", async () => {
    await plumbline("--version");
    const [first = ""] = compiled();
    const whole = readFileSync(first);
    // V8 itself looks at the head only.
    for (const damaged of [whole.subarray(0, 1000), Buffer.from(whole).fill(0, 100_000, 300_000)]) {
      writeFileSync(first, damaged);

      expect(await plumbline("--version")).toEqual(told);
      expect(readFileSync(first).length / whole.length).toBeCloseTo(1);
    }
  });

  test("or not at all where nothing can be written", async () => {
    await plumbline("--version");
    const [first = ""] = compiled();
    rmSync(first);
    mkdirSync(first);

    expect(await plumbline("--version")).toEqual(told);
  });
});

describe("tsx runs it file by file", () => {
  test("where nothing can be kept", async () => {
    writeFileSync(join(own, "node_modules/.cache"), "not a folder");

    expect(await plumbline("--version")).toEqual(told);
  });

  test("where a source is no TypeScript, and says so", async () => {
    appendFileSync(cli(), "\nconst = 1;\n");
    const { status, stderr } = await plumbline("--version");

    expect(stderr).toContain("cli.ts");
    expect(status).toBe(1);
    expect(existsSync(kept()) ? readdirSync(kept()) : []).toEqual([]);
  });
});
