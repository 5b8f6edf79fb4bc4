import { expect, test } from "vitest";
import type { PropertyResult, Violation } from "../property/verdict.ts";
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
import { formatRun } from "./terminal.ts";
import { measureWidth } from "./text-layout.ts";

const plain = { colour: false, width: 80 };
const tell = (...properties: PropertyResult[]) =>
  formatRun(createRunResult(createReleaseResult(...properties)), plain, references);

function violatedWith(changes: Partial<Violation>, title = violated.title): PropertyResult {
  const script = violated.violation?.script ?? [];
  return { ...violated, title, violation: { expected: "a", got: "b", script, ...changes } };
}

test("a violation is told in the order in which a reader asks", () => {
  const told = formatRun(createRunResult(mixed), plain, references);
  const order = [
    "VIOLATED: C3-negative",
    "promised   C3: a call for a negative number",
    "-- as in the release, left out here: the baseline, the migration",
    "-- it consumes a negative number\nselect consume_specific_credits(",
    "expected   the call is refused",
    "got        the call returned true",
    "replay     npx pg-plumbline verify --release sql/published --only C3-negative --seed 42\n",
    "script     plumbline-out/phase-3.5-published/C3-negative.sql\n",
    "hint       Refuse p_credits below 1",
    "Known findings",
    "because    the document looks for the row",
    "Open questions",
    "\n    - ai: 40 %\n    - whatsapp: 30 %\n",
    "must not ship: 1 rule broken that the ledger does not know",
    "seed 42, embedded PostgreSQL 18.4, 8.1 s",
  ];

  const places = order.map((part) => told.indexOf(part));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

test("the table tells the five standings apart without colour", () => {
  const rows = formatRun(createRunResult(mixed), plain, references).split("\n");
  const row = (id: string) => rows.find((line) => line.startsWith(`  ${id} `));

  expect(row("A1")).toMatch(/ held {2,}200 /);
  expect(row("C3-negative")).toMatch(/ VIOLATED +4 /);
  expect(row("C5")).toMatch(/ violated, known +4 /);
  expect(row("G2")).toMatch(/ held, STALE +200 /);
  expect(row("R1")).toMatch(/ unknown +0 /);
});

test("the release's own statements are left to the script, and the others stand unindented", () => {
  const told = tell(violated);

  expect(told).not.toContain("create table");
  expect(told).toContain("\ninsert into organizations (id, plan_name)\nvalues (");
});

test.each([60, 80, 100])("prose keeps to %i columns, whatever it is made of", (width) => {
  const long = `${"企業版の組織 ".repeat(12)}${"👩‍👩‍👧".repeat(70)} ${"enterprise ".repeat(20)}${"x".repeat(200)}`;
  const results = [
    violatedWith(
      { expected: long, got: long, hint: long, script: [{ title: long, sql: "select 1;" }] },
      long,
    ),
    { ...known, title: long, because: long },
    { ...unknown, id: "R1-a-rule-with-a-very-long-name", reason: long },
    { ...held, title: long, runs: 1_000_000 },
  ];
  const told = formatRun(
    createRunResult(createReleaseResult(...results)),
    { colour: false, width },
    { ...references, scripts: new Map() },
  );
  const prose = told.split("\n").filter((line) => !/^ +replay|^next:/.test(line));

  expect(prose.filter((line) => measureWidth(line) > width)).toEqual([]);
});

test("without colour no control character reaches the reader, whatever the data holds", () => {
  const hostile = "\u001b[2J\r\u0007\u202e\u009b31m";
  const result = violatedWith(
    {
      expected: hostile,
      got: hostile,
      hint: hostile,
      script: [{ title: hostile, sql: `select '${hostile}';` }],
    },
    hostile,
  );
  const told = tell(result, { ...known, because: hostile }, { ...unknown, reason: hostile });

  expect(told).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  expect(told).toContain("escapes stand for characters that cannot be shown");
});

test("colour changes no character of the text", () => {
  const colourful = formatRun(createRunResult(mixed), { ...plain, colour: true }, references);
  const esc = String.fromCharCode(27);

  expect(colourful).toContain(`${esc}[31m`);
  expect(colourful.replaceAll(new RegExp(`${esc}\\[\\d+m`, "g"), "")).toBe(
    formatRun(createRunResult(mixed), plain, references),
  );
});

test("a known finding is told in short, and in full where that is asked for", () => {
  const short = tell(known);
  const full = formatRun(
    createRunResult(createReleaseResult(known)),
    { ...plain, verbose: true },
    references,
  );

  expect(short).not.toContain("select consume_specific_credits");
  expect(full).toContain("select consume_specific_credits");
});

test("a violation without a script still says by what the rule was broken and how to find it again", () => {
  const { violation: _, ...bare } = violated;
  const told = tell(bare);

  expect(told).toContain('broken by  {"credits":-1}');
  expect(told).toContain("replay     npx pg-plumbline");
});

test("a long statement is cut, and says so", () => {
  const sql = Array.from({ length: 50 }, (_, line) => `select ${line};`).join("\n");
  const told = tell(violatedWith({ script: [{ title: "many", sql }] }));

  expect(told).toContain("select 39;\n-- 10 more lines are in the script");
  expect(told).not.toContain("select 40;");
});

test("with several releases the conclusions stand together at the end", () => {
  const sound = { ...createReleaseResult(held), name: "sound", folder: "/checkout/sql/sound" };
  const end = formatRun(createRunResult(createReleaseResult(known), sound), plain, references)
    .trimEnd()
    .split("\n\n")
    .slice(-2);

  expect(end[0]).toBe(
    "phase-3.5-published must not ship: 1 rule broken, and it is known (C5).\n" +
      "sound keeps the 1 rule that was checked.",
  );
  expect(end[1]).toContain("next: npx pg-plumbline verify --release sql/published --only C5 --seed 42");
});

test("where nothing could be decided, the next command asks the same of a server that can", () => {
  const there = { kind: "external", version: "18.4" };
  const asked = { ...references, options: ["--server", "external"] };
  const undecided = { ...createRunResult(createReleaseResult(unknown)), server: there, only: ["R1"] };
  const decided = { ...createRunResult(createReleaseResult(held, unknown)), server: there };

  expect(formatRun(undecided, plain, asked)).toContain(
    "next: npx pg-plumbline verify --release sql/published --only R1 --seed 42\n",
  );
  expect(formatRun(decided, plain, asked)).toContain("--seed 43 --server external\n");
});

test("the next command keeps to what was asked for", () => {
  const run = { ...createRunResult(createReleaseResult(held)), only: ["A1", "S1"] };

  expect(formatRun(run, plain, references)).toContain(
    "next: npx pg-plumbline verify --release sql/published --only A1,S1 --seed 43\n",
  );
});

test("where all holds, the next command tries other cases", () => {
  expect(tell(held)).toContain("next: npx pg-plumbline verify --release sql/published --seed 43\n");
});
