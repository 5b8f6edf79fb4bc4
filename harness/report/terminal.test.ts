import { expect, test } from "vitest";
import type { PropertyResult, Violation } from "../property/verdict.ts";
import {
  createReleaseResult,
  createRunResult,
  held,
  known,
  mixed,
  references,
  stale,
  unknown,
  violated,
} from "../testing/sample-run.ts";
import { formatRun } from "./terminal.ts";
import { measureWidth } from "./text-layout.ts";

const plain = { colour: false, width: 80 };
const verbose = { ...plain, verbose: true };
const format = (properties: readonly PropertyResult[], style = plain) =>
  formatRun(createRunResult(createReleaseResult(...properties)), style, references);

function violatedWith(changes: Partial<Violation>, title = violated.title): PropertyResult {
  const script = violated.violation?.script ?? [];
  return { ...violated, title, violation: { expected: "a", got: "b", script, ...changes } };
}

/** As many properties as the releases of this repository have, with texts like theirs. */
const GOT = [
  "it is accepted",
  '2.1-columns.sql, line 15: ERROR: constraint "check_ai_credits_limit" for relation "organizations" already exists (SQLSTATE 42710)',
  'ERROR: new row for relation "organizations" violates check constraint "check_ai_credits_limit" (SQLSTATE 23514)',
  "column public.organizations.rollback_marker was added; function public.allocate_plan_credits_disabled(uuid, text) was added",
  "2.1-columns.sql:3, 2.1-columns.sql:9: ACCESS EXCLUSIVE on organizations stops reads and writes (read: 200, 600 and 1,800 at 200, 600 and 1,800 rows). 2.3-indexes.sql:3: SHARE on organizations stops writes",
];
const failing = Array.from({ length: 86 }, (_, index): PropertyResult => {
  const rule = `R${index % 51}`;
  if (index % 51 >= 30) return { ...held, id: `R${index}`, rule };

  return {
    ...known,
    id: `R${index}`,
    rule,
    violation: { expected: "a", got: GOT[index % GOT.length] ?? "", script: [] },
  };
});
const sound = {
  ...createReleaseResult(...failing.map(({ id, rule }) => ({ ...held, id, rule }))),
  name: "phase-3.5-hardened",
  folder: "/checkout/sql/hardened",
};

test("an expected run of both releases fits one screen of 40 lines and 80 columns", () => {
  const scripts = new Map(failing.map((result) => [result, "plumbline-out/phase-3.5-published/x.sql"]));
  const text = formatRun(createRunResult(sound, createReleaseResult(...failing)), plain, {
    ...references,
    scripts,
    isDefaultReleases: true,
  });
  const lines = text.trimEnd().split("\n");

  // Two lines of progress on standard error come before it.
  expect(lines.length).toBeLessThanOrEqual(38);
  expect(lines.filter((line) => measureWidth(line) > 80)).toEqual([]);
  expect([...lines.slice(0, 7), ...lines.slice(-6)].join("\n")).toMatchInlineSnapshot(`
    "✓ phase-3.5-hardened   86 properties: 86 held
    ! phase-3.5-published  86 properties: 26 held, 60 violated (all known)
      R0 (2)   it is accepted
      R1 (2)   2.1-columns.sql, line 15: ERROR:…"organizations" already exists
      R2 (2)   ERROR: new row for relation "organ…onstraint "check_ai_credits_limit"
      R3 (2)   column public.organizations.rollback_marker was added; …
      R4 (2)   2.1-columns.sql:3, …: ACCESS EXCLU…izations stops reads and writes. …

    phase-3.5-published: 30 rules violated, all listed as known failures
    172 properties of 51 rules: 112 held, 60 violated (all known)
    seed 42, embedded PostgreSQL 18.4, 8.1 s
    details: --verbose; scripts: plumbline-out/phase-3.5-published
    reproduce: npx pg-plumbline verify --seed 42"
  `);
});

