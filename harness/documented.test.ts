/**
 * Tests that the documentation is true: GitHub can read the workflow, and the command line accepts every command that the
 * workflow, the README and the pages show. The soak test runs them.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { createProgram } from "./cli.ts";
import { pages, readShellCommands } from "./testing/documented-commands.ts";

const ROOT = join(import.meta.dirname, "..");
const WORKFLOW = ".github/workflows/verify.yml";

interface Job {
  readonly needs?: string;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> };
  readonly steps: readonly {
    readonly run?: string;
    readonly uses?: string;
    readonly if?: string;
    readonly with?: Readonly<Record<string, unknown>>;
  }[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

async function textOf(file: string): Promise<string> {
  return await readFile(join(ROOT, file), "utf8");
}

async function workflow(): Promise<Workflow> {
  return parse(await textOf(WORKFLOW)) as Workflow;
}

/** The words of each command in a text, with what only a run knows replaced by what it could be. */
function commandsIn(text: string): readonly (readonly string[])[] {
  const joined = text
    .replace(/\\\n\s*/g, " ")
    .replace(/\$\{\{[^}]*\}\}|"?\$SEED"?|\$\w+/g, (variable) =>
      variable.includes("MORE") ? "--runs 200" : /POSTGRES|postgres/.test(variable) ? "17" : "1",
    );

  return [...joined.matchAll(/npx pg-plumbline ([^\n`]*)/g)].map(([, words = ""]) =>
    words
      .replace(/ (&&|\||>|#) .*/, "")
      .trim()
      .split(/\s+/)
      .map(filledIn),
  );
}

/** A word with a number where the text has a letter for one. */
function filledIn(word: string): string {
  return word.replace(/^N$/, "1").replace(/^I\/N$/, "1/2");
}

/** The commands that a text shows, and in the examples of it those on lines that go on. */
async function documented(file: string): Promise<readonly (readonly string[])[]> {
  const text = await textOf(file);
  const folded = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = ""]) => JSON.stringify(parse(yaml)));
  const outside = text.replace(/```yaml\n[\s\S]*?```/g, "").replace(/`([^`\n]*)\n\s*([^`\n]*)`/g, "`$1 $2`");

  return [...commandsIn(outside), ...folded.flatMap((json) => commandsIn(json.replaceAll('"', "\n")))];
}

/** Throws the error of the command line, if it does not accept the words; runs nothing. */
async function take(words: readonly string[]): Promise<void> {
  if (words.includes("--help")) return;
  const program = createProgram({ code: 0 });
  for (const command of program.commands) command.action(() => undefined);
  await program.parseAsync([...words], { from: "user" });
}

test("every command of the workflow is one that the command line takes", async () => {
  const { jobs } = await workflow();
  const runs = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
  const commands = runs.flatMap(commandsIn);

  expect(commands.map(([name]) => name)).toEqual(["verify", "merge", "verify", "bench"]);
  for (const words of commands) await take(words);
  await expect(take(["verify", "--no-such-flag"])).rejects.toThrow("--no-such-flag");
});

test.each(pages)("the command line accepts every command in %s", async (file) => {
  for (const words of await documented(file)) await take(words);
});

test.each(pages)("npm knows every script in %s", async (file) => {
  const { scripts } = JSON.parse(await textOf("package.json")) as { scripts: Record<string, string> };
  const used = readShellCommands(file).flatMap((command) => /^npm (?:run )?([\w:]+)/.exec(command)?.[1] ?? []);

  for (const name of used) expect(["ci", ...Object.keys(scripts)]).toContain(name);
});

test("the pages show commands, and link to pages that exist", async () => {
  expect(pages.flatMap(readShellCommands).length).toBeGreaterThan(20);
  for (const page of pages) {
    const links = [...(await textOf(page)).matchAll(/\]\(([^):#]+)(?:#[^)]*)?\)/g)].map(([, path = ""]) => path);
    for (const link of links) expect(existsSync(join(ROOT, dirname(page), link)), `${page}: ${link}`).toBe(true);
  }
});

test("the workflow tries every supported version in all parts, keeps what came of it, and puts it together", async () => {
  const { on, env, jobs } = await workflow();
  const { node, verify, merge, ...others } = jobs;
  const uploads = [verify, merge, ...Object.values(others)].map((job) =>
    job?.steps.find(({ uses }) => uses?.startsWith("actions/upload-artifact")),
  );
  const part = verify?.steps.flatMap(({ run = "" }) => /--shard \$\{\{ matrix.shard \}\}\/(\d+)/.exec(run)?.[1] ?? []);

  expect(node?.strategy?.matrix["node"]).toEqual([20, 22, 24]);
  expect(Object.keys(on)).toEqual(["push", "pull_request", "schedule", "workflow_dispatch"]);
  expect(env["SEED"]).toContain("github.run_number");
  expect(verify?.strategy?.matrix["postgres"]).toEqual([14, 15, 16, 17, 18]);
  expect(part?.map(Number)).toEqual([verify?.strategy?.matrix["shard"]?.length]);
  expect(merge?.needs).toBe("verify");
  expect(merge?.strategy?.matrix["postgres"]).toEqual(verify?.strategy?.matrix["postgres"]);
  for (const upload of uploads) {
    expect(upload?.if).toBe("always()");
    expect(upload?.with?.["path"]).toContain("plumbline-out");
  }
});
