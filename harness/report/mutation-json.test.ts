import { Ajv } from "ajv";
import { schema } from "mutation-testing-report-schema";
import { describe, expect, test } from "vitest";
import type { MutantResult } from "../mutation/mutant.ts";
import { makeMutationRun, sampleResults } from "../testing/sample-mutants.ts";
import { buildMutationReport, formatMutationPage } from "./mutation-json.ts";

const properties = ["A1", "C1", "C2", "K1"].map((id) => ({ id, title: `${id} is kept` }));

async function buildReport(results: typeof sampleResults) {
  const { release } = await makeMutationRun(results);

  return buildMutationReport(release, results, properties);
}

describe("the report for other tools", () => {
  test.each([
    ["with mutants of every status", sampleResults],
    ["without a mutant", []],
  ])("%s is valid by the schema of its package", async (_, results) => {
    const valid = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
    // As a reader gets it.
    valid(JSON.parse(JSON.stringify(await buildReport(results))));

    expect(valid.errors).toBeNull();
  });

  test("has the status of the schema, and the property that killed", async () => {
    const migrating = { ...sampleResults[1], property: undefined } as unknown as MutantResult;
    const { files } = await buildReport([...sampleResults, migrating]);
    const found = Object.values(files).flatMap(({ mutants }) =>
      mutants.map(({ id, status, killedBy }) => [id, status, killedBy]),
    );

    expect(found).toEqual([
      ["killed", "Killed", ["C1"]],
      ["timeout", "Timeout", ["C2"]],
      ["survived", "Survived", undefined],
      ["unclaimed", "Survived", undefined],
      ["invalid", "CompileError", undefined],
      ["equivalent", "Ignored", undefined],
      ["error", "RuntimeError", undefined],
      ["timeout", "Timeout", undefined],
    ]);
  });

  test("refers to tests that are there, and to places in the source", async () => {
    const { files, testFiles } = await buildReport(sampleResults);
    const tests = Object.values(testFiles ?? {}).flatMap((file) => file.tests.map(({ id }) => id));
    const [file] = Object.values(files);

    expect(tests).toEqual(expect.arrayContaining(file?.mutants.flatMap(({ killedBy = [] }) => killedBy) ?? []));
    expect(file?.mutants[0]?.location).toEqual({
      start: { line: 2, column: 10 },
      end: { line: 2, column: 11 },
    });
  });
});

test("the page holds the viewer and the report, and nothing in the SQL ends its scripts", async () => {
  const page = await formatMutationPage("Mutants of <example>", await buildReport(sampleResults));

  expect(page).toContain("<title>Mutants of &lt;example></title>");
  expect(page.match(/<\/script>/g)).toHaveLength(2);
  expect(page).toContain("\\u003c/script> is text");
  expect(page).not.toMatch(/<(script|link|img)[^>]+(src|href)=/);
});
