import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Coverage } from "../../../harness/rows/coverage.ts";
import { useDatabases } from "../../../harness/testing/use-databases.ts";
import { type CreditSchema, PLAIN_SCHEMA } from "../model/credit-schema.ts";
import { sampleAccount } from "../model/model.ts";
import { findEntanglement } from "./find-entanglement.ts";
import { findVolatileColumns } from "./find-volatile-columns.ts";
import { readCreditSchema } from "./read-credit-schema.ts";
import { includeTables, recordRows } from "./record-rows.ts";
import { generateOrganizations, insertAccount, insertAccounts } from "./sql.ts";

const PLAIN = await readFile(join(import.meta.dirname, "../../../sql/baseline/schema.sql"), "utf8");
const AGENCY = await readFile(join(import.meta.dirname, "../testing/baselines/agency.sql"), "utf8");
const LEDGER = await readFile(join(import.meta.dirname, "../testing/baselines/ledger.sql"), "utf8");
const UPPER_CASE = `CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.plan_name := upper(NEW.plan_name);
    RETURN NEW;
END $$;
CREATE TRIGGER shout BEFORE UPDATE ON organizations
FOR EACH ROW WHEN (OLD.status IS NULL) EXECUTE FUNCTION shout();`;

const databases = useDatabases();

const clone = async (sql: string) =>
  await databases.clone({ parts: [sql], build: async (session) => void (await session.query(sql)) });

async function read(sql: string, ...statements: readonly ((schema: CreditSchema) => string)[]) {
  await using database = await clone(sql);
  const schema = await readCreditSchema(database);
  const session = await database.connect();
  for (const statement of statements) await session.query(statement(schema));

  return {
    schema,
    rows: await session.query("SELECT id, name, plan_name, total_credits FROM organizations ORDER BY id"),
  };
}

test("a schema with no more than the contract asks for needs nothing more", async () => {
  expect((await read(PLAIN)).schema).toMatchObject(PLAIN_SCHEMA);
});

test("organizations have all that the schema asks for, and what they refer to", async () => {
  const list = [0, 1].map((index) => sampleAccount(index, { planName: "premium", totalCredits: 7 }));
  const { schema, rows } = await read(
    AGENCY,
    (found) => insertAccounts(list, found),
    // The same parents again, and organizations that are there already.
    (found) => `DELETE FROM organizations; ${generateOrganizations(3, { plans: ["custom", null] }, found)}`,
  );

  expect(schema.extra).toEqual(expect.arrayContaining(["owner_id", "vat_number"]));
  expect(schema.domain.totals).toEqual({
    least: 0,
    greatest: 100_000,
    isNullable: false,
    hasFractions: false,
  });
  expect(schema.domain.names).not.toContain(" ");
  expect(rows).toHaveLength(3);
});

/** A trigger that does more than change its own row. */
const onWrite = (event: string, sql: string) => `${PLAIN}
CREATE TABLE totals (day TEXT PRIMARY KEY, changes INTEGER NOT NULL);
INSERT INTO totals VALUES ('today', 0);
CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    ${sql};
    RETURN NULL;
END $$;
CREATE TRIGGER follow AFTER ${event} FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION follow();`;
const SIBLINGS = onWrite(
  "UPDATE ON organizations",
  "UPDATE organizations SET status = COALESCE(status, '') || 'x' WHERE id <> NEW.id",
);
const COUNT = "UPDATE totals SET changes = changes + 1";

test.each([
  ["plain", PLAIN, [], []],
  ["agency", AGENCY, ["changed_at", "revision"], []],
  ["ledger", LEDGER, ["search", "updated_on"], []],
  ["a trigger on certain rows", `${PLAIN} ${UPPER_CASE}`, ["plan_name"], []],
  ["a trigger that updates others", SIBLINGS, ["status"], ["status"]],
  [
    "a trigger that counts log rows",
    `${onWrite("INSERT ON credit_actions", "UPDATE organizations SET actions = actions + 1 WHERE id = NEW.organization_id")}
ALTER TABLE organizations ADD COLUMN actions INTEGER NOT NULL DEFAULT 0;`,
    ["actions"],
    [],
  ],
])(
  "the columns that the user's triggers change on any update are found: %s",
  async (_what, sql, volatile, spreading) => {
    await using database = await clone(sql);
    const schema = await readCreditSchema(database);

    expect(await findVolatileColumns(await database.connect(), schema)).toEqual({ volatile, spreading });
  },
);

