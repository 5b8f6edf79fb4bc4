/** Runs every command that the documentation shows, as it stands there, and compares the README's picture with a run. */
import { execFile, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Server } from "./database/server.ts";
import { startEmbedded } from "./server/embedded/embedded.ts";
import { pages, readShellCommands, root } from "./testing/documented-commands.ts";

/** What runs these tests, or would run them again, or installs. */
const OWN = /^npm (?:ci|test|run test:soak|run check)$/;
/** What needs more than Node. */
const NEEDS_DOCKER = /--server container/;
/** The migrations of a project of one's own. */
const FOLDER = "db/migrations";
/** A branch of Git that a shallow clone may lack. */
const NEEDS_HISTORY = /--changed-since origin\/main/;

const commands = [...new Set(pages.flatMap(readShellCommands))].filter((command) => !OWN.test(command));
const image = process.env["PLUMBLINE_TEST_IMAGE"];
let server: Server;
let project: string;

beforeAll(async () => {
  server = await startEmbedded();
  project = await mkdtemp(join(tmpdir(), "plumbline-project-"));
  await mkdir(join(project, FOLDER), { recursive: true });
  await writeFile(join(project, FOLDER, "1_users.sql"), "CREATE TABLE users (id int PRIMARY KEY, email text);\n");
  await writeFile(join(project, FOLDER, "2_names.sql"), "ALTER TABLE users ADD COLUMN name text;\n");
});
afterAll(async () => {
  await rm(project, { recursive: true, force: true });
  await server[Symbol.asyncDispose]();
});

const hasHistory = spawnSync("git", ["rev-parse", "--verify", "origin/main"], { cwd: root }).status === 0;
const isLeftOut = (command: string) =>
  (NEEDS_HISTORY.test(command) && !hasHistory) || (NEEDS_DOCKER.test(command) && image === undefined);

test.skip.each(commands.filter(isLeftOut))("%s", () => undefined);

test.each(commands.filter((command) => !isLeftOut(command)))("%s", { timeout: 600_000 }, async (command) => {
  const [program = "", ...words] = command.split(/\s+/);
  const isOurs = program === "npx";
  const args = isOurs ? [join(root, "bin/pg-plumbline.js"), ...words.slice(1)] : words;
  const more = NEEDS_DOCKER.test(command) ? ["--image", image ?? ""] : [];

  await expect(run(isOurs ? process.execPath : program, [...args, ...more])).resolves.toBe(0);
});

test("the README shows what verify prints", async () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const picture = /```\n(violated, known: [\s\S]*?)```/.exec(readme)?.[1] ?? "no picture";
  const words = ["verify", "--release", "sql/published", "--only", "C3", "--seed", "42", "--verbose"];
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, "bin/pg-plumbline.js"), ...words], {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1" },
  });

  expect(stdout).toContain(picture);
});

/** @returns the exit code */
async function run(program: string, words: readonly string[]): Promise<number> {
  const { host, port, user, password } = server.connection("postgres");
  const address = `postgres://${user}:${encodeURIComponent(String(password))}@localhost/postgres?host=${encodeURIComponent(String(host))}&port=${port}`;
  try {
    await promisify(execFile)(program, [...words], {
      cwd: words.includes(FOLDER) ? project : root,
      maxBuffer: 2 ** 28,
      env: { ...process.env, DATABASE_URL: address },
    });

    return 0;
  } catch (thrown) {
    const { code, stdout, stderr } = thrown as { code: number; stdout: string; stderr: string };
    process.stderr.write(`${program} ${words.join(" ")}\n${stdout}${stderr}`);

    return code;
  }
}
