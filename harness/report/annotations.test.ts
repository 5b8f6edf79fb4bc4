import { expect, test } from "vitest";
import {
  createReleaseResult,
  createRunResult,
  held,
  known,
  references,
  stale,
  unknown,
  violated,
} from "../testing/sample-run.ts";
import { formatAnnotations } from "./annotations.ts";

const folder = createReleaseResult().folder;
const none = new Map();

test("what is expected or unknown has no annotation", () => {
  expect(formatAnnotations(createRunResult(createReleaseResult(held, known, unknown)), references, none)).toEqual([]);
});

test("an annotation has expected, got and the command that reproduces the violation", () => {
  const [line = "", ...more] = formatAnnotations(createRunResult(createReleaseResult(violated)), references, none);

  expect(more).toEqual([]);
  expect(line).toMatch(/^::error file=[^,]*release\.json,line=1,title=phase-3\.5-published%2C C3-negative%3A /);
  expect(line).toContain(`%0AGot: ${violated.violation?.got}`);
  expect(line).toContain("%0AReproduce: npx pg-plumbline verify --release");
});

test("no text can begin another command or end the line", () => {
  const hostile = "100%,\r\n::stop-commands::x";
  const violation = { expected: hostile, got: hostile, script: [] };
  const lines = formatAnnotations(
    createRunResult(createReleaseResult({ ...violated, title: hostile, violation })),
    references,
    none,
  );

  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toMatch(/[\r\n]/);
  expect(lines[0]?.split("::")[1]).toContain("100%25%2C");
});

test("an SQL error and a stale known failure are annotated at their lines", () => {
  const got = "2.1-columns.sql, line 12: ERROR: no such column (SQLSTATE 42703)";
  const failed = { ...violated, violation: { expected: "it applies", got, script: [] } };
  const blocked = { ...unknown, blocked: true, reason: `an empty database cannot be migrated: ${got}` };
  const known = { file: `${folder}/findings.json`, text: `[\n  { "property": "${stale.id}" }\n]\n` };
  const lines = formatAnnotations(
    createRunResult(createReleaseResult(failed, blocked, stale)),
    references,
    new Map([[folder, known]]),
  );

  expect(lines.map((line) => /^::error file=([^,]*),line=(\d+)/.exec(line)?.slice(1))).toEqual([
    [expect.stringMatching(/published\/2\.1-columns\.sql$/), "12"],
    [expect.stringMatching(/published\/2\.1-columns\.sql$/), "12"],
    [expect.stringMatching(/published\/findings\.json$/), "2"],
  ]);
});
