/**
 * Containers of a real engine. They need an image of PostgreSQL that is made like the official one, named by
 * PLUMBLINE_TEST_IMAGE; without it nothing here is run, and the title says so.
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
import { cleanContainers } from "./clean.ts";
import { startContainer, startCrashableContainer } from "./container.ts";
import { ask, findEngine } from "./engine.ts";

const image = process.env["PLUMBLINE_TEST_IMAGE"] ?? "";
const reason = image === "" ? " (not run: PLUMBLINE_TEST_IMAGE names no image)" : "";
if (image === "") console.warn(`containers: not run, for PLUMBLINE_TEST_IMAGE names no image`);

const connect = (server: Server) => Session.open(server.connection("postgres"));

/** The name of the container that publishes this port; undefined where there is none. */
async function containerAt(port: number | undefined): Promise<string | undefined> {
  const { body } = await ask(await findEngine(), "GET", "/containers/json?all=1");
  const all: readonly { Names: string[]; Ports: { PublicPort?: number }[] }[] = JSON.parse(body);

  return all
    .find(({ Ports: ports }) => ports.some(({ PublicPort: found }) => found === port))
    ?.Names[0]?.slice(1);
}

async function isThere(name: string | undefined): Promise<boolean> {
  return (await ask(await findEngine(), "GET", `/containers/${name}/json`)).status === 200;
}

describe.skipIf(image === "")(`a server in a container${reason}`, () => {
  test("answers, does as asked, keeps strangers out, and leaves nothing behind", async () => {
    const server = await startContainer({ image, settings: { work_mem: "7MB" } });
    const { port } = server.connection("postgres");
    const name = await containerAt(port);
    try {
      await using session = await connect(server);
      expect(
        await session.query(
          `SELECT current_setting('work_mem') AS work_mem, current_setting('fsync') AS fsync,
           current_setting('autovacuum') AS autovacuum, current_setting('TimeZone') AS zone,
           lower('ÄÖ') AS lower, 'a' < 'B' AS a_before_b`,
        ),
      ).toEqual([
        { work_mem: "7MB", fsync: "off", autovacuum: "off", zone: "UTC", lower: "äö", a_before_b: "f" },
      ]);
      expect(
        await session.query("SELECT split_part(current_setting('server_version'), ' ', 1) AS v"),
      ).toEqual([{ v: server.version }]);
      await expect(Session.open({ ...server.connection("postgres"), password: "guess" })).rejects.toThrow(
        /password authentication failed/,
      );
      expect(await isThere(name)).toBe(true);
    } finally {
      await server[Symbol.asyncDispose]();
    }
    await server[Symbol.asyncDispose]();
    expect(await isThere(name)).toBe(false);
  });

  test("does not meet another that starts at the same time", async () => {
    await using one = await startContainer({ image });
    await using other = await startContainer({ image });
    for (const server of [one, other]) {
      await using session = await connect(server);
      await session.query("CREATE DATABASE shared_name");
    }
    expect(one.connection("postgres").password).not.toBe(other.connection("postgres").password);
  });

  test("keeps through a crash what was committed, and loses what was not", async () => {
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

  test("is gone after a crash too", async () => {
    const server = await startCrashableContainer({ image });
    const name = await containerAt(server.connection("postgres").port);
    await server.crash();
    await server[Symbol.asyncDispose]();

    expect(await isThere(name)).toBe(false);
  });

  test("is gone where it does not start, and the setting that hinders it is named", async () => {
    const before = await ended();
    const work = startContainer({ image, settings: { wrok_mem: "7MB" } });

    await expect(work).rejects.toThrow(/ended with code 1: .*"wrok_mem"/);
    // Others may be at work on the same engine, and clear away too.
    await vi.waitFor(async () => {
      expect((await ended()).filter((name) => !before.includes(name))).toEqual([]);
    });
  });

  test("is refused where it is of another major version than the one that was asked for", async () => {
    await expect(startContainer({ image, major: 14 })).rejects.toThrow(
      /is PostgreSQL .*, and 14 was asked for/,
    );
  });

  test.each([
    ["runs something else", "sleep 3600", /runs, but no PostgreSQL starts in it: ready/],
    ["ends at once", "exit 3", /ended with code 3: ready/],
  ])("is refused and gone within a few seconds where it %s", async (_, does, message) => {
    const other = imageThat(does);
    try {
      await expect(startContainer({ image: other })).rejects.toThrow(message);
      expect(docker("ps", "--all", "--quiet", "--filter", `ancestor=${other}`)).toBe("");
    } finally {
      docker("rmi", other);
    }
  });

  test("is cleared away after kill -9, and one of a process that lives is not", async () => {
    await using mine = await startContainer({ image });
    const child = run("");
    const name = await containerAt(Number(await outputOf(child, /^port (\d+)$/m)));
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    expect(await isThere(name)).toBe(true);
    const { names, left } = await cleanContainers();

    expect(names).toContain(name);
    expect(left).toEqual([]);
    expect(await isThere(name)).toBe(false);
    expect(await isThere(await containerAt(mine.connection("postgres").port))).toBe(true);
  });

  test.each([
    ["SIGINT, pressed twice,", "", 130],
    ["an uncaught exception", "setTimeout(() => { throw new Error('boom') }, 1)", 1],
    ["process.exit", "process.exit(7)", 7],
  ] as const)("is gone after %s", async (_, ending, code) => {
    const child = run(ending);
    const name = await containerAt(Number(await outputOf(child, /^port (\d+)$/m)));
    expect(await isThere(name)).toBe(true);
    child.stdin?.write("go\n");
    if (ending === "")
      for (const signal of ["SIGINT", "SIGINT"] as const) process.kill(-(child.pid ?? 0), signal);

    const said = text(child.stderr as Readable);
    expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(code);
    expect(await said).not.toContain(`${name} was left`);
    expect(await isThere(name)).toBe(false);
  });
});

function docker(...words: readonly string[]): string {
  return execFileSync("docker", words, { encoding: "utf8" }).trim();
}

/** An image that looks like one of PostgreSQL, and does something else. */
function imageThat(does: string): string {
  const name = `plumbline-test-${randomBytes(4).toString("hex")}`;
  const entry = JSON.stringify(["sh", "-c", `echo ready; ${does}`]);
  docker("create", "--name", name, image);
  docker("commit", "--change", `ENTRYPOINT ${entry}`, "--change", "CMD []", name, name);
  docker("rm", name);

  return name;
}

/** Containers of the image that do not run. */
async function ended(): Promise<readonly string[]> {
  const filters = encodeURIComponent(JSON.stringify({ ancestor: [image], status: ["exited", "created"] }));
  const { body } = await ask(await findEngine(), "GET", `/containers/json?all=1&filters=${filters}`);

  return (JSON.parse(body) as readonly { Names: string[] }[]).flatMap(({ Names: names }) => names);
}

/** A process, with a group of its own, that starts a container, says where it is, and then does `ending`. */
function run(ending: string): ChildProcess {
  const place = JSON.stringify(join(import.meta.dirname, "container.ts"));
  const source = `const { startContainer } = await import(${place});
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
    const hear = (chunk: unknown) => {
      output += String(chunk);
      const found = wanted.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", hear);
    child.once("close", () => reject(new Error(`the process ended before it said ${wanted}: ${output}`)));
  });
}
