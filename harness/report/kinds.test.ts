import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { KindResult, PropertyResult } from "../property/verdict.ts";
import { createReleaseResult, createRunResult, held, violated } from "../testing/sample-run.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { formatAnnotations } from "./annotations.ts";
import { formatConclusion } from "./conclusion.ts";
import { formatHtml } from "./html.ts";
import { toJson } from "./json.ts";
import { formatJunit } from "./junit.ts";
import { formatName, splitKinds } from "./kinds.ts";
import { mergeRuns, readRun } from "./merge-runs.ts";
import type { References } from "./reproduce-line.ts";
import { formatRun } from "./terminal.ts";
import { writeScripts } from "./write-scripts.ts";

const plain = { colour: false, width: 80 };

function kind(name: string, changes: Partial<KindResult> = {}): KindResult {
  const script = [{ title: "reproduces the violation", sql: `SELECT '${name}';` }];

  return {
    kind: name,
    expected: false,
    runs: 4,
    shrinks: 1,
    path: "3:0",
    counterexample: { of: name },
    violation: { expected: `no ${name}`, got: `it ${name.replaceAll("-", " ")}`, script },
    ...changes,
  };
}

const [first, second, third] = [
  kind("returns-false", { violation: { ...kind("returns-false").violation, kind: "returns FALSE" } }),
  kind("called-a-lack-of-credits"),
  kind("known-before", { expected: true, because: "it was so" }),
];
const both: PropertyResult = {
  ...violated,
  id: "C5",
  rule: "C5",
  counterexample: first.counterexample,
  violation: first.violation,
  kinds: [first, second, third],
  staleKinds: [{ kind: "gone", because: "it was so", nearest: ["returns-false"] }],
};
const run = createRunResult(createReleaseResult(held, both));
const scripts = new Map<PropertyResult | KindResult, string>([
  [both, "out/C5.returns-false.sql"],
  [first, "out/C5.returns-false.sql"],
  [second, "out/C5.called-a-lack-of-credits.sql"],
]);
const references: References = { cwd: "/checkout", scripts };

