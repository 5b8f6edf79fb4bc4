import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findMutants } from "./mutation/find-mutants.ts";
import { readRelease } from "./release/read-release.ts";
import { createTemporaryFolder } from "./testing/temporary-directory.ts";

const launcher = join(import.meta.dirname, "../bin/pg-plumbline.js");
const sql = join(import.meta.dirname, "../sql");
/** The commands run in this folder, and write into it. */
const folder = createTemporaryFolder();

function plumbline(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...words], {
    cwd: folder,
    encoding: "utf8",
  });

  return { status, stdout, stderr };
}

/** Copies the hardened release and changes one file of it. */
function copyRelease(name: string, file: string, change: (text: string) => string): string {
  cpSync(sql, join(folder, name), { recursive: true });
  const path = join(folder, name, "hardened", file);
  writeFileSync(path, change(readFileSync(path, "utf8")));

  return join(folder, name, "hardened");
}

describe("bad input is an error that says what to do, and exits with 2", () => {
  test.each([
    [["frobnicate"], "unknown command 'frobnicate'"],
    [["verify", "--frobnicate"], "unknown option '--frobnicate'"],
    [["verify", "--seed", "many"], "It takes a whole number"],
    [["verify", "--only", "C33"], 'There is no property or rule "C33"; did you mean C3?'],
    [["verify", "--only", "C3, C33"], 'There is no property or rule "C33"; did you mean C3?'],
    [["verify", "--only", "G2-statement"], 'There is no property or rule "G2-statement": rule G2 is checked by G2.\n'],
    [["verify", "--only", "P1"], 'There is no property or rule "P1": that rule is measured by pg-plumbline bench'],
    [["bench", "--only", "C3"], 'There is no gate or rule "C3": that rule is checked by pg-plumbline verify'],
    [["verify", "--json", "one.xml", "--junit", "./one.xml"], "Two reports are to be written to ./one.xml"],
    [
      ["mutate", "--release", "one", "--release", "two"],
      "option '--release <dir>' takes one value, and was given twice",
    ],
    [["verify", "--seed", "1", "--seed=2"], "option '--seed <n>' takes one value, and was given twice"],
    [["verify", "--release", "one", "--release", "./one/"], "./one/ was given before"],
    [["help", "verfy"], 'There is no command "verfy"; did you mean verify?'],
    [["verify", "--server", "mainframe"], 'there is no server of the kind "mainframe"'],
    [["verify", "--last", "2", "--all"], "option '--last <n>' cannot be used with option '--all'"],
    [["verify", "--release", "nowhere"], "nowhere: no such folder"],
    [["verify", "--postgres", "13"], "Use one of 14, 15, 16, 17, 18"],
    [["verify", "--matrix", "newest"], '"newest" names no versions of PostgreSQL'],
    [["verify", "--server", "postgres://me:secret@localhost:1/x"], "postgres://me:****@localhost:1/x"],
    [["clean", "--server", "memory"], "a server of the kind memory leaves nothing behind"],
    [["spec", "nowhere.spec"], "nowhere.spec: no such file"],
    [["mutate", "--operators", "lock-remove"], 'no operator "lock-remove"; did you mean lock-removed?\n'],
    [["mutate", "--steps", "2.2.sql"], 'There is no step "2.2.sql"'],
    [["mutate", "--mutants", "abc"], "phase-3.5-hardened has no mutant abc"],
    [["mutate", "--only", "C33"], "did you mean C3?"],
    [["mutate", "--server", "memory"], "memory can only verify"],
    [["mutate", "--postgres", "13"], "Use one of 14, 15, 16, 17, 18"],
    [["mutate", "--image", "postgres"], "--server names no container"],
    [["mutate", "--runs", "5"], "mutate has no --runs"],
    [["mutate", "--min-score", "101"], "--min-score 101 is more than 100 percent"],
    [["mutate", "--resume"], "No run can be resumed"],
    [["mutate", "--alone"], "mutate has no --alone"],
    [["mutate", "--profile"], "mutate has no --profile"],
  ])("%j", (words, sentence) => {
    const { status, stderr } = plumbline(...words);

    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(status).toBe(2);
  });

  test.each(["mutate --help", "help"])("the reader may close the pipe early: %s", (words) => {
    const { stderr } = spawnSync("sh", ["-c", `"${process.execPath}" "${launcher}" ${words} | :`], {
      encoding: "utf8",
    });

    expect(stderr).toBe("");
  });

  test("a statement that PostgreSQL cannot parse is reported with its position", () => {
    const release = copyRelease("syntax", "2.1-columns.sql", (text) => `${text}\nALTER TABEL organizations;\n`);
    const { status, stderr } = plumbline("verify", "--release", release, "--only", "A1");

    expect(stderr).toMatch(/2\.1-columns\.sql:\d+:7: syntax error at or near "TABEL"/);
    expect(status).toBe(2);
  });

  test("a step without mutants is an error, and so is a release that violates a rule", () => {
    const bare = copyRelease("bare", "2.3-indexes.sql", () => "-- no statement\n");
    // It names mutants of the statements that are gone.
    rmSync(join(bare, "equivalent-mutants.json"));
    const none = plumbline("mutate", "--release", bare, "--steps", "2.3-indexes.sql");
    const broken = plumbline("mutate", "--release", join(sql, "published"), "--only", "S1");

    expect(none.stderr).toContain("has no mutants with --steps 2.3-indexes.sql, and nothing was mutated");
    expect(broken.stderr).toMatch(/phase-3\.5-published violates S1 .*nothing was mutated/);
    expect([none.status, broken.status]).toEqual([2, 2]);
  });

  test("a listed mutant that no longer exists makes the list stale, and the run continues", async () => {
    const listed = '[{ "mutants": ["000000000000"], "because": "it was equivalent" }]';
    const release = copyRelease("gone", "equivalent-mutants.json", () => listed);
    const mutant = (await findMutants(await readRelease(release))).find(
      ({ object, operator }) => object === "plan_credits" && operator === "constant-digits",
    );
    const selection = ["mutate", "--release", release, "--mutants", mutant?.id ?? "", "--only", "A1,A2"];
    const { status, stdout } = plumbline(...selection);

    expect(stdout).toContain("mutation score 100.0 %, 1 of 1 mutant killed");
    expect(stdout.replaceAll("\n", " ")).toMatch(/equivalent-mutants\.json is stale, .* remove 000000000000 /);
    expect(status).toBe(1);
  });

  test("a known failure of an unknown property is an error", () => {
    const release = copyRelease("ledger", "findings.json", () => '[{ "property": "Z9", "because": "?" }]');
    const { status, stderr } = plumbline("verify", "--release", release, "--only", "A1");

    expect(stderr).toContain("there is no property Z9");
    expect(status).toBe(2);
  });
});