test.each([
  ["nothing that they have in common", AGENCY, undefined],
  [
    "a trigger that updates others",
    SIBLINGS,
    /^in the schema before, updates of different organizations wait for each/,
  ],
  ["a row for all", onWrite("UPDATE ON organizations", COUNT), /updates of different organizations wait/],
  ["a row for all that are logged", onWrite("INSERT ON credit_actions", COUNT), /log rows of different organizations/],
])("sessions that write different organizations wait where there is %s", async (_what, sql, reason) => {
  await using database = await clone(sql);
  const schema = await readCreditSchema(database);
  await findVolatileColumns(await database.connect(), schema);
  const entanglement = await findEntanglement(database, schema);

  expect(entanglement).toEqual(reason && expect.stringMatching(reason));
});

test.each([
  ["no table", "SELECT 1", "the baseline has no table organizations, which the contract is about"],
  [
    "a view",
    `${PLAIN.replace("organizations", "firms").replace("organizations", "firms")} CREATE VIEW organizations AS TABLE firms;`,
    "organizations is a view in the baseline, and the contract is about a table",
  ],
  [
    "no column",
    PLAIN.replace("plan_name TEXT,", ""),
    "the baseline has no column organizations.plan_name, which the contract's statements use",
  ],
  [
    "another type of id",
    PLAIN.replaceAll("UUID PRIMARY KEY DEFAULT gen_random_uuid()", "TEXT PRIMARY KEY").replace("UUID REF", "TEXT REF"),
    "organizations.id is text, and the contract's functions take a UUID",
  ],
  [
    "a column of the log that no function fills",
    PLAIN.replace("description TEXT,", "description TEXT, actor TEXT NOT NULL,"),
    "credit_actions.actor needs a value in each log row, which no function of the contract gives",
  ],
])("%s is named", async (_what, sql, message) => {
  await expect(read(sql)).rejects.toThrow(message);
});

test("a column of the log that a trigger fills asks for nothing", async () => {
  const table = PLAIN.replace("description TEXT,", "description TEXT, actor TEXT NOT NULL,");

  const { rows } = await read(
    `${table} CREATE FUNCTION sign() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.actor := 'app'; RETURN NEW; END $$;
CREATE TRIGGER sign BEFORE INSERT ON credit_actions FOR EACH ROW EXECUTE FUNCTION sign();`,
    (schema) => insertAccounts([sampleAccount()], schema),
  );

  expect(rows).toHaveLength(1);
});

test("plans that go with some totals only are left out where others are allocated alike", async () => {
  const checks = [
    "CHECK (plan_name IN ('basic', 'trial', 'enterprise'))",
    "CHECK (plan_name <> 'trial' OR total_credits <= 500)",
    "CHECK (plan_name <> 'enterprise' OR total_credits >= 1000)",
  ];
  const { schema } = await read(PLAIN.replace("updated_at", `${checks.join(", ")}, updated_at`));

  expect(schema.domain.plans).toEqual(expect.arrayContaining(["basic", "enterprise"]));
  expect(schema.domain.plans).not.toContain("trial");
});

test.each([
  ["'allocation', 'usage', 'ai_consumption'", ["usage"]],
  ["'allocation', 'ai_consumption'", []],
  ["'purchase', 'consumption'", ["consumption", "purchase"]],
])("earlier log rows have one of the actions %s", async (list, actions) => {
  const { schema } = await read(
    PLAIN.replace("action_type TEXT", `CHECK (action_type IN (${list})), action_type TEXT`),
  );

  expect(schema.domain.actions).toEqual(actions);
});

test("descriptions are those that the log accepts of any of its kinds of rows", async () => {
  const checks = "CHECK (length(description) > 4), CHECK (action_type <> 'purchase' OR credits_consumed % 10 = 0)";
  const { schema } = await read(PLAIN.replace("description TEXT", `${checks}, description TEXT`));

  expect(schema.domain.descriptions).toContain("Other");
  expect(schema.domain.descriptions).not.toContain("");
});

test("plans are those of the table that they refer to", async () => {
  const plans = "CREATE TABLE plans (name TEXT PRIMARY KEY); INSERT INTO plans VALUES ('custom'), ('starter');";
  const { schema } = await read(plans + PLAIN.replace("plan_name TEXT", "plan_name TEXT REFERENCES plans"));

  expect(schema.domain.plans).toEqual(expect.arrayContaining(["custom", "starter", null]));
  expect(schema.domain.plans).not.toContain("premium");
});

