/**
 * Seeds regressions, each of which must be detected every time, and checks that the sound release raises no alarm. The
 * sizes are small: a shape, a growth and a share need no large table.
 */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compareFigures, takeSnapshot } from "../harness/bench/baseline.ts";
import type { Gate } from "../harness/bench/gate.ts";
import { selectGates } from "../harness/bench/load-gates.ts";
import type { GateResult } from "../harness/bench/result.ts";
import { runGates } from "../harness/bench/run-gates.ts";
import { readRelease } from "../harness/release/read-release.ts";
import { createTemporaryFolder } from "../harness/testing/temporary-directory.ts";
import { openSmallBenchmark, type SmallBenchmark } from "./testing/small-database.ts";

const SIZES = [300, 1_000, 3_000];
/** Long enough that no test is aborted: its work would disturb the measurements of the next one. */
const LIMIT_MS = 300_000;
const sql = join(import.meta.dirname, "../sql");
const folder = createTemporaryFolder();

let small: SmallBenchmark;
let gates: readonly Gate[];

beforeAll(async () => {
  small = await openSmallBenchmark(SIZES);
  ({ gates } = small);
});

afterAll(async () => {
  await small?.[Symbol.asyncDispose]();
});

/** Runs gates on the sound release with one file changed. */
async function run(name: string, only: readonly string[], file?: string, change?: (text: string) => string) {
  cpSync(sql, join(folder, name), { recursive: true });
  const release = join(folder, name, "hardened");
  if (file !== undefined && change !== undefined) {
    const before = readFileSync(join(release, file), "utf8");
    const after = change(before);
    expect(after).not.toBe(before);
    writeFileSync(join(release, file), after);
  }

  return await runGates(await readRelease(release), selectGates(gates, only), small);
}

const notHeld = (results: readonly GateResult[]) =>
  results.filter(({ verdict }) => verdict !== "held").map(({ id, verdict }) => `${id} ${verdict}`);
const joinGot = ([result]: readonly GateResult[]) => result?.violations.map(({ got }) => got).join("\n");

const LOOKUP = "WHERE id = '00000000-0000-0000-0000-000000000001'::UUID";

