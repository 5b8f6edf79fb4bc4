import { expect, test } from "vitest";
import type { PropertyResult, RunResult } from "../property/verdict.ts";
import {
  createReleaseResult,
  createRunResult,
  held,
  known,
  mixed,
  references,
  unknown,
  violated,
} from "../testing/sample-run.ts";
import { formatJunit } from "./junit.ts";
import { formatMatrix, formatRanges, getMatrixExitCode, joinMatrix, toMatrixJson } from "./matrix.ts";
import { compareVersions } from "./matrix-differences.ts";

const style = { colour: false, width: 100 };
const referencesOf = () => references;

function on(version: string, ...properties: PropertyResult[]): RunResult {
  return { ...createRunResult(createReleaseResult(...properties)), server: { kind: "embedded", version } };
}

/** The same violation, got in another way. */
function got(text: string): PropertyResult {
  return { ...known, violation: { expected: "a refusal", got: text, script: [] } };
}

test("versions that say the same differ in nothing, however long each took", () => {
  const slow = { ...on("17.10", held, known), durationMs: 99_999 };
  expect(compareVersions([on("14.23", held, known), slow])).toEqual([]);
  expect(
    formatMatrix({ seed: 42, runs: [on("14.23", held), slow], untried: [] }, style, referencesOf),
  ).toContain("14.23, 17.10");
});

test("a verdict, a message and a reason that only one version gives are told with the versions", () => {
  const runs = [
    on("14.23", known, got("ERROR 42883"), unknown),
    on("15.18", held, got("ERROR 42P01"), { ...unknown, reason: "another reason" }),
    on("16.14", held, got("ERROR 42P01"), unknown),
  ].map(renamed);
  const told = compareVersions(runs);
  expect(
    told.map(({ aspect, subject, said }) => [aspect, subject, said.map(({ majors }) => majors)]),
  ).toEqual([
    ["verdicts", "P0", [[14], [15, 16]]],
    ["messages", "P1", [[14], [15, 16]]],
    ["reasons", "P2", [[14, 16], [15]]],
  ]);
  const text = formatMatrix({ seed: 42, runs, untried: [] }, style, referencesOf);
  expect(text).toMatch(/phase-3\.5-published +P0 +violated, known +held +held/);
  expect(text).toContain("15-16: ERROR 42P01");
  expect(text).toContain("14, 16: the release has no emergency rollback");
});

/** Properties by their place, so that one can have another verdict on another version. */
function renamed(run: RunResult): RunResult {
  const releases = run.releases.map((release) => ({
    ...release,
    properties: release.properties.map((result, index) => ({ ...result, id: `P${index}` })),
  }));

  return { ...run, releases };
}

test("the lines of a question are compared each for itself, by what they are about", () => {
  const [question] = mixed.questions;
  const withLines = (version: string, ...lines: string[]): RunResult => ({
    ...on(version, held),
    releases: [
      { ...createReleaseResult(held), questions: question === undefined ? [] : [{ ...question, lines }] },
    ],
  });
  const runs = [
    withLines("17.10", "2.1.sql:3: SHARE on t", "2.1.sql:4: nothing"),
    withLines("18.4", "2.1.sql:3: ACCESS EXCLUSIVE on t", "2.1.sql:4: nothing"),
  ];
  expect(compareVersions(runs).map(({ subject, said }) => [subject, said.map(({ text }) => text)])).toEqual([
    ["O1 2.1.sql:3", ["SHARE on t", "ACCESS EXCLUSIVE on t"]],
  ]);
});

test("a violation that no ledger knows fails the matrix, and is told in full once", () => {
  const runs = [on("14.23", held), on("15.18", violated), on("16.14", violated)];
  const found = { seed: 42, runs, untried: [] };
  expect(getMatrixExitCode(found)).toBe(1);
  expect(getMatrixExitCode({ ...found, runs: runs.slice(0, 1) })).toBe(0);
  const undecided = createRunResult(createReleaseResult(unknown));
  expect(getMatrixExitCode({ ...found, runs: [...runs.slice(0, 1), undecided] })).toBe(2);
  expect(getMatrixExitCode({ ...found, runs: [...runs, undecided] })).toBe(1);
  expect(formatMatrix(found, style, referencesOf).split("The smallest counterexample")).toHaveLength(2);
});

test("a version that could not be run is told, and never as one that was", () => {
  const found = {
    seed: 42,
    runs: [on("15.18", held)],
    untried: [{ major: 14, problem: "npm could not fetch it" }],
  };
  expect(formatMatrix(found, style, referencesOf)).toContain("14 could not be run: npm could not fetch it");
  expect(toMatrixJson(found, new Map())).toMatchObject({
    matrix: [{ server: { version: "15.18" } }],
    untried: [{ major: 14 }],
  });
});

test("for a CI server each version's releases are suites of their own", () => {
  const xml = formatJunit(
    joinMatrix({ seed: 42, runs: [on("14.23", held), on("15.18", violated)], untried: [] }),
    references,
  );
  expect(xml).toMatch(/name="phase-3\.5-published on PostgreSQL 14"[^>]*failures="0"/);
  expect(xml).toMatch(/name="phase-3\.5-published on PostgreSQL 15"[^>]*failures="1"/);
});

test.each([
  [[14], "14"],
  [[14, 15, 16], "14-16"],
  [[14, 16, 17, 18], "14, 16-18"],
])("%j are told as %j", (majors, told) => {
  expect(formatRanges(majors)).toBe(told);
});