test("a new violation shows the rule, the SQL, expected and got, the command, and the hint, in this order", () => {
  const text = formatRun(createRunResult(mixed), plain, references);
  const order = [
    "✗ phase-3.5-published: 5 properties: 2 held",
    "C3 (1)  NEW: the call returned true",
    "VIOLATED: C3-negative, phase-3.5-published",
    "property   C3: a call for a negative number",
    "found in case 4, shrunk 7 times:",
    "-- of the release, left out: the baseline, the migration",
    "-- it consumes a negative number\nselect consume_specific_credits(",
    "expected   the call is refused",
    "got        the call returned true",
    "reproduce  npx pg-plumbline verify --release sql/published --only C3-negative --seed 42\n",
    "script     plumbline-out/phase-3.5-published/C3-negative.sql\n",
    "hint       Refuse p_credits below 1",
    "Known failures that are out of date: phase-3.5-published",
    "Unknown: phase-3.5-published\n  R1: the release has no emergency rollback",
    "must not ship: 1 rule violated, not listed as a known\nfailure (C3)",
    "seed 42, embedded PostgreSQL 18.4, 8.1 s",
    "reproduce: npx pg-plumbline verify --release sql/published --only C3-negative --seed 42\n",
  ];

  const positions = order.map((part) => text.indexOf(part));
  expect(positions).not.toContain(-1);
  expect(positions).toEqual(positions.toSorted((a, b) => a - b));
});

test("the answers to open questions are shown on request", () => {
  const run = createRunResult(mixed);

  expect(formatRun(run, plain, references)).not.toContain("Open questions");
  expect(formatRun(run, { ...plain, questions: true }, references)).toMatch(
    /Open questions: phase-3\.5-published\n {2}O1: .*\n {4}- ai: 40 %\n {4}- whatsapp: 30 %\n/s,
  );
});

test("the verbose table has every status in words", () => {
  const rows = formatRun(createRunResult(mixed), verbose, references).split("\n");
  const findRow = (id: string) => rows.find((line) => line.startsWith(`  ${id} `));

  expect(findRow("A1")).toMatch(/ held {2,}200 /);
  expect(findRow("C3-negative")).toMatch(/ VIOLATED +4 /);
  expect(findRow("C5")).toMatch(/ violated, known +4 /);
  expect(findRow("G2")).toMatch(/ held, STALE +200 /);
  expect(findRow("R1")).toMatch(/ unknown +0 /);
});

test("the release's own statements are left to the script, and the others are not indented", () => {
  const text = format([violated]);

  expect(text).not.toContain("create table");
  expect(text).toContain("\ninsert into organizations (id, plan_name)\nvalues (");
});

test.each([60, 80, 100])("prose keeps to %i columns, whatever its characters are", (width) => {
  const long = `${"企業版の組織 ".repeat(12)}${"👩‍👩‍👧".repeat(70)} ${"enterprise ".repeat(20)}${"x".repeat(200)}`;
  const results = [
    violatedWith({ expected: long, got: long, hint: long, script: [{ title: long, sql: "select 1;" }] }, long),
    { ...known, title: long, because: long },
    { ...stale, title: long, because: long },
    { ...unknown, id: "R1-a-rule-with-a-very-long-name", reason: long },
    { ...held, title: long, runs: 1_000_000 },
  ];
  const run = createRunResult(createReleaseResult(...results));
  for (const isVerbose of [false, true]) {
    const style = { colour: false, width, verbose: isVerbose };
    const text = formatRun(run, style, { ...references, scripts: new Map() });
    const prose = text.split("\n").filter((line) => !/^( *reproduce|select )/.test(line));

    expect(prose.filter((line) => measureWidth(line) > width)).toEqual([]);
  }
});

test("without colour no control character reaches the reader, whatever the data contains", () => {
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
  const text = format([result, { ...known, because: hostile }, { ...unknown, reason: hostile }], verbose);

  expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  expect(text).toContain("escapes replace characters that cannot be displayed");
});

test("colour changes no character of the text", () => {
  const colourful = formatRun(createRunResult(mixed), { ...plain, colour: true }, references);
  const esc = String.fromCharCode(27);

  expect(colourful).toContain(`${esc}[31m`);
  expect(colourful.replaceAll(new RegExp(`${esc}\\[\\d+m`, "g"), "")).toBe(
    formatRun(createRunResult(mixed), plain, references),
  );
});

test("a known failure is shown in full with --verbose alone", () => {
  expect(format([known])).not.toContain("select consume_specific_credits");
  expect(format([known], verbose)).toContain("select consume_specific_credits");
  expect(format([known], verbose)).toContain("cause      the document checks");
});

test("a violation without a script shows its values and how to reproduce it", () => {
  const { violation: _, ...bare } = violated;
  const text = format([bare]);

  expect(text).toContain('values     {"credits":-1}');
  expect(text).toContain("reproduce  npx pg-plumbline");
});

