import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findMutants } from "./mutation/find-mutants.ts";
import { readRelease } from "./release/read-release.ts";
import { createTemporaryFolder } from "./testing/temporary-directory.ts";

const launcher = join(import.meta.dirname, "../bin/pg-plumbline.js");
const sql = join(import.meta.dirname, "../sql");
/** Everything is written below this folder, from where the commands are run too. */
const folder = createTemporaryFolder();

function plumbline(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...words], {
    cwd: folder,
    encoding: "utf8",
  });

  return { status, stdout, stderr };
}

/** A copy of the sound release, with one file of it changed. */
function releaseWith(name: string, file: string, change: (text: string) => string): string {
  cpSync(sql, join(folder, name), { recursive: true });
  const path = join(folder, name, "hardened", file);
  writeFileSync(path, change(readFileSync(path, "utf8")));

  return join(folder, name, "hardened");
}

describe("bad input ends with one clear sentence, one of what to do, and exit code 2", () => {
  test.each([
    [["frobnicate"], "unknown command 'frobnicate'"],
    [["verify", "--frobnicate"], "unknown option '--frobnicate'"],
    [["verify", "--seed", "many"], "It takes a whole number"],
    [["verify", "--only", "C33"], 'There is no property or rule "C33"; did you mean C3?'],
    [["verify", "--only", "C3, C33"], 'There is no property or rule "C33"; did you mean C3?'],
    [
      ["verify", "--only", "P1"],
      'There is no property or rule "P1": what it promises is measured, by pg-plumbline bench',
    ],
    [
      ["bench", "--only", "C3"],
      'There is no gate or rule "C3": what it promises is decided, by pg-plumbline verify',
    ],
    [["verify", "--json", "one.xml", "--junit", "./one.xml"], "Two reports are to be written to ./one.xml"],
    [["mutate", "--release", "one", "--release", "two"], "It takes one, and one was given before"],
    [["verify", "--server", "mainframe"], 'there is no server of the kind "mainframe"'],
    [["verify", "--release", "nowhere"], "nowhere: no such folder"],
    [["verify", "--postgres", "13"], "Ask for one of 14, 15, 16, 17, 18"],
    [["verify", "--matrix", "newest"], '"newest" names no versions of PostgreSQL'],
    [["verify", "--server", "postgres://me:secret@localhost:1/x"], "postgres://me:****@localhost:1/x"],
    [["clean", "--server", "memory"], "only the embedded, container and external servers"],
    [["spec", "nowhere.spec"], "nowhere.spec: no such file"],
    [["mutate", "--operators", "lock-remove"], 'no operator "lock-remove"; did you mean lock-removed?\n'],
    [["mutate", "--steps", "2.2.sql"], 'There is no step "2.2.sql"'],
    [["mutate", "--mutants", "abc"], "There is no mutant abc of phase-3.5-hardened"],
    [["mutate", "--only", "C33"], "did you mean C3?"],
    [["mutate", "--server", "memory"], "memory can only verify"],
    [["mutate", "--postgres", "13"], "Ask for one of 14, 15, 16, 17, 18"],
    [["mutate", "--image", "postgres"], "no container was asked for"],
    [["mutate", "--runs", "5"], "mutate has no --runs"],
    [["mutate", "--min-score", "101"], "No score reaches --min-score 101"],
    [["mutate", "--resume"], "There is no run to go on with"],
  ])("%j", (words, sentence) => {
    const { status, stderr } = plumbline(...words);

    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(status).toBe(2);
  });

  test.each(["mutate --help", "help"])("nobody has to read to the end: %s", (words) => {
    const { stderr } = spawnSync("sh", ["-c", `"${process.execPath}" "${launcher}" ${words} | :`], {
      encoding: "utf8",
    });

    expect(stderr).toBe("");
  });

  test("a statement that PostgreSQL cannot parse is told with its place", () => {
    const release = releaseWith(
      "syntax",
      "2.1-columns.sql",
      (text) => `${text}\nALTER TABEL organizations;\n`,
    );
    const { status, stderr } = plumbline("verify", "--release", release, "--only", "A1");

    expect(stderr).toMatch(/2\.1-columns\.sql:\d+:7: syntax error at or near "TABEL"/);
    expect(status).toBe(2);
  });

  test("a step without a statement that can be mutated is told, and a release that does not hold", () => {
    const bare = releaseWith("bare", "2.3-indexes.sql", () => "-- nothing is left\n");
    // It names mutants of the statements that are gone.
    rmSync(join(bare, "equivalent-mutants.json"));
    const none = plumbline("mutate", "--release", bare, "--steps", "2.3-indexes.sql");
    const broken = plumbline("mutate", "--release", join(sql, "published"), "--only", "S1");

    expect(none.stderr).toContain(
      "no statement that can be mutated in 2.3-indexes.sql, and nothing was mutated",
    );
    expect(broken.stderr).toMatch(/phase-3\.5-published does not keep S1 .*nothing was mutated/);
    expect([none.status, broken.status]).toEqual([2, 2]);
  });

  test("a mutant that is listed and gone makes the list stale, and the run does its work all the same", async () => {
    const listed = '[{ "mutants": ["000000000000"], "because": "it was so" }]';
    const release = releaseWith("gone", "equivalent-mutants.json", () => listed);
    const mutant = (await findMutants(await readRelease(release))).find(
      ({ object, operator }) => object === "plan_credits" && operator === "constant-digits",
    );
    const asked = ["mutate", "--release", release, "--mutants", mutant?.id ?? "", "--only", "A1,A2"];
    const { status, stdout } = plumbline(...asked);

    expect(stdout).toContain("100.0 % of 1 mutant was noticed");
    expect(stdout).toMatch(/mutants\.json is stale: .* remove 000000000000\.\n/);
    expect(status).toBe(1);
  });

  test("a ledger that names no property is told", () => {
    const release = releaseWith("ledger", "findings.json", () => '[{ "property": "Z9", "because": "?" }]');
    const { status, stderr } = plumbline("verify", "--release", release, "--only", "A1");

    expect(stderr).toContain("there is no property Z9");
    expect(status).toBe(2);
  });
});

