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

test("what was expected, held or could not be told is no annotation", () => {
  expect(
    formatAnnotations(createRunResult(createReleaseResult(held, known, unknown)), references, none),
  ).toEqual([]);
});

test("a violation is told with what was expected, what came, and the line that replays it", () => {
  const [line = "", ...more] = formatAnnotations(
    createRunResult(createReleaseResult(violated)),
    references,
    none,
  );

  expect(more).toEqual([]);
  expect(line).toMatch(
    /^::error file=[^,]*release\.json,line=1,title=phase-3\.5-published%2C C3-negative%3A /,
  );
  expect(line).toContain(`%0AGot: ${violated.violation?.got}`);
  expect(line).toContain("%0AReplay: npx pg-plumbline verify --release");
});

test("no text of a release can begin another command, or end the line", () => {
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

test("a statement that is refused, and a stale entry of the ledger, are annotated at their own lines", () => {
  const got = "2.1-columns.sql, line 12: ERROR: no such column (SQLSTATE 42703)";
  const refused = { ...violated, violation: { expected: "it applies", got, script: [] } };
  const blocked = { ...unknown, blocked: true, reason: `an empty database cannot be migrated: ${got}` };
  const ledger = { file: `${folder}/findings.json`, text: `[\n  { "property": "${stale.id}" }\n]\n` };
  const lines = formatAnnotations(
    createRunResult(createReleaseResult(refused, blocked, stale)),
    references,
    new Map([[folder, ledger]]),
  );

  expect(lines.map((line) => /^::error file=([^,]*),line=(\d+)/.exec(line)?.slice(1))).toEqual([
    [expect.stringMatching(/published\/2\.1-columns\.sql$/), "12"],
    [expect.stringMatching(/published\/2\.1-columns\.sql$/), "12"],
    [expect.stringMatching(/published\/findings\.json$/), "2"],
  ]);
});