test("a long history is counted, and the place where the rows come after it is named", () => {
  const history = Array.from({ length: 7 }, (_, index) => ({ title: `${index}.sql`, sql: "", isFromRelease: true }));
  const script = [...history, { title: "ordinary rows", sql: "select 1;" }];

  expect(format([violatedWith({ script: script.slice(1) })])).toContain("left out: 1.sql, 2.sql, 3.sql, 4.sql, 5.sql");
  expect(format([violatedWith({ script })])).toContain("left out: 7 files, the last of them 6.sql\n-- ordinary rows");
});

test("a long statement is cut, with a note", () => {
  const sql = Array.from({ length: 50 }, (_, line) => `select ${line};`).join("\n");
  const text = format([violatedWith({ script: [{ title: "many", sql }] })]);

  expect(text).toContain("select 39;\n-- 10 more lines are in the script");
  expect(text).not.toContain("select 40;");
});

test("where all rules held, the run ends with what held and the command that repeats it", () => {
  const run = createRunResult(createReleaseResult(held));

  expect(formatRun(run, plain, { ...references, scripts: new Map() })).toBe(
    `${[
      "✓ phase-3.5-published  1 property: 1 held",
      "",
      "phase-3.5-published: the 1 rule checked held",
      "1 property of 1 rule: 1 held",
      "seed 42, embedded PostgreSQL 18.4, 8.1 s",
      "reproduce: npx pg-plumbline verify --release sql/published --seed 42",
    ].join("\n")}\n`,
  );
});

test("where all rules of all migrations held, one sentence says so", () => {
  const release = { ...createReleaseResult(held), migration: "1_users" };

  expect(formatRun(createRunResult(release, release), plain, references)).toContain(
    "held\n\nall 2 migrations: all rules checked held\n2 properties of 1 rule: 2 held\n",
  );
});

test("the name of a migration that its kind has is not repeated, and many scripts have one folder", () => {
  const names = ["1_users", "2_teams", "3_notes"];
  const releases = names.map((name) => {
    const violation = { kind: `fails-on-rows ${name}/migration.sql, line 11`, expected: "a", got: "b", script: [] };
    const kinds = [{ kind: "fails-on-rows", expected: false, runs: 1, shrinks: 0, violation }];

    return { ...createReleaseResult({ ...violated, violation, kinds }), name, migration: name };
  });
  const scripts = new Map(releases.map((one) => [one.properties[0] ?? held, `plumbline-out/${one.name}/C3.sql`]));
  const text = formatRun(createRunResult(...releases), plain, { ...references, scripts });

  expect(text).toContain("fails-on-rows 1_users/migration.sql, line 11\n");
  expect(text).toContain("scripts: plumbline-out\n");
});

test("what is to know of a folder of migrations is noted once, and many notes are counted", () => {
  const notes = Array.from({ length: 6 }, (_, index) => `${index}.go is code and was left out`);
  const folders = [{ folder: "/checkout/db", layout: "goose", notes }];
  const run = { ...createRunResult(createReleaseResult(held)), folders };

  expect(formatRun(run, plain, references)).toContain(
    "\n\nNotes: db, read as goose\n  0.go is code and was left out.\n  1.go is code and was left out.\n" +
      "  2.go is code and was left out.\n  3 more: --verbose, --json\n\n",
  );
  expect(formatRun(run, verbose, references)).toContain("5.go is code and was left out.\n\n");
});

test("a need that is not met is said once, with the migrations that it concerns", () => {
  const need = { message: "the migration cannot be applied here: no vector", remedy: "Use another server" };
  const first = { ...createReleaseResult(unknown), name: "0002", need };
  const run = createRunResult({ ...createReleaseResult(held), migration: "0001" }, first, { ...first, name: "0003" });
  const text = formatRun(run, plain, references);

  expect(text).toMatch(
    /\n\nNot judged: 0002 and 1 later migration\n {2}The migration cannot be applied here: no vector\.\n +hint +Use another server\n/,
  );
  expect(text).not.toContain("Unknown:");
});

test("of a rule of any migration, the rows that decided are named", () => {
  expect(format([violatedWith({ rows: "ordinary rows" })])).toMatch(/\n {2}rows +ordinary rows\n {2}expected +a\n/);
});