describe("a verdict decides the exit code", () => {
  const few = ["--only", "S2-validated", "--seed", "7", "--json", "out.json"];
  const verdictOf = () =>
    JSON.parse(readFileSync(join(folder, "out.json"), "utf8")).releases[0].properties[0] as object;

  test("0 where all is as expected, and the JSON has the form that others rely on", () => {
    const { status } = plumbline("verify", "--release", join(sql, "hardened"), ...few);

    expect(status).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, "out.json"), "utf8"))).toMatchObject({
      plumbline: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      seed: 7,
      server: { kind: "embedded", version: expect.stringMatching(/^18\./) },
      durationMs: expect.any(Number),
      releases: [{ name: "phase-3.5-hardened", properties: [{ id: "S2-validated", rule: "S2", runs: 1 }] }],
    });
  });

  test("1 where a rule is broken that the ledger does not know, with a script", () => {
    const constraint = "VALIDATE CONSTRAINT check_sms_credits_limit;";
    const release = releaseWith("broken", "2.1-columns.sql", (text) => text.replace(`,\n${constraint}`, ";"));
    const { status } = plumbline("verify", "--release", release, ...few);

    expect(verdictOf()).toMatchObject({ verdict: "violated", expected: false });
    expect(readFileSync(join(folder, "plumbline-out/phase-3.5-hardened/S2-validated.sql"), "utf8")).toContain(
      "-- Got: ",
    );
    expect(status).toBe(1);
  });

  test("1 where the ledger names what holds", () => {
    const release = releaseWith(
      "stale",
      "findings.json",
      () => '[{ "property": "S2-validated", "because": "?" }]',
    );
    const { status } = plumbline("verify", "--release", release, ...few);

    expect(verdictOf()).toMatchObject({ verdict: "held", expected: false });
    expect(status).toBe(1);
  });

  test("1 where the migration cannot be applied, which is told as unknown", () => {
    const release = releaseWith("stuck", "2.3-indexes.sql", (text) => `${text}\nSELECT 1 / 0;\n`);
    const { status } = plumbline("verify", "--release", release, ...few);

    expect(verdictOf()).toMatchObject({
      verdict: "unknown",
      reason: expect.stringContaining("division by zero"),
    });
    expect(status).toBe(1);
  });

  test("0 where a list is missing, which is told as unknown, and 2 where that is all that was asked", () => {
    const release = releaseWith("short", "release.json", (text) =>
      text.replace(/ {2}"verifyRollback".*\n/, ""),
    );
    const asked = ["verify", "--release", release, "--json", "out.json", "--only"];
    const some = plumbline(...asked, "R7,S2-validated");
    const nothing = plumbline(...asked, "R7");

    expect(verdictOf()).toMatchObject({ verdict: "unknown", expected: false });
    expect([some.status, nothing.status]).toEqual([0, 2]);
  });
});
