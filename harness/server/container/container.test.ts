/**
 * Checks containers of a real engine. They need an image of PostgreSQL that is built like the official one, named by
 * PLUMBLINE_TEST_IMAGE.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, test, vi } from "vitest";
import type { Server } from "../../database/server.ts";
import { Session } from "../../database/session.ts";
import { HarnessError } from "../../errors.ts";
import { onExit } from "../process/on-exit.ts";
import { startContainer, startCrashableContainer } from "./container.ts";
import { cleanContainers, inspectContainer } from "./containers.ts";
import { findEngine } from "./engine.ts";

const image = process.env["PLUMBLINE_TEST_IMAGE"] ?? "";

const connect = (server: Server) => Session.open(server.connection("postgres"));

async function listContainers() {
  const { container } = await findEngine();

  return await container.dockerode.listContainers({ all: true });
}

/** The name of the container that publishes this port. */
async function findContainer(port: number | undefined): Promise<string> {
  const all = await listContainers();

  return (
    all.find(({ Ports: ports }) => ports.some(({ PublicPort: found }) => found === port))?.Names[0]?.slice(1) ?? "none"
  );
}

async function isPresent(name: string): Promise<boolean> {
  return (await inspectContainer((await findEngine()).container.getById(name))) !== undefined;
}

describe.skipIf(image === "")("a server in a container", () => {
  test("has the given settings, requires its password, and leaves nothing behind", async () => {
    const server = await startContainer({ image, settings: { work_mem: "7MB" } });
    const { port } = server.connection("postgres");
    const name = await findContainer(port);
    try {
      await using session = await connect(server);
      expect(
        await session.query(
          `SELECT current_setting('work_mem') AS work_mem, current_setting('fsync') AS fsync,
           current_setting('autovacuum') AS autovacuum, current_setting('TimeZone') AS zone,
           lower('ÄÖ') AS lower, 'a' < 'B' AS a_before_b`,
        ),
      ).toEqual([{ work_mem: "7MB", fsync: "off", autovacuum: "off", zone: "UTC", lower: "äö", a_before_b: "f" }]);
      expect(await session.query("SELECT split_part(current_setting('server_version'), ' ', 1) AS v")).toEqual([
        { v: server.version },
      ]);
      await expect(Session.open({ ...server.connection("postgres"), password: "guess" })).rejects.toThrow(
        /password authentication failed/,
      );
      expect(await isPresent(name)).toBe(true);
    } finally {
      await server[Symbol.asyncDispose]();
    }
    await server[Symbol.asyncDispose]();
    expect(await isPresent(name)).toBe(false);
  });

  test("shares nothing with another one", async () => {
    await using one = await startContainer({ image });
    await using other = await startContainer({ image });
    for (const server of [one, other]) {
      await using session = await connect(server);
      await session.query("CREATE DATABASE shared_name");
    }
    expect(one.connection("postgres").password).not.toBe(other.connection("postgres").password);
  });

  test("keeps what was committed through a crash, and nothing else", async () => {
    await using server = await startCrashableContainer({ image });
    await using before = await connect(server);
    await before.query("CREATE TABLE kept (number INTEGER); INSERT INTO kept VALUES (1)");
    await before.query("BEGIN; INSERT INTO kept VALUES (2)");
    await server.crash();
    await server.crash();
    await expect(connect(server)).rejects.toThrow(HarnessError);
    await server.restart();
    await using after = await connect(server);

    expect(await after.query("SELECT number FROM kept")).toEqual([{ number: "1" }]);
  });

  test("can be removed after a crash", async () => {
    const server = await startCrashableContainer({ image });
    const name = await findContainer(server.connection("postgres").port);
    await server.crash();
    await server[Symbol.asyncDispose]();

    expect(await isPresent(name)).toBe(false);
  });

  test("is removed if it does not start, and the wrong setting is named", async () => {
    const before = await listEnded();
    const work = startContainer({ image, settings: { wrok_mem: "7MB" } });

    await expect(work).rejects.toThrow(/ended with code 1: .*"wrok_mem"/);
    // Other runs may be using the same engine.
    await vi.waitFor(async () => {
      expect((await listEnded()).filter((name) => !before.includes(name))).toEqual([]);
    });
  });

  test("is rejected if it has another major version than requested", async () => {
    await expect(startContainer({ image, major: 14 })).rejects.toThrow(/is PostgreSQL .*, and 14 was requested/);
  });

  test.each([
    ["runs something else", "sleep 3600", /runs, but no PostgreSQL starts in it: ready/],
    ["ends at once", "exit 3", /ended with code 3: ready/],
  ])("is rejected and removed within seconds if it %s", async (_, script, message) => {
    const other = createImage(script);
    try {
      await expect(startContainer({ image: other })).rejects.toThrow(message);
      expect(docker("ps", "--all", "--quiet", "--filter", `ancestor=${other}`)).toBe("");
    } finally {
      docker("rmi", other);
    }
  });

  test("is removed by `clean` after `kill -9`, and one of a live process is not", async () => {
    await using mine = await startContainer({ image });
    const child = run("");
    const name = await findContainer(Number(await outputOf(child, /^port (\d+)$/m)));
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    expect(await isPresent(name)).toBe(true);
    const { removed, left } = await cleanContainers();

    expect(removed).toContain(name);
    expect(left).toEqual([]);
    expect(await isPresent(name)).toBe(false);
    expect(await isPresent(await findContainer(mine.connection("postgres").port))).toBe(true);
  });

  test.each([
    ["two SIGINT", "", 130],
    ["an uncaught exception", "setTimeout(() => { throw new Error('boom') }, 1)", 1],
    ["process.exit", "process.exit(7)", 7],
  ] as const)("is removed after %s", async (_, ending, code) => {
    const child = run(ending);
    const name = await findContainer(Number(await outputOf(child, /^port (\d+)$/m)));
    expect(await isPresent(name)).toBe(true);
    child.stdin?.write("go\n");
    if (ending === "") for (const signal of ["SIGINT", "SIGINT"] as const) process.kill(-(child.pid ?? 0), signal);

    const output = text(child.stderr as Readable);
    expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(code);
    expect(await output).not.toContain(`${name} was left`);
    expect(await isPresent(name)).toBe(false);
  });
});

