import { array, assert, constantFrom, nat, oneof, property, record, string } from "fast-check";
import { expect, test } from "vitest";
import { HarnessError } from "../errors.ts";
import { formatSpec } from "./format-spec.ts";
import { parseSpec } from "./parse-spec.ts";
import type { Blocker, PermutationStep, Spec } from "./spec.ts";

const names = () =>
  oneof(
    constantFrom("s1", "step", "a.b", 'say "hi"', "# no comment", "", "é{}", "(*)", "two words"),
    string({ unit: "grapheme", maxLength: 8 }).filter((name) => !name.includes("\n")),
  );
// The format trims SQL, and cannot express a closing brace.
const sql = () =>
  oneof(constantFrom("SELECT 1", "", "{ nested", '"# x"', "a\n  b"), string({ unit: "grapheme", maxLength: 20 })).map(
    (text) => text.replaceAll("}", "").replace(/^[ \t\r\f]+|[ \t\r\f]+$/g, ""),
  );

const specs = () =>
  record({
    setup: array(sql(), { maxLength: 2 }),
    sessions: array(
      record(
        {
          name: names(),
          setup: sql(),
          steps: array(record({ name: names(), sql: sql() }), { minLength: 1, maxLength: 3 }),
          teardown: sql(),
        },
        { requiredKeys: ["name", "steps"] },
      ),
      { minLength: 1, maxLength: 3 },
    ),
    picks: array(
      array(
        record({
          step: nat(),
          blockers: array(record({ kind: nat(2), step: nat(), count: nat(99) }), { maxLength: 2 }),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      { maxLength: 2 },
    ),
  }).map(({ picks, ...drawn }): Spec => {
    const sessions = drawn.sessions.map((session, at) => ({
      ...session,
      name: `${session.name}${at}`,
      steps: session.steps.map((step, index) => ({ ...step, name: `${step.name}${at}.${index}` })),
    }));
    const all = sessions.flatMap(({ steps }, session) => steps.map(({ name }) => ({ name, session })));
    const permutations = picks.map((steps) => {
      const chosen = steps.map(({ step }) => all[step % all.length]);
      return steps.map(({ blockers }, index): PermutationStep => {
        const mine = chosen[index];
        const others = chosen.filter((one) => one?.session !== mine?.session);
        return {
          step: mine?.name ?? "",
          blockers: blockers.flatMap(({ kind, step, count }): Blocker[] => {
            const other = others[step % Math.max(1, others.length)]?.name;
            if (kind === 0 || other === undefined) return [{ kind: "next" }];
            return [kind === 1 ? { kind: "step", step: other } : { kind: "notices", step: other, count }];
          }),
        };
      });
    });

    return { ...drawn, sessions, permutations };
  });

test("parsing what was formatted gives the same spec, for all names and SQL", () => {
  assert(
    property(specs(), (spec) => {
      expect(parseSpec(formatSpec(spec, ["a remark", "# another } one"]))).toEqual(spec);
    }),
    { numRuns: 300 },
  );
});

test("a spec by hand is parsed: comments, bare names, several setups, no permutations", () => {
  const spec = parseSpec(`
# A comment with { and "
setup
{
  CREATE TABLE t (id int);   # no comment of the spec
}
setup { VACUUM t; }
teardown { DROP TABLE t; }

session s1
setup	{ BEGIN; }
step r1	{ SELECT '"'; }
step "w 1" { UPDATE t SET id = 2; }
teardown { COMMIT; }
session s2
step w2	{ UPDATE t SET id = 3; }
`);

  expect(spec.setup).toEqual(["\n  CREATE TABLE t (id int);   # no comment of the spec\n", "VACUUM t;"]);
  expect(spec.sessions).toEqual([
    {
      name: "s1",
      setup: "BEGIN;",
      steps: [
        { name: "r1", sql: "SELECT '\"';" },
        { name: "w 1", sql: "UPDATE t SET id = 2;" },
      ],
      teardown: "COMMIT;",
    },
    { name: "s2", steps: [{ name: "w2", sql: "UPDATE t SET id = 3;" }] },
  ]);
  expect(spec.permutations).toEqual([]);
});

test("blockers are parsed: the next step, another step, a number of notices", () => {
  const spec = parseSpec(`session a step x { } step y { } session b step z { }
permutation x(*) z(x, y notices 2) y
permutation z`);

  expect(spec.permutations).toEqual([
    [
      { step: "x", blockers: [{ kind: "next" }] },
      {
        step: "z",
        blockers: [
          { kind: "step", step: "x" },
          { kind: "notices", step: "y", count: 2 },
        ],
      },
      { step: "y", blockers: [] },
    ],
    [{ step: "z", blockers: [] }],
  ]);
});

test.each([
  ["session a\nstep x SELECT 1", 'line 2, column 8: SQL in braces is missing before "SELECT"'],
  ["session a\n  step x { SELECT 1", "line 2, column 10: an SQL block is not closed"],
  ['session "a\nstep x { }', "line 1, column 9: a name in quotes is not closed on its line"],
  ["session a step x { } ;", 'line 1, column 22: unexpected character ";"'],
  ["", "line 1, column 1: session is missing before the end of the spec"],
  ["session a\n", "line 2, column 1: step is missing before the end of the spec"],
  ["session a step x { }\nsetup { }", 'line 2, column 1: session, permutation or the end is missing before "setup"'],
  ["session a step x { }\nsession b step x { }", "line 2, column 16: there is already a step x"],
  ["session a step x { }\nsession a step y { }", "line 2, column 9: there is already a session a"],
  ["session a step take { }\npermutation take tka", "line 2, column 18: no session has a step tka"],
  ["session a step take { }\npermutation tak", "no session has a step tak; is take meant?"],
  [
    "session a step x { } session b step y { }\npermutation x(y)",
    "line 2, column 15: the permutation of line 2 does not have the step y",
  ],
  [
    "session a step x { } step y { }\npermutation x(y) y",
    "line 2, column 15: y cannot block x, a step of the same session",
  ],
  [
    "session a step x { }\npermutation x(*",
    "line 2, column 16: a comma or a closing parenthesis is missing before the end of the spec",
  ],
  [
    "session a step x { } session b step y { }\npermutation x(y notices) y",
    'line 2, column 24: a number of notices is missing before ")"',
  ],
])("an error in %j has its line and column", (text, message) => {
  expect(() => parseSpec(text, "race.spec")).toThrow(HarnessError);
  expect(() => parseSpec(text, "race.spec")).toThrow(message);
  expect(() => parseSpec(text, "race.spec")).toThrow(/^race\.spec, line \d+, column \d+: /);
});

test("SQL that the format cannot express is refused", () => {
  const spec = parseSpec("session a step x { }");
  const braces = { ...spec, setup: ["SELECT '{}'::int[]"] };

  expect(() => formatSpec(braces)).toThrow("closing brace");
});
