/** Tests mutation on the hardened release: mutants by hand that properties kill, other statuses, and resuming a run. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Databases } from "../../harness/database/databases.ts";
import { Pool } from "../../harness/database/pool.ts";
import type { Server } from "../../harness/database/server.ts";
import { type DryRunOptions, dryRun } from "../../harness/mutation/dry-run.ts";
import { findMutants } from "../../harness/mutation/find-mutants.ts";
import type { Mutant } from "../../harness/mutation/mutant.ts";
import { hashInputs, ResultJournal } from "../../harness/mutation/result-journal.ts";
import { type MutationContext, testMutant, testMutants } from "../../harness/mutation/test-mutants.ts";
import { listSteps } from "../../harness/release/lists.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { loadSuite } from "../../harness/suite/load-suite.ts";
import { createTemporaryFolder } from "../../harness/testing/temporary-directory.ts";

/** Enough to kill these mutants, and checked in a few seconds. */
const RULES = ["S1", "S2", "A2", "A3", "A7", "G1", "C1", "C2", "C3", "C7", "K2", "M1", "R1", "R2", "R5"];
const LIMIT_MS = 3_000;

const folder = createTemporaryFolder();
let server: Server;
let databases: Pool;
let options: DryRunOptions;
let context: MutationContext;

beforeAll(async () => {
  server = await startEmbedded();
  databases = new Pool(
    new Databases({
      ...server,
      connection: (name) => ({ ...server.connection(name), statement_timeout: LIMIT_MS }),
    }),
  );
  const whole = await loadSuite(import.meta.dirname);
  const suite = { ...whole, properties: whole.properties.filter(({ rule }) => RULES.includes(rule)) };
  const release = await readRelease(join(import.meta.dirname, "../../sql/hardened"));
  options = { suite, release, databases, seed: 1 };
  ({ context } = await dryRun(options));
}, 120_000);

afterAll(async () => {
  await databases?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

/** The mutant that replaces the first `original` of the step, from `after` on. */
function makeMutant(path: string, original: string, replacement: string, after = ""): Mutant {
  const listed = listSteps(context.release).find(({ step }) => step.path === path);
  const source = listed?.step.source ?? "";
  const start = source.indexOf(original, source.indexOf(after));
  expect(start, `${path} has ${original}`).toBeGreaterThanOrEqual(0);

  return {
    id: `${path} ${original} ${replacement}`,
    ...{ operator: "by-hand", family: "expression", step: path, list: listed?.list ?? "", statement: 0 },
    ...{ line: 1, column: 1, original, replacement, description: "by hand" },
    edits: [{ start, end: start + original.length, text: replacement }],
  };
}

const functions = "2.2-functions.sql";

test.each<[fault: string, path: string, original: string, replacement: string, after?: string]>([
  ["a share that is a tenth too small", functions, "total_credits * 0.4", "total_credits * 0.3"],
  ["a minimum that is one too low", functions, "total_credits * 0.1, 100", "total_credits * 0.1, 99"],
  ["a case-sensitive plan", functions, "lower(btrim(p_plan_type)", "(btrim(p_plan_type)"],
  ["a share that is rounded down", functions, "p_total_credits * 0.4, 500)", "floor(p_total_credits * 0.4), 500)"],
  [
    "the used credits instead of the available ones",
    functions,
    "(email_credits - email_used_credits)",
    "(email_used_credits)",
  ],
  ["a last credit that cannot be used", functions, "available_credits < p_credits", "available_credits <= p_credits"],
  ["a call for no credits", functions, "p_credits <= 0", "p_credits < 0"],
  ["a read without its lock", functions, "    FOR NO KEY UPDATE;", ";", "consume_specific_credits("],
  [
    "a column that an emergency leaves",
    "5.1-emergency.sql",
    "DROP COLUMN IF EXISTS sms_credits",
    "ALTER COLUMN sms_credits SET DEFAULT 0",
  ],
  [
    "a plan that is migrated as another one",
    "3.1-data-migration.sql",
    "plan_credits(plan_name::TEXT,",
    "plan_credits('custom',",
  ],
])("%s is killed", async (_, path, original, replacement, after) => {
  expect(await testMutant(makeMutant(path, original, replacement, after), context)).toMatchObject({
    status: "killed",
  });
});

describe("a mutant", () => {
  test("that does not parse, or cannot migrate an empty database, is a compile error", async () => {
    const torn = await testMutant(makeMutant(functions, "RETURN TRUE;", "RETURN TRUE +;"), context);
    const missing = await testMutant(makeMutant("2.1-columns.sql", "TABLE organizations", "TABLE nothing"), context);

    expect([torn.status, missing.status]).toEqual(["compileError", "compileError"]);
  });

  test("that never ends times out", async () => {
    const endless = makeMutant(functions, "    RETURN TRUE;", "    PERFORM pg_sleep(60); RETURN TRUE;");

    expect(await testMutant(endless, context)).toMatchObject({ status: "timeout" });
  });

  test("that changes only a comment survives", async () => {
    const silent = makeMutant(functions, "-- Log the consumption", "-- Log it");

    expect(await testMutant(silent, context)).toMatchObject({ status: "survived" });
  });
});

test("a release that violates a rule is not mutated, and the rule is named", async () => {
  const published = await readRelease(join(import.meta.dirname, "../../sql/published"));

  await expect(dryRun({ ...options, release: published })).rejects.toThrow(
    /phase-3\.5-published violates \w+ .*nothing was mutated/,
  );
});

test("the same seed gives the same killers, and a run that was cut off can be resumed", async () => {
  const { release } = context;
  const mutants = await findMutants(release, { steps: [functions], operators: ["rounding"] });
  const key = await hashInputs(release, [], ["1"]);
  const run = async (file: string, some: readonly Mutant[]) => {
    const results = await testMutants(some, { context, journal: ResultJournal.open(file, key) });

    return results.map(({ durationMs: _, ...result }) => result);
  };
  const file = join(folder, "mutants.jsonl");
  const half = await run(file, mutants.slice(0, 3));
  // As a process leaves it that was killed while it wrote a line.
  writeFileSync(file, `${readFileSync(file, "utf8")}{"key":"${key}","id":"cut`);
  const journal = ResultJournal.open(file, key);
  const again = await run(join(folder, "again.jsonl"), mutants);

  expect(mutants.length).toBeGreaterThan(4);
  expect(journal.size).toBe(3);
  expect(half).toEqual(mutants.slice(0, 3).map((mutant) => ({ mutant, ...journal.get(mutant.id) })));
  expect(again.slice(0, 3)).toEqual(half);
});
