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
import { compareVersions, formatRanges } from "./compare-versions.ts";
import { formatMatrix, getMatrixExitCode, toMatrixJson } from "./matrix.ts";
import { formatMatrixJunit } from "./matrix-junit.ts";

const style = { colour: false, width: 100 };
const getReferences = () => references;

function on(version: string, ...properties: PropertyResult[]): RunResult {
  return { ...createRunResult(createReleaseResult(...properties)), server: { kind: "embedded", version } };
}

/** The known failure, with another text. */
function violatedWith(text: string): PropertyResult {
  return { ...known, violation: { expected: "a refusal", got: text, script: [] } };
}

test("durations are no difference between versions", () => {
  const slow = { ...on("17.10", held, known), durationMs: 99_999 };
  expect(compareVersions([on("14.23", held, known), slow])).toEqual([]);
  expect(formatMatrix({ seed: 42, runs: [on("14.23", held), slow], untried: [] }, style, getReferences)).toContain(
    "14.23, 17.10",
  );
});

test("a different verdict, message or reason is shown with its versions", () => {
  const runs = [
    on("14.23", known, violatedWith("ERROR 42883"), unknown),
    on("15.18", held, violatedWith("ERROR 42P01"), { ...unknown, reason: "another reason" }),
    on("16.14", held, violatedWith("ERROR 42P01"), unknown),
  ].map(renamed);
  const differences = compareVersions(runs);
  expect(differences.map(({ aspect, subject, said }) => [aspect, subject, said.map(({ majors }) => majors)])).toEqual([
    ["verdicts", "P0", [[14], [15, 16]]],
    ["messages", "P1", [[14], [15, 16]]],
    ["reasons", "P2", [[14, 16], [15]]],
  ]);
  const text = formatMatrix({ seed: 42, runs, untried: [] }, style, getReferences);
  expect(text).toMatch(/phase-3\.5-published +P0 +violated, known +held +held/);
  expect(text).toContain("15-16: ERROR 42P01");
  expect(text).toContain("14, 16: the release has no emergency rollback");
});

/** Properties named by their position, so that one can have another verdict on another version. */
function renamed(run: RunResult): RunResult {
  const releases = run.releases.map((release) => ({
    ...release,
    properties: release.properties.map((result, index) => ({ ...result, id: `P${index}` })),
  }));

  return { ...run, releases };
}

test("the lines of an open question are compared by their subject", () => {
  const [question] = mixed.questions;
  const withLines = (version: string, ...lines: string[]): RunResult => ({
    ...on(version, held),
    releases: [{ ...createReleaseResult(held), questions: question === undefined ? [] : [{ ...question, lines }] }],
  });
  const runs = [
    withLines("17.10", "2.1.sql:3: SHARE on t", "2.1.sql:4: nothing"),
    withLines("18.4", "2.1.sql:3: ACCESS EXCLUSIVE on t", "2.1.sql:4: nothing"),
  ];
  expect(compareVersions(runs).map(({ subject, said }) => [subject, said.map(({ text }) => text)])).toEqual([
    ["O1 2.1.sql:3", ["SHARE on t", "ACCESS EXCLUSIVE on t"]],
  ]);
});

test("a new violation fails the matrix, and is shown in full once", () => {
  const runs = [on("14.23", held), on("15.18", violated), on("16.14", violated)];
  const found = { seed: 42, runs, untried: [] };
  expect(getMatrixExitCode(found)).toBe(1);
  expect(getMatrixExitCode({ ...found, runs: runs.slice(0, 1) })).toBe(0);
  const undecided = createRunResult(createReleaseResult(unknown));
  expect(getMatrixExitCode({ ...found, runs: [...runs.slice(0, 1), undecided] })).toBe(2);
  expect(getMatrixExitCode({ ...found, runs: [...runs, undecided] })).toBe(1);
  expect(formatMatrix(found, style, getReferences).split("Smallest counterexample")).toHaveLength(2);
});