describe("each kind of failure is reported by itself", () => {
  test("a result is split into one for each kind, with its own violation and expectation", () => {
    expect(splitKinds(both).map((one) => [formatName(one), one.expected, one.because, one.violation?.got])).toEqual([
      ["C5 · returns FALSE", false, undefined, "it returns false"],
      ["C5 · called a lack of credits", false, undefined, "it called a lack of credits"],
      ["C5 · known before", true, "it was so", "it known before"],
    ]);
    expect(splitKinds(held)).toEqual([held]);
  });

  test("in the terminal, with the number of kinds of the rule", () => {
    const text = formatRun(run, plain, references);

    expect(text).toContain("C5 (3)  NEW: it returns false");
    expect(text).toContain("1 violated in 3 kinds (1 new)");
    expect(text).toMatch(
      /VIOLATED: C5 · returns FALSE, .*SELECT 'returns-false';.*script +out\/C5\.returns-false\.sql/s,
    );
    expect(text).toMatch(/VIOLATED: C5 · called a lack of credits, .*script +out\/C5\.called-a-lack-of-credits\.sql/s);
    expect(text).not.toContain("SELECT 'known-before'");
    expect(text).toMatch(/C5 · gone: .*found +listed as a known failure, and it did not occur/s);
    expect(text).not.toContain("Kinds of failures");
  });

  test("on request as the known failures name them", () => {
    const text = formatRun(run, { ...plain, kinds: true }, references);

    expect(text).toContain('  C5  returns-false\n    {"property":"C5","kind":"returns-false","because":"…"}\n');
    expect(text).toContain("  C5  known-before\n\n");
  });

  test("what part of all kinds passes stands in the line of the rule", () => {
    const known = { ...both, expected: true, staleKinds: [], kinds: [third], counted: "7 of 8 faults are reported" };

    expect(formatRun(createRunResult(createReleaseResult(known)), plain, references)).toContain(
      "C5 (1)  7 of 8 faults are reported",
    );
  });

  test("too many are said to be cut", () => {
    const cut = createRunResult(createReleaseResult({ ...both, isCut: true }));

    expect(formatRun(cut, plain, references)).toContain("it has more than 3 kinds");
    expect(formatHtml([{ run: cut, references }])).toContain("it has more than 3 kinds");
  });

  test("in the conclusion", () => {
    expect(formatConclusion("a", [both])).toContain("C5 · gone did not occur");
    expect(formatConclusion("a", [{ ...both, isAmbiguous: true }])).toContain("C5 must name kinds");
  });

  test("in JSON beside the fields of the first, and back", async () => {
    const file = join(createTemporaryFolder({ "run.json": JSON.stringify(toJson(run, scripts)) }), "run.json");
    const saved = await readRun(file);
    const { releases } = mergeRuns([{ file, run: saved.run }]);
    const result = releases[0]?.properties.find(({ id }) => id === "C5");

    expect(result).toMatchObject({ counterexample: { of: "returns-false" }, staleKinds: both.staleKinds });
    expect(
      result?.kinds?.map(({ violation: { script: _, ...words }, ...one }) => ({ ...one, violation: words })),
    ).toEqual(both.kinds?.map(({ violation: { script: _, ...words }, ...one }) => ({ ...one, violation: words })));
    expect([...saved.scripts.values()].toSorted()).toEqual([...scripts.values()].toSorted());
  });

  test("in JUnit, a case each, and one for what is out of date", () => {
    const xml = formatJunit(run, references);

    expect(xml.match(/<testcase [^>]*name="C5[^"]*"/g)).toHaveLength(4);
    expect(xml.match(/<failure /g)).toHaveLength(3);
    expect(xml).toContain('name="C5 · returns FALSE: ');
  });

  test("in HTML, each with an anchor of its own", () => {
    const page = formatHtml([{ run, references }]);
    const anchors = [...page.matchAll(/<article id="([^"]+)"/g)].map(([, id]) => id);

    expect(new Set(anchors).size).toBe(3);
    expect(page).toContain(`href="#${anchors[0]}"`);
  });

  test("in annotations, the new ones at the place of the property, and what is out of date at its entry", () => {
    const text = '[\n  { "property": "C5",\n    "kind": "gone" }\n]\n';
    const known = new Map([["/checkout/sql/published", { file: "/checkout/sql/published/findings.json", text }]]);
    const lines = formatAnnotations(run, references, known);

    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain("findings.json,line=2,title=phase-3.5-published%2C C5 · returns FALSE");
    expect(lines[2]).toContain("line=3,title=phase-3.5-published%2C C5 · gone");
  });
});

test("each kind has its script, and those of kinds that are fixed are removed", async () => {
  const cwd = createTemporaryFolder();
  const list = async () => (await readdir(join(cwd, "out/phase-3.5-published"))).toSorted();
  const other = { ...both, id: "C5.2", kinds: [first] };
  const written = await writeScripts(createRunResult(createReleaseResult(both, other)), { cwd, folder: "out" });

  expect(written.get(second)).toBe("out/phase-3.5-published/C5.called-a-lack-of-credits.sql");
  expect(await readFile(join(cwd, written.get(second) ?? ""), "utf8")).toContain(
    "Property C5 · called a lack of credits",
  );
  expect(await list()).toEqual([
    "C5.2.sql",
    "C5.called-a-lack-of-credits.sql",
    "C5.known-before.sql",
    "C5.returns-false.sql",
  ]);
  await writeScripts(createRunResult(createReleaseResult({ ...both, kinds: [second] }, other)), { cwd, folder: "out" });
  expect(await list()).toEqual(["C5.2.sql", "C5.sql"]);
  await writeScripts(createRunResult(createReleaseResult({ ...held, id: "C5" }, other)), { cwd, folder: "out" });
  expect(await list()).toEqual(["C5.2.sql"]);
});
