/**
 * Whether mutants are noticed: ten that were written by hand before there were operators, what becomes of mutants that
 * are no mutants, and a run that is taken up again.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Databases } from "../../harness/database/databases.ts";
import { Pool } from "../../harness/database/pool.ts";
import type { Server } from "../../harness/database/server.ts";
import { convene, hear, type Summons } from "../../harness/mutation/dry-run.ts";
import { findMutants } from "../../harness/mutation/find-mutants.ts";
import type { Mutant } from "../../harness/mutation/mutant.ts";
import { Profile } from "../../harness/mutation/profile.ts";
import { Kept, keyOf } from "../../harness/mutation/result-journal.ts";
import { type Court, fateOf } from "../../harness/mutation/test-mutant.ts";
import { tryMutants } from "../../harness/mutation/test-mutants.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import type { Release } from "../../harness/release/release.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { loadSuite } from "../../harness/suite/load-suite.ts";

/** Enough to notice what is planted here, and asked in a few seconds. */
const ASKED = ["S1", "S2", "A2", "A3", "A7", "G1", "C1", "C2", "C3", "C7", "K2", "M1", "R1", "R2", "R5"];
const LIMIT_MS = 3_000;

const folder = mkdtempSync(join(tmpdir(), "plumbline-mutants-"));
let server: Server;
let databases: Pool;
let summons: Summons;
let court: Court;

beforeAll(async () => {
  server = await startEmbedded();
  databases = new Pool(
    new Databases({
      ...server,
      connection: (name) => ({ ...server.connection(name), statement_timeout: LIMIT_MS }),
    }),
  );
  const whole = await loadSuite(import.meta.dirname);
  const suite = { ...whole, properties: whole.properties.filter(({ rule }) => ASKED.includes(rule)) };
  const release = await readRelease(join(import.meta.dirname, "../../sql/hardened"));
  summons = { suite, release, databases, seed: 1, profile: new Profile() };
  court = await convene(summons, await hear(summons, () => undefined));
}, 120_000);

afterAll(async () => {
  await databases?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** The mutant in which the first `text` of the step from `after` on is `by`. */
function byHand(release: Release, path: string, text: string, by: string, after = ""): Mutant {
  const steps = [
    ...release.migrate,
    ...(release.rollback?.emergency ?? []),
    ...(release.rollback?.controlled ?? []),
  ];
  const source = steps.find((step) => step.path === path)?.source ?? "";
  const start = source.indexOf(text, source.indexOf(after));
  expect(start, `${path} has ${text}`).toBeGreaterThanOrEqual(0);

  return {
    id: `${path} ${text} ${by}`,
    operator: "by-hand",
    family: "expression",
    step: path,
    list: path.startsWith("5.1")
      ? "rollback.emergency"
      : path.startsWith("5.2")
        ? "rollback.controlled"
        : "migrate",
    statement: 0,
    line: 1,
    column: 1,
    original: text,
    replacement: by,
    description: "by hand",
    edits: [{ start, end: start + text.length, text: by }],
  };
}

const functions = "2.2-functions.sql";

describe("ten mutants by hand", () => {
  test.each<[wrong: string, path: string, text: string, by: string, after?: string]>([
    ["a share that is a tenth too small", functions, "total_credits * 0.4", "total_credits * 0.3"],
    ["a floor that is one too low", functions, "total_credits * 0.1, 100", "total_credits * 0.1, 99"],
    [
      "a plan that is compared as it is spelled",
      functions,
      "lower(btrim(p_plan_type)",
      "(btrim(p_plan_type)",
    ],
    [
      "a share that is rounded down",
      functions,
      "p_total_credits * 0.4, 500)",
      "floor(p_total_credits * 0.4), 500)",
    ],
    [
      "the used credits instead of the available ones",
      functions,
      "(email_credits - email_used_credits)",
      "(email_used_credits)",
    ],
    [
      "the last credit that nobody may use",
      functions,
      "available_credits < p_credits",
      "available_credits <= p_credits",
    ],
    ["a credit that costs nothing", functions, "p_credits <= 0", "p_credits < 0"],
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
      "public.plan_credits(plan_name,",
      "public.plan_credits('custom',",
    ],
  ])("%s is noticed", async (_, path, text, by, after) => {
    const fate = await fateOf(byHand(court.release, path, text, by, after), court);

    expect(fate).toMatchObject({ status: "killed" });
  });
});

describe("what is no mutant", () => {
  test("what does not parse, and what cannot migrate an empty database, is invalid", async () => {
    const { release } = court;
    const torn = await fateOf(byHand(release, functions, "RETURN TRUE;", "RETURN TRUE +;"), court);
    const missing = await fateOf(
      byHand(release, "2.1-columns.sql", "public.organizations", "public.nothing"),
      court,
    );

    expect([torn.status, missing.status]).toEqual(["invalid", "invalid"]);
  });

  test("what never ends runs into the limit", async () => {
    const endless = byHand(
      court.release,
      functions,
      "    RETURN TRUE;",
      "    PERFORM pg_sleep(60); RETURN TRUE;",
    );

    expect(await fateOf(endless, court)).toMatchObject({ status: "limit" });
  });

  test("what changes a comment alone survives", async () => {
    const silent = byHand(court.release, functions, "-- Log the consumption", "-- Log it");

    expect(await fateOf(silent, court)).toMatchObject({ status: "survived" });
  });

  test("a release that breaks a rule is not mutated, and the rule is named", async () => {
    const published = await readRelease(join(import.meta.dirname, "../../sql/published"));

    await expect(hear({ ...summons, release: published }, () => undefined)).rejects.toThrow(
      /phase-3\.5-published does not keep \w+ .*nothing was mutated/,
    );
  });
});

describe("a run", () => {
  test("the same seed gives the same killers, and a second run only does what is new", async () => {
    const { release } = court;
    const mutants = await findMutants(release, { steps: [functions], operators: ["rounding"] });
    const key = await keyOf(release, [], ["1"]);
    const asked: string[] = [];
    const run = async (file: string, some: readonly Mutant[]) =>
      await tryMutants({
        mutants: some,
        court,
        equivalents: new Map(),
        kept: Kept.open(file, key),
        onTried: ({ mutant, durationMs }) => durationMs > 0 && asked.push(mutant.id),
      });
    const file = join(folder, "mutants.jsonl");
    const half = await run(file, mutants.slice(0, 3));
    // As when the process was killed in the middle of a line.
    writeFileSync(file, `${readFileSync(file, "utf8")}{"key":"${key}","id":"cut`);
    const whole = await run(file, mutants);
    const again = await run(join(folder, "again.jsonl"), mutants);

    expect(mutants.length).toBeGreaterThan(4);
    expect(whole.slice(0, 3).map(({ fate }) => fate)).toEqual(half.map(({ fate }) => fate));
    expect(asked).toHaveLength(2 * mutants.length);
    expect(again.map(({ fate }) => fate)).toEqual(whole.map(({ fate }) => fate));
  });
});
