/**
 * How a server ends with the process that started it. Each case is a process of its own: one cannot kill the test's.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { serverAccount } from "./embedded/account.ts";
import { startEmbedded } from "./embedded/embedded.ts";
import { runRoot } from "./process/directories.ts";
import { startOf } from "./process/processes.ts";

const folder = mkdtempSync("/tmp/plumbline-test-");
const temp = mkdtempSync(join(dirname(runRoot(serverAccount())), "pt-"));
const places = { PLUMBLINE_CACHE: join(folder, "cache"), PLUMBLINE_TEMP: temp };
const nobody = { uid: 65534, gid: 65534 };
const repository = join(import.meta.dirname, "../..");

beforeEach(() => {
  for (const open of [folder, temp]) chmodSync(open, 0o755);
  for (const [name, value] of Object.entries(places)) vi.stubEnv(name, value);
});
afterAll(() => {
  vi.unstubAllEnvs();
  for (const made of [folder, temp]) rmSync(made, { recursive: true });
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("%s ends the process with %i and leaves nothing", async (signal, code) => {
  const { child, postmaster } = await started("setInterval(() => 0, 1000)");
  child.kill(signal);
  // Whoever presses once often presses twice, and npm passes both on.
  child.kill(signal);
  expect(await endOf(child)).toBe(code);
  expectNothingLeft(postmaster);
});

test.each([
  ["an uncaught exception", "setTimeout(() => { throw new Error('boom') }, 1)", 1],
  ["a rejection that nobody handles", "Promise.reject(new Error('boom'))", 1],
  ["process.exit", "process.exit(7)", 7],
  ["forgetting to dispose", "", 0],
])("%s leaves nothing", async (_, ending, code) => {
  const { child, postmaster } = await started(ending);
  expect(await endOf(child)).toBe(code);
  expectNothingLeft(postmaster);
});

test("whoever else listens for a signal decides what comes of it", async () => {
  const { child, postmaster } = await started(
    "process.once('SIGINT', async () => { await server[Symbol.asyncDispose](); process.exitCode = 9; clearInterval(alive) });" +
      "const alive = setInterval(() => 0, 1000)",
  );
  child.kill("SIGINT");
  expect(await endOf(child)).toBe(9);
  expectNothingLeft(postmaster);
});

test("a library that listens for signals only to see the end does not keep one from ending the process", async () => {
  const { child, postmaster } = await started(
    "import('@testcontainers/postgresql').then(() => { console.log('now'); setInterval(() => 0, 1000) })",
  );
  await outputOf(child, /now/);
  child.kill("SIGINT");
  expect(await endOf(child)).toBe(130);
  expectNothingLeft(postmaster);
});

test("a signal while the cluster is being made leaves no half of it", async () => {
  const cache = join(folder, "interrupted");
  const child = run("await startEmbedded({ onProgress: (text) => console.log(text) })", {
    PLUMBLINE_CACHE: cache,
  });
  await outputOf(child, /making a cluster/);
  child.kill("SIGINT");
  expect(await endOf(child)).toBe(130);
  expect(readdirSync(join(cache, "building"))).toEqual([]);
  expect(existsSync(join(cache, "clusters"))).toBe(false);
});

test("what kill -9 leaves is swept by the next start, and only that", async () => {
  const living = await started("setInterval(() => 0, 1000)");
  const killed = await started("setInterval(() => 0, 1000)");
  const foreign = join(dirname(killed.runFolder), "r-foreign");
  mkdirSync(join(foreign, "data"), { recursive: true });
  killed.child.kill("SIGKILL");
  await endOf(killed.child);
  expect(startOf(killed.postmaster)).toBeDefined();

  const server = await startEmbedded();
  try {
    expect(startOf(killed.postmaster)).toBeUndefined();
    expect(existsSync(killed.runFolder)).toBe(false);
    expect(existsSync(foreign)).toBe(true);
    expect(startOf(living.postmaster)).toBeDefined();
    expect(existsSync(living.runFolder)).toBe(true);
  } finally {
    await server[Symbol.asyncDispose]();
    living.child.kill("SIGTERM");
    await endOf(living.child);
    rmSync(foreign, { recursive: true });
  }
});

test("a server that was crashed is swept like any other, and so is one that was started again", async () => {
  const told = "console.log('now')";
  const down = await started(`server.crash().then(() => { ${told}; setInterval(() => 0, 1000) })`);
  await outputOf(down.child, /now/);
  const up = await started(
    `server.crash().then(() => server.restart()).then(() => { ${told}; setInterval(() => 0, 1000) })`,
  );
  await outputOf(up.child, /now/);
  const restarted = postmasterIn(up.runFolder);
  expect(startOf(up.postmaster)).toBeUndefined();
  expect(startOf(restarted)).toBeDefined();
  for (const { child } of [down, up]) {
    child.kill("SIGKILL");
    await endOf(child);
  }

  await (await startEmbedded())[Symbol.asyncDispose]();
  expect(startOf(restarted)).toBeUndefined();
  expect([down, up].map(({ runFolder }) => existsSync(runFolder))).toEqual([false, false]);
});

test.each([
  ["while it is down", "server.crash().then(() => process.exit(3))"],
  ["when it was started again", "server.crash().then(() => server.restart()).then(() => process.exit(3))"],
])("a process that ends with a crashed server, %s, leaves nothing", async (_, ending) => {
  const { child, postmaster } = await started(ending);
  expect(await endOf(child)).toBe(3);
  expectNothingLeft(postmaster);
});

test.runIf(canBeNobody())("an account that is not root runs its own server", async () => {
  const own = join(folder, "nobody");
  mkdirSync(own);
  chownSync(own, nobody.uid, nobody.gid);
  const { child, postmaster } = await started(
    "process.exit(5)",
    { PLUMBLINE_CACHE: join(own, "cache"), PLUMBLINE_TEMP: own, HOME: own },
    nobody,
  );
  expect(await endOf(child)).toBe(5);
  expect(startOf(postmaster)).toBeUndefined();
  expect(readdirSync(join(own, `plumbline-${nobody.uid}`))).toEqual([]);
});

interface Started {
  readonly child: ChildProcess;
  readonly postmaster: number;
  readonly runFolder: string;
}

/** A process that starts a server, says where it is, and then does `ending`. */
async function started(ending: string, env = {}, account = {}): Promise<Started> {
  const child = run(
    `const server = await startEmbedded();
     console.log("socket " + server.connection("postgres").host);
     process.stdin.once("data", () => { process.stdin.destroy(); ${ending} });`,
    env,
    account,
  );
  const [, socket = ""] = await outputOf(child, /^socket (.+)$/m);
  const runFolder = dirname(socket);
  const postmaster = postmasterIn(runFolder);
  child.stdin?.write("go\n");

  return { child, postmaster, runFolder };
}

