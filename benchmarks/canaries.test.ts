/**
 * Regressions that were planted, each of which has to be noticed every time; and the release as it is, of which none may
 * be said. The sizes are small: a shape, a growth and a share need no large table to be seen.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { differencesBetween, snapshotOf } from "../harness/bench/baseline.ts";
import type { Gate } from "../harness/bench/gate.ts";
import { chosenGates } from "../harness/bench/load-gates.ts";
import type { GateResult } from "../harness/bench/result.ts";
import { runGates } from "../harness/bench/run-gates.ts";
import { readRelease } from "../harness/release/read-release.ts";
import { openSmallGround, type SmallGround } from "./testing/small-database.ts";

const SIZES = [300, 1_000, 3_000];
/** A test that ends too early leaves its work to the next one, which then measures both. */
const LIMIT_MS = 300_000;
const sql = join(import.meta.dirname, "../sql");
const folder = mkdtempSync(join(tmpdir(), "plumbline-canaries-"));

let small: SmallGround;
let gates: readonly Gate[];

beforeAll(async () => {
  small = await openSmallGround(SIZES);
  ({ gates } = small);
});

afterAll(async () => {
  await small?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** The gates' results on the sound release with one file of it changed. */
async function run(name: string, only: readonly string[], file?: string, change?: (text: string) => string) {
  cpSync(sql, join(folder, name), { recursive: true });
  const release = join(folder, name, "hardened");
  if (file !== undefined && change !== undefined) {
    const before = readFileSync(join(release, file), "utf8");
    const after = change(before);
    expect(after).not.toBe(before);
    writeFileSync(join(release, file), after);
  }

  return await runGates(await readRelease(release), chosenGates(gates, only), small);
}

const broken = (results: readonly GateResult[]) =>
  results.filter(({ verdict }) => verdict !== "held").map(({ id, verdict }) => `${id} ${verdict}`);
const told = ([result]: readonly GateResult[]) => result?.breaches.map(({ got }) => got).join("\n");

const LOOKUP = "WHERE id = '00000000-0000-0000-0000-000000000001'::UUID";

describe("a planted regression is noticed", { timeout: LIMIT_MS }, () => {
  test("the release as it is breaks no budget, and two runs count the same", async () => {
    const only = gates.map(({ id }) => id);
    const results = await run("sound", only);
    const again = await run("sound-again", ["P1", "P2", "P3", "P4"]);

    expect(broken(results)).toEqual([]);
    expect(differencesBetween(snapshotOf(results), snapshotOf(again))).toEqual([]);
    expect(withoutWalBytes(again)).toEqual(
      withoutWalBytes(results.filter(({ id }) => again.some((one) => one.id === id))),
    );
  });

  test("a lookup wrapped in a function, so that no index serves", async () => {
    const results = await run("wrapped", ["P1-lookup"], "4.2-performance.sql", (text) =>
      text.replace(LOOKUP, "WHERE lower(id::text) = '00000000-0000-0000-0000-000000000001'"),
    );

    expect(broken(results)).toEqual(["P1-lookup violated"]);
    expect(told(results)).toContain("there is a Seq Scan on organizations");
    expect(told(results)).toContain("no plan uses the index organizations_pkey");
  });

  test("a key that is dropped", async () => {
    const results = await run(
      "keyless",
      ["P1-lookup", "P2-available"],
      "2.3-indexes.sql",
      (text) => `${text}\nALTER TABLE organizations DROP CONSTRAINT organizations_pkey CASCADE;\n`,
    );

    expect(broken(results)).toEqual(["P1-lookup violated", "P2-available violated"]);
  });

  test("an index that is dropped and served a query: its plan has another shape", async () => {
    const only = ["P7-verify-queries"];
    const before = snapshotOf(await run("with-index", only));
    const after = await run("without-index", only, "2.3-indexes.sql", () => "SELECT 1;");
    const [shape] = differencesBetween(before, snapshotOf(after)).filter(
      ({ shapes }) => shapes !== undefined,
    );

    expect(shape).toMatchObject({ kind: "worse", subject: "3.2-migration-verification.sql #2" });
    expect(shape?.shapes?.before.join()).toContain("idx_organizations_plan_credits");
  });

  test("a consumption that scans credit_actions: the plan inside of the function shows it", async () => {
    const results = await run("scanning", ["P2-consume"], "2.2-functions.sql", (text) =>
      text.replace(
        "-- Log the consumption\n",
        "PERFORM count(*) FROM public.credit_actions WHERE description = p_description;\n",
      ),
    );

    expect(broken(results)).toEqual(["P2-consume violated"]);
    expect(told(results)).toContain("there is a Seq Scan on credit_actions");
    expect(told(results)).toMatch(/a power of 0\.[2-9]/);
  });

  test("one more index on a used column", async () => {
    const results = await run(
      "indexed",
      ["P5", "P6"],
      "2.3-indexes.sql",
      (text) => `${text}\nCREATE INDEX idx_extra ON organizations (ai_used_credits);\n`,
    );

    expect(broken(results)).toEqual(["P5-indexes violated", "P6-indexes violated"]);
    expect(results.flatMap(({ breaches }) => breaches.map(({ subject }) => subject))).toEqual([
      "idx_extra",
      "idx_extra",
    ]);
  });

  test("a data migration with a query for each row that scans", async () => {
    const results = await run("quadratic", ["P4"], "3.1-data-migration.sql", (text) =>
      text.replace(
        "public.plan_credits(plan_name,",
        "public.plan_credits((SELECT o.plan_name FROM public.organizations AS o WHERE o.id::text = organizations.id::text),",
      ),
    );

    expect(broken(results)).toEqual(["P4-data-migration violated"]);
    expect(told(results)).toMatch(/a power of 1\.[2-9]/);
  });

  test("a data migration that computes for long without touching anything: only time shows it", async () => {
    const results = await run("computing", ["P4"], "3.1-data-migration.sql", (text) =>
      text.replace(
        "RETURNING id, plan_name\n",
        "RETURNING id, plan_name, (SELECT count(*) FROM generate_series(1, 30000) WHERE organizations.id IS NOT NULL)\n",
      ),
    );

    expect(broken(results)).toEqual(["P4-data-migration violated"]);
    expect(results[0]?.breaches.map(({ subject }) => subject)).toEqual(["time"]);
    expect(told(results)).toMatch(/^\d+\.\d\d times \(/);
  });

  test("a statement more inside of a consumption", async () => {
    const before = snapshotOf(await run("as-it-is", ["P2-consume"]));
    const after = snapshotOf(
      await run("asking-again", ["P2-consume"], "2.2-functions.sql", (text) =>
        text.replace(
          "-- Log the consumption\n",
          "PERFORM 1 FROM public.organizations WHERE id = p_organization_id;\n",
        ),
      ),
    );

    expect(differencesBetween(before, after).map(({ kind, told: said }) => `${kind} ${said}`)).toContain(
      "worse statements inside: 4 before, 5 now",
    );
  });

  test("a sort that spills", async () => {
    const results = await run("spilling", ["P3"], "4.2-performance.sql", (text) =>
      text.replace(
        "AVG(whatsapp_credits - whatsapp_used_credits) as avg_whatsapp_available\nFROM public.organizations",
        "MAX(length(wide)) as wide\nFROM (SELECT plan_name, ai_credits, ai_used_credits, repeat(name, 200) AS wide " +
          "FROM public.organizations ORDER BY repeat(name, 200) OFFSET 0) AS sorted",
      ),
    );

    expect(broken(results)).toEqual(["P3-bulk violated"]);
    expect(results[0]?.breaches[0]?.expected).toBe("at most 0 temporary blocks");
  });

  test("a pg_sleep in a batch", async () => {
    const results = await run("sleeping", ["P4"], "3.1-data-migration.sql", (text) =>
      text.replace("            COMMIT;\n", "            COMMIT;\n            PERFORM pg_sleep(0.01);\n"),
    );

    expect(broken(results)).toEqual(["P4-data-migration violated"]);
    expect(told(results)).toContain("asleep in pg_sleep");
  });
});

/** All counts but the bytes of the log, where a transaction's number may take a byte more. */
function withoutWalBytes(results: readonly GateResult[]) {
  return results.map(({ id, measured }) => ({
    id,
    measured: measured.map(({ subject, readings }) => ({
      subject,
      counts: readings.map(({ rows, counts: { walBytes: _, ...counts } }) => ({ rows, ...counts })),
    })),
  }));
}