describe("a seeded regression is detected", { timeout: LIMIT_MS }, () => {
  test("the sound release violates no budget, and two runs count the same", async () => {
    const only = gates.map(({ id }) => id);
    const results = await run("sound", only);
    const again = await run("sound-again", ["P1", "P2", "P3", "P4"]);

    expect(notHeld(results)).toEqual([]);
    expect(compareFigures(takeSnapshot(results), takeSnapshot(again))).toEqual([]);
    expect(withoutWalBytes(again)).toEqual(
      withoutWalBytes(results.filter(({ id }) => again.some((one) => one.id === id))),
    );
  });

  test("a lookup wrapped in a function, so that no index serves", async () => {
    const results = await run("wrapped", ["P1-lookup"], "4.2-performance.sql", (text) =>
      text.replace(LOOKUP, "WHERE lower(id::text) = '00000000-0000-0000-0000-000000000001'"),
    );

    expect(notHeld(results)).toEqual(["P1-lookup violated"]);
    expect(joinGot(results)).toContain("there is a Seq Scan on organizations");
    expect(joinGot(results)).toContain("no plan uses the index organizations_pkey");
  });

  test("a key that is dropped", async () => {
    const results = await run(
      "keyless",
      ["P1-lookup", "P2-available"],
      "2.3-indexes.sql",
      (text) => `${text}\nALTER TABLE organizations DROP CONSTRAINT organizations_pkey CASCADE;\n`,
    );

    expect(notHeld(results)).toEqual(["P1-lookup violated", "P2-available violated"]);
  });

  test("a dropped index that served a query: its plan has another shape", async () => {
    const only = ["P7-verify-queries"];
    const before = takeSnapshot(await run("with-index", only));
    const after = await run("without-index", only, "2.3-indexes.sql", () => "SELECT 1;");
    const [shape] = compareFigures(before, takeSnapshot(after)).filter(({ shapes }) => shapes !== undefined);

    expect(shape).toMatchObject({ kind: "worse", subject: "3.2-migration-verification.sql #2" });
    expect(shape?.shapes?.before.join()).toContain("idx_organizations_plan_credits");
  });

  test("a consumption that scans credit_actions, found by the plan inside the function", async () => {
    const results = await run("scanning", ["P2-consume"], "2.2-functions.sql", (text) =>
      text.replace(
        "-- Log the consumption\n",
        "PERFORM count(*) FROM credit_actions WHERE description = p_description;\n",
      ),
    );

    expect(notHeld(results)).toEqual(["P2-consume violated"]);
    expect(joinGot(results)).toContain("there is a Seq Scan on credit_actions");
    expect(joinGot(results)).toMatch(/scaling exponent 0\.[2-9]/);
  });

  test("one more index on a used column", async () => {
    const results = await run(
      "indexed",
      ["P5", "P6"],
      "2.3-indexes.sql",
      (text) => `${text}\nCREATE INDEX idx_extra ON organizations (ai_used_credits);\n`,
    );

    expect(notHeld(results)).toEqual(["P5-indexes violated", "P6-indexes violated"]);
    expect(results.flatMap(({ violations }) => violations.map(({ subject }) => subject))).toEqual([
      "idx_extra",
      "idx_extra",
    ]);
  });

  test("a data migration with a query for each row that scans", async () => {
    const results = await run("quadratic", ["P4"], "3.1-data-migration.sql", (text) =>
      text.replace(
        "plan_credits(plan_name::TEXT,",
        "plan_credits((SELECT o.plan_name::TEXT FROM organizations AS o WHERE o.id::text = organizations.id::text),",
      ),
    );

    expect(notHeld(results)).toEqual(["P4-data-migration violated"]);
    expect(joinGot(results)).toMatch(/scaling exponent 1\.[2-9]/);
  });

  test("a data migration that computes without touching anything: only time shows it", async () => {
    const results = await run("computing", ["P4"], "3.1-data-migration.sql", (text) =>
      text.replace(
        "RETURNING id, plan_name\n",
        "RETURNING id, plan_name, (SELECT count(*) FROM generate_series(1, 30000) WHERE organizations.id IS NOT NULL)\n",
      ),
    );

    expect(notHeld(results)).toEqual(["P4-data-migration violated"]);
    expect(results[0]?.violations.map(({ subject }) => subject)).toEqual(["time"]);
    expect(joinGot(results)).toMatch(/^\d+\.\d\d times \(/);
  });

  test("one more statement inside a consumption", async () => {
    const before = takeSnapshot(await run("as-it-is", ["P2-consume"]));
    const after = takeSnapshot(
      await run("reading-again", ["P2-consume"], "2.2-functions.sql", (text) =>
        text.replace("-- Log the consumption\n", "PERFORM 1 FROM organizations WHERE id = p_organization_id;\n"),
      ),
    );

    expect(compareFigures(before, after).map(({ kind, message }) => `${kind} ${message}`)).toContain(
      "worse statements inside: 4 before, 5 now",
    );
  });

  test("a sort that spills", async () => {
    const results = await run("spilling", ["P3"], "4.2-performance.sql", (text) =>
      text.replace(
        "AVG(whatsapp_credits - whatsapp_used_credits) as avg_whatsapp_available\nFROM organizations",
        "MAX(length(wide)) as wide\nFROM (SELECT plan_name, ai_credits, ai_used_credits, repeat(name, 200) AS wide " +
          "FROM organizations ORDER BY repeat(name, 200) OFFSET 0) AS sorted",
      ),
    );

    expect(notHeld(results)).toEqual(["P3-bulk violated"]);
    expect(results[0]?.violations[0]?.expected).toBe("at most 0 temporary blocks");
  });

  test("a pg_sleep in a batch", async () => {
    const results = await run("sleeping", ["P4"], "3.1-data-migration.sql", (text) =>
      text.replace("            COMMIT;\n", "            COMMIT;\n            PERFORM pg_sleep(0.01);\n"),
    );

    expect(notHeld(results)).toEqual(["P4-data-migration violated"]);
    expect(joinGot(results)).toContain("of its time in pg_sleep");
  });
});

/** WAL bytes vary: a larger transaction id may take a byte more. */
function withoutWalBytes(results: readonly GateResult[]) {
  return results.map(({ id, subjects }) => ({
    id,
    subjects: subjects.map(({ subject, measurements }) => ({
      subject,
      counts: measurements.map(({ rows, counts: { walBytes: _, ...counts } }) => ({ rows, ...counts })),
    })),
  }));
}
