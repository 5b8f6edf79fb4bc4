import { expect, test } from "vitest";
import {
  createReleaseResult,
  createRunResult,
  held,
  mixed,
  references,
  unknown,
  violated,
} from "../testing/sample-run.ts";
import { formatJunit } from "./junit.ts";

/** The elements in each test case, by the name of the case. */
function readCases(xml: string): Record<string, string[]> {
  const cases = xml.matchAll(
    /<testcase classname="[^"<]*" name="(?<id>[^":]*)[^"<]*" time="[\d.]+"(?:\/>|>(?<body>.*?)<\/testcase>)/gs,
  );

  return Object.fromEntries([...cases].map(({ groups }) => [groups?.id, readNames(groups?.body ?? "")]));
}

function readNames(body: string): string[] {
  return [...body.replaceAll(/<!\[CDATA\[.*?\]\]>/gs, "").matchAll(/<([a-z-]+)/g)].map(([, name]) => name ?? "");
}

test("new violations and stale known failures fail, known failures pass with output, unknown is skipped", () => {
  const xml = formatJunit(createRunResult(mixed), references);

  expect(readCases(xml)).toEqual({
    A1: [],
    "C3-negative": ["failure"],
    C5: ["system-out"],
    G2: ["failure"],
    R1: ["skipped", "system-out"],
  });
  expect(xml).toMatch(
    /<testsuite name="phase-3.5-published" time="0.6" tests="5" failures="2" errors="0" skipped="1">/,
  );
});

test("what the release itself keeps from being decided is an error with its reason", () => {
  const xml = formatJunit(createRunResult(createReleaseResult({ ...unknown, blocked: true })), references);

  expect(readCases(xml)).toEqual({ R1: ["error", "system-out"] });
  expect(xml).toContain('<error message="the release has no emergency rollback" type="unknown"');
  expect(xml).toContain('errors="1" skipped="0"');
});

test("a failure has the whole report of the violation, and a skipped case its reason", () => {
  const xml = formatJunit(createRunResult(mixed), references);

  expect(xml).toContain("\nselect consume_specific_credits(");
  expect(xml).toContain("  reproduce  npx pg-plumbline verify --release sql/published --only C3-negative --seed 42");
  expect(xml).toContain("unknown: the release has no emergency rollback");
});

test("no data breaks the document: neither markup, nor the end of a CDATA section, nor what XML cannot contain", () => {
  const hostile = `]]></failure>"<&>\u0000\u001b\ufffe\ud800`;
  const xml = formatJunit(
    createRunResult(
      createReleaseResult(
        { ...violated, title: hostile, violation: { expected: hostile, got: hostile, script: [] } },
        { ...held, title: hostile },
      ),
    ),
    references,
  );

  expect(readCases(xml)).toEqual({ "C3-negative": ["failure"], A1: [] });
  expect(xml).toMatch(/^[\t\n\u0020-\ud7ff\ue000-\ufffd]*$/);
  const outside = xml.replaceAll(/<!\[CDATA\[.*?\]\]>/gs, "");
  expect(outside.replaceAll(/<(?:[^<>"]|"[^"<]*")*>/g, "").trim()).toBe("");
  expect(outside).not.toMatch(/&(?!amp;|lt;|gt;|quot;|#x[0-9A-F]+;)/);
});

test("notes of folders are output, and a need that is not met is one error", () => {
  const need = { message: "no vector", remedy: "Use another server" };
  const unmet = { ...createReleaseResult(unknown), name: "0002", need };
  const run = {
    ...createRunResult(createReleaseResult(held), unmet, { ...unmet, name: "0003" }),
    folders: [{ folder: "/checkout/db", layout: "Prisma", notes: ["it keeps no downs"] }],
  };
  const xml = formatJunit(run, references);

  expect(readCases(xml)).toMatchObject({
    "read as Prisma": ["system-out"],
    "needs of the migration": ["error", "system-out"],
  });
  expect(xml).toContain("<![CDATA[It keeps no downs.]]>");
  expect(xml.match(/<error message="no vector" type="unmet need"/g)).toHaveLength(1);
});