/** As Rails and Django write it: times have no default, and a status is a number. */
const WITHOUT_DEFAULTS = `CREATE TABLE organizations (
    id UUID PRIMARY KEY, name VARCHAR(12) NOT NULL, plan_name VARCHAR(20) NOT NULL,
    total_credits INTEGER NOT NULL CHECK (total_credits > 0), status INTEGER DEFAULT 0 NOT NULL, ai_credits INTEGER,
    created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL
);
CREATE TABLE credit_actions (
    id BIGSERIAL PRIMARY KEY, organization_id UUID NOT NULL REFERENCES organizations, action_type TEXT NOT NULL,
    credits_consumed INTEGER NOT NULL, description TEXT, created_at TIMESTAMP NOT NULL
);`;

test("a time that a check compares with another one fits to it", async () => {
  const compared = `${WITHOUT_DEFAULTS} ALTER TABLE organizations ADD CHECK (updated_at >= created_at);`;
  const list = Array.from({ length: 12 }, (_, index) => sampleAccount(index));

  expect((await read(compared, (found) => insertAccounts(list, found))).rows).toHaveLength(12);
  expect((await read(compared, (found) => generateOrganizations(3, {}, found))).rows).toHaveLength(3);
});

test.each([
  ["one", (schema: CreditSchema) => insertAccounts([sampleAccount(0, { status: "suspended" })], schema), 1],
  ["one with its numbers", (schema: CreditSchema) => insertAccount(sampleAccount(0), { ai_credits: 7 }, schema), 1],
  ["generated ones", (schema: CreditSchema) => generateOrganizations(3, {}, schema), 3],
])("%s can be made where the table has no defaults and small domains", async (_what, insert, count) => {
  expect((await read(WITHOUT_DEFAULTS, insert)).rows).toHaveLength(count);
});

test("a table that accepts no row is named with the constraint, where a row is needed", async () => {
  const { schema } = await read(PLAIN.replace("updated_at", "CONSTRAINT closed CHECK (length(name) < 0), updated_at"));

  expect(schema.refusal).toMatch(/violates check constraint "closed" \(SQLSTATE 23514\); give values/);
  expect(() => insertAccounts([sampleAccount()], schema)).toThrow(/closed/);
});

test.each([
  [
    "a row of their own that refers to them",
    `${PLAIN} CREATE TABLE owners (id INT PRIMARY KEY, organization UUID NOT NULL REFERENCES organizations);
ALTER TABLE organizations ADD owner INT NOT NULL REFERENCES owners DEFERRABLE INITIALLY DEFERRED;`,
    /null value in column "owner" .* \(SQLSTATE 23502\); give values/,
  ],
  [
    "periods that may not overlap",
    `${PLAIN} ALTER TABLE organizations ADD valid TSTZRANGE NOT NULL, ADD EXCLUDE USING gist (valid WITH &&);`,
    /violates exclusion constraint "organizations_valid_excl" \(SQLSTATE 23P01\); give values/,
  ],
])("organizations that need %s are made together, or the schema says why not", async (_what, sql, refusal) => {
  const { schema } = await read(sql);
  if (schema.refusal !== undefined) return expect(schema.refusal).toMatch(refusal);
  const list = Array.from({ length: 12 }, (_, index) => sampleAccount(index));

  expect((await read(sql, (found) => insertAccounts(list, found))).rows).toHaveLength(12);
});

test("the rows that cases insert are counted by table, with the odd values that were tried and never tried", async () => {
  const { schema } = await read(AGENCY);
  const coverage = new Coverage();
  includeTables(coverage, schema);
  const accounts = [sampleAccount(0, { totalCredits: 0 }), sampleAccount(1, { totalCredits: 7 })];
  const actions = [{ organization: accounts[0]?.id ?? "", action: "purchase", credits: -1, description: null }];
  recordRows(coverage, schema, { accounts, actions });
  recordRows(coverage, schema, { accounts }, "organizations cannot be made");
  const [organizations, log, ...parents] = coverage.report();
  const find = (name: string) => organizations?.columns.find(({ column }) => column === name);

  expect(organizations).toMatchObject({ accepted: 2, rejected: 2, reason: "organizations cannot be made" });
  expect(find("total_credits")).toMatchObject({ values: 2, tried: ["zero"] });
  expect(find("total_credits")?.missed).toContain("negative");
  expect(find("ai_credits")).toMatchObject({ tried: ["DEFAULT"], missed: ["zero", "negative", "largest"] });
  expect(log).toMatchObject({ accepted: 1, rejected: 0 });
  expect(log?.columns.find(({ column }) => column === "credits_consumed")?.tried).toEqual(["negative"]);
  expect(parents.some(({ accepted }) => accepted > 0)).toBe(true);
});