function postmasterIn(runFolder: string): number {
  return Number(readFileSync(join(runFolder, "data/postmaster.pid"), "utf8").split("\n")[0]);
}

function run(script: string, env = {}, account = {}): ChildProcess {
  const source = `const { startEmbedded } = await import(${JSON.stringify(join(import.meta.dirname, "embedded/embedded.ts"))});`;

  return spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", source + script], {
    cwd: repository,
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
    ...account,
  });
}

async function outputOf(child: ChildProcess, wanted: RegExp): Promise<RegExpExecArray> {
  let output = "";

  return new Promise((resolve, reject) => {
    const hear = (chunk: unknown) => {
      output += String(chunk);
      const match = wanted.exec(output);
      if (match !== null) resolve(match);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("close", () => reject(new Error(`the process ended before it said ${wanted}: ${output}`)));
  });
}

async function endOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;

  return new Promise((resolve) => child.once("exit", resolve));
}

function expectNothingLeft(postmaster: number): void {
  expect(startOf(postmaster)).toBeUndefined();
  expect(readdirSync(join(temp, `plumbline-${process.getuid?.()}`))).toEqual([]);
}

/** Whether these tests run as root, and from a folder that anyone can read. */
function canBeNobody(): boolean {
  if (process.getuid?.() !== 0) return false;
  const words = [join(repository, "package.json"), process.execPath];

  return words.every((file) => spawnSync("test", ["-r", file], nobody).status === 0);
}
