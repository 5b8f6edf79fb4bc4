import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { installation, modulePath } from "../files/installation.ts";
import { readStartTime } from "../server/process/processes.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { formatOutputEnd, requireFolder, runTool } from "./tool-process.ts";

const address = { host: "127.0.0.1", port: 1, user: "me", password: "secret", database: "app" };

/** Starts a program in the background and in a process group of its own. */
const service = `import { spawn } from "node:child_process";
console.log(spawn("sleep", ["600"], { detached: true, stdio: "inherit" }).pid);
process.exit();`;

async function run(command: string, timeoutMs = 30_000) {
  const folder = createTemporaryFolder({ "service.mjs": service, "script.sql": "SELECT 1" });

  return await runTool({ command, folder, env: { OWN: "{user}@{host}" }, timeoutMs }, address);
}

test("a command runs in its folder with the address, and its output is kept without the password", async () => {
  const { exitCode, output, timedOut } = await run(
    "ls; echo $OWN {database} >&2; echo $PGPASSWORD $DATABASE_URL; exit 3",
  );

  expect({ exitCode, timedOut }).toEqual({ exitCode: 3, timedOut: false });
  expect(output.split("\n").toSorted()).toEqual([
    ...[
      "",
      "**** postgresql://me:****@127.0.0.1:1/app?sslmode=disable",
      "me@127.0.0.1 app",
      "script.sql",
      "service.mjs",
    ],
  ]);
});

test("a command that asks a question gets the end of its input", async () => {
  expect(await run("cat; read answer || echo no answer; cat /dev/tty 2> file || echo no terminal")).toMatchObject({
    output: "no answer\nno terminal\n",
  });
});

test("the exit code of a signal is 128 and its number", async () => {
  expect(await run("kill -TERM $$")).toMatchObject({ exitCode: 143, timedOut: false });
});

/** @param output the two process ids, a line each */
function expectEnded(output: string): void {
  expect(output).toMatch(/^\d+\n\d+\n$/);
  expect(
    output
      .trim()
      .split("\n")
      .map((pid) => readStartTime(Number(pid))),
  ).toEqual([undefined, undefined]);
}

test("a command is killed at its limit, with what it started", async () => {
  const { output, timedOut } = await run("sleep 600 & echo $!; node service.mjs; sleep 600", 1_500);

  expect(timedOut).toBe(true);
  expectEnded(output);
});

test("what a command leaves running ends with it, and its output is not waited for", async () => {
  const { output, timedOut } = await run("sleep 600 & echo $!; node service.mjs");

  expect(timedOut).toBe(false);
  expectEnded(output);
});

test("a signal that ends this process ends the command and what it left running", async () => {
  const folder = createTemporaryFolder({ "service.mjs": service });
  const line = { command: "echo $$ >> pids; node service.mjs >> pids; sleep 600", folder };
  const script = `import { runTool } from ${JSON.stringify(modulePath("harness/recording/tool-process"))};
await runTool(${JSON.stringify(line)}, ${JSON.stringify(address)});`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
    cwd: installation.folder,
  });
  const pids = await vi.waitFor(() => {
    const found = readFileSync(join(folder, "pids"), "utf8").match(/\d+(?=\n)/g) ?? [];
    expect(found.length).toBe(2);

    return found.map(Number);
  }, 30_000);
  const code = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGINT");

  expect(await code).toBe(130);
  expect(pids.map(readStartTime)).toEqual([undefined, undefined]);
});

test.each([
  [
    "no_such_program {url}",
    /^The command no_such_program \{url\} was not found; its output ends with:\n {4}.*not found/,
  ],
  ["./script.sql", /^The command \.\/script\.sql cannot be executed/],
])("the command %j is an error", async (command, message) => {
  await expect(run(command)).rejects.toThrow(message);
});

test("a folder to run in must be one", async () => {
  const folder = createTemporaryFolder({ file: "" });
  await expect(requireFolder(folder)).resolves.toBeUndefined();
  await expect(requireFolder(join(folder, "file"))).rejects.toThrow("There is no folder");
  await expect(requireFolder(join(folder, "missing"))).rejects.toThrow("There is no folder");
});

test("the end of an output is indented below a message", () => {
  expect(formatOutputEnd(" \n")).toBe("");
  expect(formatOutputEnd("a\nb\r\nc\n\n", 2)).toBe("; its output ends with:\n    b\n    c");
  expect(formatOutputEnd("x".repeat(1_000)).length).toBeLessThan(400);
});
