import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";

const launcher = join(import.meta.dirname, "../../bin/pg-plumbline.js");
const sql = join(import.meta.dirname, "../../sql");
const folder = createTemporaryFolder();

function bench(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, "bench", ...words], {
    cwd: folder,
    encoding: "utf8",
  });

  return { status, stdout, stderr };
}

/** A copy of the sound release with one file of it changed. */
function releaseWith(name: string, file: string, change: (text: string) => string): string {
  cpSync(sql, join(folder, name), { recursive: true });
  const path = join(folder, name, "hardened", file);
  writeFileSync(path, change(readFileSync(path, "utf8")));

  return join(folder, name, "hardened");
}

describe("bad input ends with one sentence about the error, one about the remedy, and exit code 2", () => {
  test.each([
    [["--only", "P99"], 'There is no gate or rule "P99"'],
    [["--only", "P1-lokup"], "did you mean P1-lookup?"],
    [["--scale", "999"], "It takes a whole number from 1000"],
    [["--against", "nowhere"], "--against compares one release with another"],
    [["--release", "nowhere"], "nowhere: no such folder"],
    [
      ["--release", join(sql, "hardened"), "--only", "P1", "--scale", "2000000000"],
      "The rows to measure on take about",
    ],
  ])("%j", (words, sentence) => {
    const { status, stderr } = bench(...words);

    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(status).toBe(2);
  });

  test("a query that fails is reported with its release, its gate and its number", () => {
    const release = releaseWith("failing", "5.3-rollback-verification.sql", (text) =>
      text.replace("    routine_name,\n", "    routine_nam,\n"),
    );
    const { status, stderr } = bench("--release", release, "--only", "P7-rollback-queries");

    expect(stderr).toContain(
      "phase-3.5-hardened, P7-rollback-queries: 5.3-rollback-verification.sql #2 failed: " +
        'column "routine_nam" does not exist',
    );
    expect(status).toBe(2);
  });

  test("known failures that name neither a property nor a gate are an error", () => {
    const release = releaseWith("ledger", "findings.json", () => '[{ "property": "P9-lookup", "because": "?" }]');
    const { status, stderr } = bench("--release", release, "--only", "P1-lookup");

    expect(stderr).toContain("there is no property P9-lookup");
    expect(status).toBe(2);
  });
});

describe("a release is compared with another", () => {
  test("and fails if a count is worse, with the count before and after; compared with itself it holds", () => {
    const scanning = releaseWith("scanning", "4.2-performance.sql", (text) =>
      text.replace(
        "WHERE id = '00000000-0000-0000-0000-000000000001'::UUID",
        "WHERE id::text = '00000000-0000-0000-0000-000000000001'",
      ),
    );
    const hardened = join(sql, "hardened");
    const worse = bench("--release", scanning, "--against", hardened, "--only", "P1-lookup");

    expect(worse.stdout).toMatch(/worse: P1-lookup, 4\.2-performance\.sql #1: buffers: 4 before, 3,\d+ now/);
    expect(worse.status).toBe(1);
    expect(bench("--release", hardened, "--against", hardened, "--only", "P1-lookup").status).toBe(0);
  }, 300_000);

  test("and gates of lists that a release does not have are unknown, not an error", () => {
    const release = releaseWith("bare", "release.json", (text) => {
      const { name, baseline, migrate } = JSON.parse(text) as Record<string, unknown>;

      return JSON.stringify({ name, baseline, migrate });
    });
    const { stdout, status } = bench("--release", release, "--only", "P1-lookup,P7-verify,P7-emergency");

    expect(stdout.match(/: release\.json names nothing that this gate measures/g)).toHaveLength(3);
    expect(status).toBe(0);
  }, 300_000);
});

describe("a verdict decides the exit code", () => {
  test("1 if a known failure no longer happens, also in JSON and JUnit", () => {
    const release = releaseWith(
      "stale",
      "findings.json",
      () => '[{ "property": "P7-rollback-queries", "because": "?" }]',
    );
    const { status } = bench(
      "--release",
      release,
      "--only",
      "P7-rollback-queries",
      "--json",
      "out.json",
      "--junit",
      "out.xml",
      "--quiet",
    );
    const out = JSON.parse(readFileSync(join(folder, "out.json"), "utf8")) as {
      releases: { gates: object[] }[];
    };

    expect(out.releases[0]?.gates[0]).toMatchObject({
      id: "P7-rollback-queries",
      verdict: "held",
      expected: false,
    });
    expect(readFileSync(join(folder, "out.xml"), "utf8")).toContain('type="stale known failure"');
    expect(status).toBe(1);
  });
});
