import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Databases } from "../../harness/database/databases.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { openContext } from "../../properties/credits/world.ts";
import { measureLoad } from "./measure-load.ts";
import { findPgbench } from "./pgbench.ts";
import type { LoadCell } from "./turn.ts";

const server = await startEmbedded();
const databases = new Databases(server);
const release = await readRelease(join(import.meta.dirname, "../../sql/hardened"));
const context = openContext({ release, databases });

afterAll(async () => {
  await context.close();
  await databases[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const SHORT = { seconds: 0.1, sessions: [2], organizations: [3] };

/** A function that reads, waits, and writes what it read plus one: it loses updates. */
const LOSES_UPDATES = `
CREATE OR REPLACE FUNCTION public.consume_specific_credits(
    p_organization_id UUID, p_credit_type TEXT, p_credits INTEGER, p_description TEXT DEFAULT NULL
) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
DECLARE
    was INTEGER;
BEGIN
    EXECUTE format('SELECT %I FROM public.organizations WHERE id = $1', p_credit_type || '_used_credits')
    INTO was USING p_organization_id;
    PERFORM pg_sleep(0.002);
    EXECUTE format('UPDATE public.organizations SET %I = $2 WHERE id = $1', p_credit_type || '_used_credits')
    USING p_organization_id, was + p_credits;
    INSERT INTO public.credit_actions (organization_id, action_type, credits_consumed)
    VALUES (p_organization_id, p_credit_type || '_consumption', p_credits);
    RETURN TRUE;
END$$`;

const FAILING = `
CREATE OR REPLACE FUNCTION public.consume_specific_credits(
    p_organization_id UUID, p_credit_type TEXT, p_credits INTEGER, p_description TEXT DEFAULT NULL
) RETURNS BOOLEAN LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'Not today'; END$$`;

/** A function that raises a deadlock error now and then, and does its work when it is called again. */
const DEADLOCKING = `
ALTER FUNCTION public.consume_specific_credits(UUID, TEXT, INTEGER, TEXT) RENAME TO consume_after_all;
CREATE SEQUENCE public.attempts;
CREATE FUNCTION public.consume_specific_credits(
    p_organization_id UUID, p_credit_type TEXT, p_credits INTEGER, p_description TEXT DEFAULT NULL
) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('public.attempts') % 10 = 0 THEN
        RAISE EXCEPTION 'deadlock detected' USING ERRCODE = 'deadlock_detected';
    END IF;
    RETURN public.consume_after_all(p_organization_id, p_credit_type, p_credits, p_description);
END$$`;

async function databaseWith(...changes: readonly string[]) {
  const migrated = await context.migrated();
  for (const sql of changes) {
    await migrated.query(sql);
  }

  return server.connection(migrated.database.name);
}

function listViolatedRules(cells: readonly LoadCell[]): readonly string[] {
  return cells.flatMap(({ violations }) => violations.map(({ rule }) => rule));
}

const installed = (await findPgbench()) !== undefined;

describe.each(installed ? (["pgbench", "node"] as const) : (["node"] as const))("driven by %s", (driver) => {
  test("a sound release keeps the rules, on one organization and on many", async () => {
    const load = await measureLoad(await databaseWith(), {
      ...SHORT,
      sessions: [1, 4],
      organizations: [1, 50],
      driver,
    });

    expect(load.driver.name).toBe(driver);
    expect(load.cells.map(({ organizations, sessions }) => [organizations, sessions])).toEqual([
      [1, 1],
      [1, 4],
      [50, 1],
      [50, 4],
    ]);
    for (const { violations, consume, reference, ratio } of load.cells) {
      expect(violations).toEqual([]);
      expect(consume.calls).toBeGreaterThan(100);
      expect(reference.calls).toBeGreaterThan(100);
      expect(ratio).toBeGreaterThan(0);
    }
  });

  test("a consumption that loses updates is detected in the final state", async () => {
    const options = { ...SHORT, sessions: [8], organizations: [1], driver };
    const { cells } = await measureLoad(await databaseWith(LOSES_UPDATES), options);

    expect(listViolatedRules(cells)).toEqual(["C8", "C1"]);
  });

  test("a call that fails without a reason violates a rule and is no error of the harness", async () => {
    const { cells } = await measureLoad(await databaseWith(FAILING), { ...SHORT, driver });

    expect(cells[0]?.violations).toEqual([
      {
        rule: "C1",
        expected: "a call for one of very many available credits succeeds",
        got: "ERROR: Not today",
      },
    ]);
    expect(cells[0]?.consume.calls).toBe(0);
  });

  test("a deadlock is retried, counted and violates a rule; the call itself is not lost", async () => {
    const { cells } = await measureLoad(await databaseWith(DEADLOCKING), { ...SHORT, driver });

    expect(listViolatedRules(cells)).toEqual(["K3"]);
    expect(cells[0]?.consume.retries).toBeGreaterThan(0);
    expect(cells[0]?.reference.retries).toBe(0);
  });

  test("a reference that fails leaves nothing to compare with", async () => {
    const constraint = "ALTER TABLE credit_actions ADD CHECK (description <> 'reference')";

    await expect(measureLoad(await databaseWith(constraint), { ...SHORT, driver })).rejects.toThrow(
      "The reference UPDATE and INSERT of the load failed",
    );
  });

  test("a server that accepts no more connections is an error of the harness", async () => {
    const connection = await databaseWith();

    await expect(measureLoad(connection, { ...SHORT, sessions: [150], driver })).rejects.toMatchObject({
      name: "HarnessError",
      message: expect.stringContaining("too many clients"),
    });
  });
});
