import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Databases } from "../../harness/database/databases.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { openContext } from "../../properties/credits/world.ts";
import { measureLoad } from "./measure-load.ts";
import { findPgbench } from "./pgbench.ts";
import type { LoadCell } from "./result.ts";

const server = await startEmbedded();
const databases = new Databases(server);
const release = await readRelease(join(import.meta.dirname, "../../sql/hardened"));
const world = openContext({ release, databases });

afterAll(async () => {
  await world.close();
  await databases[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const SHORT = { seconds: 0.1, sessions: [2], organizations: [3] };

/** A function that reads, thinks for a moment, and writes what it read and one more. */
const FORGETFUL = `
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

const REFUSING = `
CREATE OR REPLACE FUNCTION public.consume_specific_credits(
    p_organization_id UUID, p_credit_type TEXT, p_credits INTEGER, p_description TEXT DEFAULT NULL
) RETURNS BOOLEAN LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'Not today'; END$$`;

/** A function that is refused as a deadlock is, now and then, and does its work when it is called again. */
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
  const stage = await world.migrated();
  for (const sql of changes) {
    await stage.query(sql);
  }

  return server.connection(stage.database.name);
}

function rulesBrokenIn(cells: readonly LoadCell[]): readonly string[] {
  return cells.flatMap(({ faults }) => faults.map(({ rule }) => rule));
}

const installed = (await findPgbench()) !== undefined;

describe.each(installed ? (["pgbench", "node"] as const) : (["node"] as const))("driven by %s", (driver) => {
  test("a sound release keeps the rules, on one organization and on many", async () => {
    const told: LoadCell[] = [];
    const load = await measureLoad(await databaseWith(), {
      ...SHORT,
      sessions: [1, 4],
      organizations: [1, 50],
      driver,
      onCell: (cell) => told.push(cell),
    });

    expect(load.driver.name).toBe(driver);
    expect(load.cells).toEqual(told);
    expect(load.cells.map(({ organizations, sessions }) => [organizations, sessions])).toEqual([
      [1, 1],
      [1, 4],
      [50, 1],
      [50, 4],
    ]);
    for (const { faults, consume, plain, multiple } of load.cells) {
      expect(faults).toEqual([]);
      expect(consume.calls).toBeGreaterThan(100);
      expect(plain.calls).toBeGreaterThan(100);
      expect(multiple).toBeGreaterThan(0);
    }
  });

  test("a consumption that loses updates is found by what is left at the end", async () => {
    const options = { ...SHORT, sessions: [8], organizations: [1], driver };
    const { cells } = await measureLoad(await databaseWith(FORGETFUL), options);

    expect(rulesBrokenIn(cells)).toEqual(["C8", "C1"]);
  });

  test("a call that is refused without a reason is a broken rule and no failure of the harness", async () => {
    const { cells } = await measureLoad(await databaseWith(REFUSING), { ...SHORT, driver });

    expect(cells[0]?.faults).toEqual([
      {
        rule: "C1",
        expected: "a call for one of very many available credits succeeds",
        got: "it was refused: Not today",
      },
    ]);
    expect(cells[0]?.consume.calls).toBe(0);
  });

  test("a deadlock is retried, counted and a broken rule; the call itself is not lost", async () => {
    const { cells } = await measureLoad(await databaseWith(DEADLOCKING), { ...SHORT, driver });

    expect(rulesBrokenIn(cells)).toEqual(["K3"]);
    expect(cells[0]?.consume.retries).toBeGreaterThan(0);
    expect(cells[0]?.plain.retries).toBe(0);
  });

  test("a plain statement that is refused leaves nothing to measure by", async () => {
    const refused = "ALTER TABLE credit_actions ADD CHECK (description <> 'plain')";

    await expect(measureLoad(await databaseWith(refused), { ...SHORT, driver })).rejects.toThrow(
      "The plain UPDATE and INSERT of the load was refused",
    );
  });

  test("a server that takes no more connections is the harness's own trouble", async () => {
    const connection = await databaseWith();

    await expect(measureLoad(connection, { ...SHORT, sessions: [150], driver })).rejects.toMatchObject({
      name: "HarnessError",
      message: expect.stringContaining("too many clients"),
    });
  });
});
