/**
 * Organizations for a baseline of the user's: the same plans, totals and log as on the document's, as far as the tables
 * accept them, and what else a row needs from the catalog: values of other columns, owners, other parents.
 */
import { escapeIdentifier } from "pg";
import type { FillStatements } from "../../harness/bench/gate.ts";
import { loadConfiguration } from "../../harness/configuration/load-configuration.ts";
import type { Database } from "../../harness/database/database-provider.ts";
import { HarnessError, Inconclusive } from "../../harness/errors.ts";
import type { Release } from "../../harness/release/release.ts";
import { randomFrom } from "../../harness/rows/random-from.ts";
import { readCreditSchema } from "../../properties/credits/database/read-credit-schema.ts";
import { literal, playedColumns, playedValues } from "../../properties/credits/database/sql.ts";
import { type CreditSchema, PLAIN_SCHEMA } from "../../properties/credits/model/credit-schema.ts";
import { type CreditAccount, nthId } from "../../properties/credits/model/model.ts";
import { fillActions, organizationId, PLAN_SHARES } from "./organization-rows.ts";

/** Rows of a statement. */
const CHUNK = 1_000;
const MINUTE_MS = 60_000;
const FIRST_CREATED = Date.UTC(2022, 0, 1);

/**
 * Reads what the tables accept.
 * @throws HarnessError naming what the baseline lacks, or why it accepts no organization
 */
export async function readBenchSchema(baseline: Database, { folder }: Pick<Release, "folder">): Promise<CreditSchema> {
  try {
    const schema = await readCreditSchema(baseline, await loadConfiguration(folder));
    if (schema.refusal !== undefined) throw new Inconclusive(schema.refusal);

    return schema;
  } catch (error) {
    if (!(error instanceof Inconclusive)) throw error;
    throw new HarnessError(
      `The rows to measure on cannot be made: ${error.message}`,
      "Give values in plumbline.config.ts, or measure a release whose baseline has the tables of the contract",
      error,
    );
  }
}

/** The statements that fill the baseline; undefined if it is the document's, as far as rows are concerned. */
export async function adaptOrganizations(baseline: Database, release: Release): Promise<FillStatements | undefined> {
  const schema = await readBenchSchema(baseline, release);

  return isPlain(schema) ? undefined : (rows, seed) => fillAdapted(schema, rows, seed);
}

function isPlain({ domain, extra, organizations }: CreditSchema): boolean {
  return (
    extra.length === 0 &&
    Object.keys(domain).length === 0 &&
    [...PLAIN_SCHEMA.organizations].every(([name, type]) => organizations.get(name) === type)
  );
}

function* fillAdapted(schema: CreditSchema, rows: number, seed: number): Generator<string> {
  const times = ["created_at", "updated_at"].filter(
    (name) => schema.organizations.has(name) && !schema.extra.includes(name),
  );
  const columns = ["id", ...playedColumns(schema), ...times].map((name) => escapeIdentifier(name)).join(", ");
  for (let first = 1; first <= rows; first += CHUNK) {
    const numbers = Array.from({ length: Math.min(CHUNK, rows - first + 1) }, (_, index) => first + index);
    yield* schema.rows?.insertParents(numbers.map((number) => nthId(number - 1))) ?? [];
    const lines = numbers.map((number) => {
      const moment = new Date(FIRST_CREATED + number * MINUTE_MS).toISOString();
      // The values of further columns are numbered as in properties.
      const values = playedValues(generateAccount(number, seed), nthId(number - 1), schema);

      return `(${[organizationId(number), ...values, ...times.map(() => moment)].map(literal).join(", ")})`;
    });
    yield `INSERT INTO organizations (${columns}) VALUES\n${lines.join(",\n")}`;
  }
  yield fillActions(rows, seed);
}

function generateAccount(number: number, seed: number): CreditAccount {
  const random = randomFrom(seed * 1_000_003 + number);
  const share = (): number => random.nextInt(0, 999) / 1_000;
  const [plan, total, status] = [share(), share(), share()];
  let below = 0;
  const known = PLAN_SHARES.find(([part]) => {
    below += part;

    return plan < below;
  });

  return {
    id: organizationId(number),
    name: `Organization ${number}`,
    planName: known === undefined ? `partner ${number % 20}` : known[1],
    totalCredits: total < 0.02 ? null : total < 0.05 ? 0 : Math.floor(100 / (1.002 - total)),
    status: status < 0.85 ? "active" : status < 0.97 ? "inactive" : "suspended",
  };
}