describe("the exit code depends on the verdicts", () => {
  const few = ["--only", "S2-validated", "--seed", "7", "--json", "out.json"];
  const readResult = () =>
    JSON.parse(readFileSync(join(folder, "out.json"), "utf8")).releases[0].properties[0] as object;

  test("0 if all is as expected, and the JSON keeps its form", () => {
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

  test("1 if a violation is not a known failure, with a script", () => {
    const constraint = "VALIDATE CONSTRAINT check_sms_credits_limit;";
    const release = copyRelease("broken", "2.1-columns.sql", (text) => text.replace(`,\n${constraint}`, ";"));
    const { status } = plumbline("verify", "--release", release, ...few);

    expect(readResult()).toMatchObject({ verdict: "violated", expected: false });
    expect(readFileSync(join(folder, "plumbline-out/phase-3.5-hardened/S2-validated.sql"), "utf8")).toContain(
      "-- Got: ",
    );
    expect(status).toBe(1);
  });

  test("1 if a known failure holds", () => {
    const release = copyRelease("stale", "findings.json", () => '[{ "property": "S2-validated", "because": "?" }]');
    const { status } = plumbline("verify", "--release", release, ...few);

    expect(readResult()).toMatchObject({ verdict: "held", expected: false });
    expect(status).toBe(1);
  });

  test("1 if the migration cannot be applied, with the verdict unknown", () => {
    const release = copyRelease("stuck", "2.3-indexes.sql", (text) => `${text}\nSELECT 1 / 0;\n`);
    const { status } = plumbline("verify", "--release", release, ...few);

    expect(readResult()).toMatchObject({
      verdict: "unknown",
      reason: expect.stringContaining("division by zero"),
    });
    expect(status).toBe(1);
  });

  test("0 if a list is missing, with the verdict unknown, and 2 if nothing else was selected", () => {
    const release = copyRelease("short", "release.json", (text) => text.replace(/ {2}"verifyRollback".*\n/, ""));
    const selection = ["verify", "--release", release, "--json", "out.json", "--only"];
    const some = plumbline(...selection, "R7,S2-validated");
    const nothing = plumbline(...selection, "R7");

    expect(readResult()).toMatchObject({ verdict: "unknown", expected: false });
    expect([some.status, nothing.status]).toEqual([0, 2]);
  });
});
