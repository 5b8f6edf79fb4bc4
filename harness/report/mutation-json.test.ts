import { Ajv } from "ajv";
import { schema } from "mutation-testing-report-schema";
import { describe, expect, test } from "vitest";
import { makeMutationRun, mutantsAlone, sampleResults } from "../testing/sample-mutants.ts";
import { buildMutationReport, formatMutationPage } from "./mutation-json.ts";

const properties = ["A1", "C1", "C2", "K1"].map((id) => ({ id, title: `${id} is kept` }));

async function reportOf(some: typeof sampleResults) {
  const { release } = await makeMutationRun(some);

  return buildMutationReport(release, some, properties);
}

describe("the report for other tools", () => {
  test.each([
    ["with mutants of every fate", sampleResults],
    ["with what one property alone noticed", mutantsAlone],
    ["without a mutant", []],
  ])("%s is valid by the schema of its package", async (_, some) => {
    const valid = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
    // As a reader gets it.
    valid(JSON.parse(JSON.stringify(await reportOf(some))));

    expect(valid.errors).toBeNull();
  });

  test("tells fates apart as the schema does, with whoever is known to have noticed", async () => {
    const found = Object.values(
      (await reportOf([...sampleResults, ...mutantsAlone.slice(-2)])).files,
    ).flatMap((file) => file.mutants.map(({ id, status, killedBy }) => [id, status, killedBy]));

    expect(found).toEqual([
      ["killed", "Killed", ["C1"]],
      ["limit", "Timeout", ["C2"]],
      ["survived", "Survived", undefined],
      ["unclaimed", "Survived", undefined],
      ["invalid", "CompileError", undefined],
      ["equivalent", "Ignored", undefined],
      ["trouble", "RuntimeError", undefined],
      ["alone", "Killed", ["C1"]],
      ["shared", "Killed", ["K1", "C1"]],
    ]);
  });

  test("refers to tests that are there, and to places in the source", async () => {
    const { files, testFiles } = await reportOf(sampleResults);
    const tests = Object.values(testFiles ?? {}).flatMap((file) => file.tests.map(({ id }) => id));
    const [file] = Object.values(files);

    expect(tests).toEqual(
      expect.arrayContaining(file?.mutants.flatMap(({ killedBy = [] }) => killedBy) ?? []),
    );
    expect(file?.mutants[0]?.location).toEqual({
      start: { line: 2, column: 10 },
      end: { line: 2, column: 11 },
    });
  });
});

test("the page holds the viewer and the report, and nothing in the SQL ends its scripts", async () => {
  const page = await formatMutationPage("Mutants of <example>", await reportOf(sampleResults));

  expect(page).toContain("<title>Mutants of &lt;example></title>");
  expect(page.match(/<\/script>/g)).toHaveLength(2);
  expect(page).toContain("\\u003c/script> is text");
  expect(page).not.toMatch(/<(script|link|img)[^>]+(src|href)=/);
});