test("a version that could not be run is listed as such", () => {
  const found = {
    seed: 42,
    runs: [on("15.18", held)],
    untried: [{ major: 14, problem: "npm could not fetch it" }],
  };
  expect(formatMatrix(found, style, getReferences)).toContain("14 could not be run: npm could not fetch it");
  expect(toMatrixJson(found, new Map())).toMatchObject({
    matrix: [{ server: { version: "15.18" } }],
    untried: [{ major: 14 }],
  });
});

test("JUnit has a suite for each release on each version", () => {
  const xml = formatMatrixJunit(
    { seed: 42, runs: [on("14.23", held), on("15.18", violated)], untried: [] },
    references,
  );
  expect(xml).toMatch(/name="phase-3\.5-published on PostgreSQL 14"[^>]*failures="0"/);
  expect(xml).toMatch(/name="phase-3\.5-published on PostgreSQL 15"[^>]*failures="1"/);
});

test.each([
  [[14], "14"],
  [[14, 15, 16], "14-16"],
  [[14, 16, 17, 18], "14, 16-18"],
])("%j is formatted as %j", (majors, text) => {
  expect(formatRanges(majors)).toBe(text);
});

test("what a migration leaves must be the same on every version, and the first difference is shown", () => {
  const left = (runs: readonly RunResult[]) =>
    compareVersions(runs).filter(({ aspect }) => aspect === "what it leaves");
  const first = leaving("14.23", ["table public.t: added", "row public.t (id = 1): 1"]);
  const other = leaving("18.4", ["row public.t (id = 2): 1"]);

  expect(left([first, first, leaving("18.4", undefined)])).toEqual([]);
  expect(getMatrixExitCode({ seed: 1, runs: [first, first], untried: [] })).toBe(0);
  expect(left([first, other]).map(({ subject, said }) => [subject, said.map(({ text }) => text)])).toEqual([
    ["same-for-everyone.3 table public.t", ["added", "nothing"]],
  ]);
  expect(getMatrixExitCode({ seed: 1, runs: [first, other], untried: [] })).toBe(1);
  expect(formatMatrix({ seed: 1, runs: [first, other], untried: [] }, style, getReferences)).toContain(
    "must not ship: what it leaves is not the same on PostgreSQL 14 and 18",
  );
});

/** A run after which a migration left something, or failed. */
function leaving(version: string, lines: readonly string[] | undefined): RunResult {
  const run = on(version, held);
  const answered =
    lines === undefined
      ? { answer: "not measured: up fails", figures: {} }
      : { answer: "2 lines", figures: {}, lines, comparesVersions: true as const };
  const question = { id: "same-for-everyone.3", title: "Is it the same?", ...answered };

  return { ...run, releases: run.releases.map((release) => ({ ...release, questions: [question] })) };
}

test("JUnit fails for what a migration leaves that is not the same, in the words of the terminal", () => {
  const runs = [leaving("14.23", ["table public.t: added"]), leaving("18.4", ["table public.t: ]]> \u0000<"])];
  const xml = formatMatrixJunit({ seed: 1, runs, untried: [] }, references);

  expect(xml).toMatch(/name="differences between versions"[^>]*tests="1" failures="1"/);
  expect(xml).toMatch(
    /<failure message="phase-3\.5-published, same-for-everyone\.3 table public\.t: what it leaves differ/,
  );
  expect(xml).toContain("\n14: added\n18: ]]");
  expect(
    formatMatrixJunit({ seed: 1, runs: [runs[0], runs[0]] as RunResult[], untried: [] }, references),
  ).not.toContain("differences between versions");
});

test("JUnit passes for another difference, with its text, as the matrix does; a version that was not run is an error", () => {
  const runs = [on("14.23", violatedWith("ERROR 42883")), on("15.18", violatedWith("ERROR 42P01"))];
  const matrix = { seed: 1, runs, untried: [{ major: 16, problem: "npm could not fetch it" }] };
  const xml = formatMatrixJunit(matrix, references);

  expect(getMatrixExitCode(matrix)).toBe(0);
  expect(xml).toMatch(/name="differences between versions"[^>]*tests="2" failures="0" errors="1"/);
  expect(xml).toContain("C5: messages differ\n14: ERROR 42883\n15: ERROR 42P01");
  expect(xml).toContain("16 could not be run: npm could not fetch it");
});
