import { expect, test } from "vitest";
import { type CheckAnswer, getPreflightCode, type MigrationAnswers, type PreflightCheck } from "./check.ts";
import { formatAnswers, formatCosts, toAnswersJson } from "./format-answers.ts";
import { formatPreflightScript } from "./format-script.ts";
import { requireFit } from "./open-asked.ts";

const check: PreflightCheck = {
  ...{ table: "users", from: "public.users", condition: "email <> 'x'", reason: "c is added", isRequired: true },
  ...{ count: "SELECT count(*) FROM public.users", values: "SELECT id FROM public.users" },
};
const accepted = {
  ...check,
  isRequired: false,
  reason: "c is added; up succeeded on generated rows like these",
};
const evaluated = { ...check, condition: "email::int raises no error", reason: "i is added", isEvaluated: true };
const refused = { problem: "it is locked", remedy: "Ask again" };

function answered(...answers: readonly CheckAnswer[]): MigrationAnswers {
  return { migration: "2_emails", answers, unasked: [] };
}

test.each<[number, MigrationAnswers]>([
  [0, answered()],
  [0, answered({ check, broken: 0 }, { check: accepted, broken: 3 })],
  [0, answered({ check: accepted, refused })],
  [1, answered({ check, broken: 2 }, { check, refused })],
  [1, answered({ check, broken: 0 }, { check: evaluated, raised: "22P02" })],
  [2, answered({ check, broken: 0 }, { check, refused })],
  [2, { ...answered({ check, broken: 0 }), unasked: [{ subject: "up.sql, line 1", message: "it fails" }] }],
])("the exit code is %i", (code, answers) => {
  expect(getPreflightCode([answered(), answers])).toBe(code);
});

test("the script is one transaction that can only read, and quotes what it shows", () => {
  const unasked = [{ subject: "up.sql, line 1", message: "it\nfails" }];
  const options = { timeoutMs: 5_000, values: 2 };

  expect(
    formatPreflightScript([{ migration: "2_emails", checks: [check, accepted], unasked }], options),
  ).toBe(String.raw`\set ON_ERROR_ROLLBACK on
BEGIN READ ONLY;
SET LOCAL statement_timeout = 5000;
SET LOCAL lock_timeout = 2000;
SET LOCAL row_security = off;
SET LOCAL search_path = "$user", public;

-- 2_emails: 2 conditions

-- not asked: up.sql, line 1 may fail on some rows: it fails

-- c is added
SELECT 'users: email <> ''x''' AS condition, (SELECT count(*) FROM public.users) AS broken;
SELECT id FROM public.users LIMIT 2;

-- c is added; up succeeded on generated rows like these
SELECT 'users: email <> ''x''' AS condition, (SELECT count(*) FROM public.users) AS broken;
SELECT id FROM public.users LIMIT 2;

ROLLBACK;
`);
});

const server = { address: "postgres://reader@db/app", version: "17.2" };

test("a migration without conditions is said to have none", () => {
  expect(formatAnswers([answered()], server)).toMatch(/^2_emails on .*\n {2}no condition to ask for\n\n/);
});

test("answers are shown with those that do not hold first", () => {
  const values = { columns: ["id", "email"], rows: [["1", null]] };
  const answers = answered(
    { check, broken: 0 },
    { check: accepted, broken: 1 },
    { check, refused },
    { check, broken: 2, values },
  );

  expect(formatAnswers([answers], server)).toBe(`2_emails on postgres://reader@db/app, PostgreSQL 17.2
  2 rows      users: email <> 'x'
              c is added
              id = "1", email = NULL
  not known   users: email <> 'x'
              c is added
              it is locked
              Ask again
  1 row       users: email <> 'x'
              c is added; up succeeded on generated rows like these
  holds       users: email <> 'x'
              c is added

4 conditions: 1 broken, 1 not known, 1 broken by rows that the migration accepts, 1 held
`);
  expect(toAnswersJson([answers], server)).toMatchObject({
    server,
    migrations: [{ conditions: [{ standing: "holds" }, { standing: "accepted" }, { refused }, { broken: 2, values }] }],
  });
});

test("an expression that a row makes fail is broken, without a number; in the script its error says so", () => {
  const answers = answered({ check: evaluated, raised: "22P02" });

  expect(formatAnswers([answers], server)).toContain(`
  fails       users: email::int raises no error
              i is added
              the value of a row raises an error (SQLSTATE 22P02)

1 condition: 1 broken, 0 held
`);
  expect(toAnswersJson([answers], server)).toMatchObject({
    migrations: [{ conditions: [{ standing: "broken", raised: "22P02" }] }],
  });
  expect(
    formatPreflightScript([{ migration: "2", checks: [evaluated], unasked: [] }], { timeoutMs: 1, values: 2 }),
  ).toMatch(/-- i is added; an error is that of a row\nSELECT .*;\n\nROLLBACK/);
});

test("costs are shown with what is read", () => {
  const costs = [{ check, cost: 12.5, scans: ["Seq Scan on users"], size: "65 MB" }];

  expect(formatCosts([{ migration: "2_emails", costs }], server)).toContain(
    "  cost 12.5         users: email <> 'x'\n    Seq Scan on users, the table has 65 MB\n",
  );
});

test.each([
  [{ pooled: "one session was served by two processes" }, "is behind a pooler", "not those of a pooler"],
  [{ inRecovery: true }, "is a standby", "Name the primary server"],
])("a server whose answers may not be those of production is refused: %j", (facts, message, remedy) => {
  const fit = {
    version: "17.2",
    role: "r",
    mayCreateDatabases: false,
    inRecovery: false,
    others: 9,
    connectionsLeft: 1,
  };

  expect(() => requireFit({ ...fit, messageLocale: "de" }, "db")).not.toThrow();
  expect(() => requireFit({ ...fit, messageLocale: "de", ...facts }, "db")).toThrow(
    expect.objectContaining({ message: expect.stringContaining(message), remedy: expect.stringContaining(remedy) }),
  );
});
