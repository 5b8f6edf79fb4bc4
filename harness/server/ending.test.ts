/** Checks how a server ends with the process that started it. Each case is a process of its own. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { findServerAccount } from "./embedded/account.ts";
import { findRunRoot } from "./embedded/directories.ts";
import { startEmbedded } from "./embedded/embedded.ts";
import { readStartTime } from "./process/processes.ts";

const folder = createTemporaryFolder({}, "/tmp");
const temp = createTemporaryFolder({}, dirname(findRunRoot(findServerAccount())));
const variables = { PLUMBLINE_CACHE: join(folder, "cache"), PLUMBLINE_TEMP: temp };
const unprivileged = { uid: 65534, gid: 65534 };
const repository = join(import.meta.dirname, "../..");

beforeEach(() => {
  for (const open of [folder, temp]) chmodSync(open, 0o755);
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
});
afterAll(() => vi.unstubAllEnvs());

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("%s ends the process with %i and leaves nothing", async (signal, code) => {
  const { child, postmaster } = await started("setInterval(() => 0, 1000)");
  child.kill(signal);
  // Users often press Ctrl-C twice, and npm passes both on.
  child.kill(signal);
  expect(await endOf(child)).toBe(code);
  expectNothingLeft(postmaster);
});

test.each([
  ["an uncaught exception", "setTimeout(() => { throw new Error('boom') }, 1)", 1],
  ["an unhandled rejection", "Promise.reject(new Error('boom'))", 1],
  ["process.exit", "process.exit(7)", 7],
  ["the end without disposal", "", 0],
])("%s leaves nothing", async (_, ending, code) => {
  const { child, postmaster } = await started(ending);
  expect(await endOf(child)).toBe(code);
  expectNothingLeft(postmaster);
});

test("other listeners for a signal do not keep the process from ending", async () => {
  const { child, postmaster } = await started(
    "process.on('SIGINT', () => 0); import('testcontainers').then(() => { console.log('now'); setInterval(() => 0, 1000) })",
  );
  await outputOf(child, /now/);
  child.kill("SIGINT");
  expect(await endOf(child)).toBe(130);
  expectNothingLeft(postmaster);
});

test("a signal while the cluster is built leaves no part of it", async () => {
  const cache = join(folder, "interrupted");
  const child = run("await startEmbedded({ onProgress: (text) => console.log(text) })", {
    PLUMBLINE_CACHE: cache,
  });
  await outputOf(child, /creating a cluster/);
  child.kill("SIGINT");
  expect(await endOf(child)).toBe(130);
  expect(readdirSync(join(cache, "building"))).toEqual([]);
  expect(existsSync(join(cache, "clusters"))).toBe(false);
});

test("the next start sweeps what `kill -9` left, and nothing else", async () => {
  const living = await started("setInterval(() => 0, 1000)");
  const killed = await started("setInterval(() => 0, 1000)");
  const foreign = join(dirname(killed.runFolder), "r-foreign");
  mkdirSync(join(foreign, "data"), { recursive: true });
  killed.child.kill("SIGKILL");
  await endOf(killed.child);
  expect(readStartTime(killed.postmaster)).toBeDefined();

  const server = await startEmbedded();
  try {
    expect(readStartTime(killed.postmaster)).toBeUndefined();
    expect(existsSync(killed.runFolder)).toBe(false);
    expect(existsSync(foreign)).toBe(true);
    expect(readStartTime(living.postmaster)).toBeDefined();
    expect(existsSync(living.runFolder)).toBe(true);
  } finally {
    await server[Symbol.asyncDispose]();
    living.child.kill("SIGTERM");
    await endOf(living.child);
    rmSync(foreign, { recursive: true });
  }
});

test("a crashed server and a restarted one are swept like any other", async () => {
  const report = "console.log('now')";
  const down = await started(`server.crash().then(() => { ${report}; setInterval(() => 0, 1000) })`);
  await outputOf(down.child, /now/);
  const up = await started(
    `server.crash().then(() => server.restart()).then(() => { ${report}; setInterval(() => 0, 1000) })`,
  );
  await outputOf(up.child, /now/);
  const restarted = postmasterIn(up.runFolder);
  expect(readStartTime(up.postmaster)).toBeUndefined();
  expect(readStartTime(restarted)).toBeDefined();
  for (const { child } of [down, up]) {
    child.kill("SIGKILL");
    await endOf(child);
  }

  await (await startEmbedded())[Symbol.asyncDispose]();
  expect(readStartTime(restarted)).toBeUndefined();
  expect([down, up].map(({ runFolder }) => existsSync(runFolder))).toEqual([false, false]);
});

test.each([
  ["that is down", "server.crash().then(() => process.exit(3))"],
  ["that was restarted", "server.crash().then(() => server.restart()).then(() => process.exit(3))"],
])("a process that exits with a crashed server %s leaves nothing", async (_, ending) => {
  const { child, postmaster } = await started(ending);
  expect(await endOf(child)).toBe(3);
  expectNothingLeft(postmaster);
});

test.runIf(canDropRoot())("an account that is not root runs its own server", async () => {
  const own = join(folder, "unprivileged");
  mkdirSync(own);
  chownSync(own, unprivileged.uid, unprivileged.gid);
  const { child, postmaster } = await started(
    "process.exit(5)",
    { PLUMBLINE_CACHE: join(own, "cache"), PLUMBLINE_TEMP: own, HOME: own },
    unprivileged,
  );
  expect(await endOf(child)).toBe(5);
  expect(readStartTime(postmaster)).toBeUndefined();
  expect(readdirSync(join(own, `plumbline-${unprivileged.uid}`))).toEqual([]);
});

interface Started {
  readonly child: ChildProcess;
  readonly postmaster: number;
  readonly runFolder: string;
}

/** A process that starts a server, reports its socket, and runs `ending`. */
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
    const listen = (chunk: unknown) => {
      output += String(chunk);
      const match = wanted.exec(output);
      if (match !== null) resolve(match);
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.once("close", () => reject(new Error(`the process ended before it printed ${wanted}: ${output}`)));
  });
}

async function endOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;

  return new Promise((resolve) => child.once("exit", resolve));
}

function expectNothingLeft(postmaster: number): void {
  expect(readStartTime(postmaster)).toBeUndefined();
  expect(readdirSync(join(temp, `plumbline-${process.getuid?.()}`))).toEqual([]);
}

/** Whether these tests run as root, from a folder that every account can read. */
function canDropRoot(): boolean {
  if (process.getuid?.() !== 0) return false;
  const words = [join(repository, "package.json"), process.execPath];

  return words.every((file) => spawnSync("test", ["-r", file], unprivileged).status === 0);
}