function docker(...words: readonly string[]): string {
  return execFileSync("docker", words, { encoding: "utf8" }).trim();
}

/** Creates an image that looks like PostgreSQL's and runs a shell script. */
function createImage(script: string): string {
  const name = `plumbline-test-${randomBytes(4).toString("hex")}`;
  const entry = JSON.stringify(["sh", "-c", `echo ready; ${script}`]);
  docker("create", "--name", name, image);
  docker("commit", "--change", `ENTRYPOINT ${entry}`, "--change", "CMD []", name, name);
  docker("rm", name);

  return name;
}

/** The containers of the image that do not run. */
async function listEnded(): Promise<readonly string[]> {
  const all = await listContainers();

  return all.flatMap(({ Image: from, State: state, Names: names }) =>
    from === image && state !== "running" ? names : [],
  );
}

/** A process, in a group of its own, that starts a container, reports its port, and runs `ending`. */
function run(ending: string): ChildProcess {
  const module = JSON.stringify(join(import.meta.dirname, "container.ts"));
  const source = `const { startContainer } = await import(${module});
    const server = await startContainer({ image: ${JSON.stringify(image)} });
    console.log("port " + server.connection("postgres").port);
    setInterval(() => 0, 1000);
    process.stdin.once("data", () => { ${ending} });`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", source], {
    cwd: join(import.meta.dirname, "../../.."),
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  const forget = onExit(() => child.kill());
  child.once("exit", forget);

  return child;
}

async function outputOf(child: ChildProcess, wanted: RegExp): Promise<string> {
  let output = "";

  return new Promise((resolve, reject) => {
    const listen = (chunk: unknown) => {
      output += String(chunk);
      const found = wanted.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", listen);
    child.once("close", () => reject(new Error(`the process ended before it printed ${wanted}: ${output}`)));
  });
}
