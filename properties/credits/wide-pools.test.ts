/** Rules A4 and M8 where the column of the pool is a BIGINT: it holds pools whose allocation no column fits. */
import assert from "node:assert";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Databases } from "../../harness/database/databases.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import type { Release } from "../../harness/release/release.ts";
import { splitStatements } from "../../harness/release/split-statements.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { applyCanary, canary, replace } from "./canaries/canary.ts";
import { findWrongAllocations } from "./database/migrated.ts";
import { findMismatches, refuses } from "./model/call-checks.ts";
import { NO_CREDITS, nthId, sampleAccount } from "./model/model.ts";
import { openCreditsContext } from "./world.ts";

const hardened = await withWidePools(await readRelease(join(import.meta.dirname, "../../sql/hardened")));
const clamped = await applyCanary(
  canary(
    "A4",
    "a share is cut to what fits",
    replace(
      "2.2-functions.sql",
      "GREATEST(p_total_credits * 0.4, 500)",
      "LEAST(GREATEST(p_total_credits * 0.4, 500), 7)",
    ),
    replace(
      "2.2-functions.sql",
      "GREATEST(p_total_credits * 0.3, 300)",
      "LEAST(GREATEST(p_total_credits * 0.3, 300), 7)",
    ),
    replace(
      "2.2-functions.sql",
      "GREATEST(p_total_credits * 0.3, 1000)",
      "LEAST(GREATEST(p_total_credits * 0.3, 1000), 7)",
    ),
    replace(
      "2.2-functions.sql",
      "GREATEST(p_total_credits * 0.1, 100)",
      "LEAST(GREATEST(p_total_credits * 0.1, 100), 7)",
    ),
  ),
  hardened,
);
const server = await startEmbedded();
const databases = new Databases(server);

afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function withWidePools(release: Release): Promise<Release> {
  const [schema, ...more] = release.lists.baseline;
  assert(schema !== undefined);
  const source = schema.source.replace("total_credits INTEGER", "total_credits BIGINT");
  const statements = await splitStatements(source, schema.file);

  return { ...release, lists: { ...release.lists, baseline: [{ ...schema, source, statements }, ...more] } };
}

const wide = sampleAccount(0, { totalCredits: 9_000_000_000_000_000 });
const accounts = [
  wide,
  sampleAccount(1, { totalCredits: 5_000_000_000 }),
  sampleAccount(2, { ...wide, id: nthId(2), planName: "premium" }),
];

async function migrate(release: Release) {
  const context = openCreditsContext({ release, databases });
  try {
    await context.prepare();
    const db = await context.migrate({ accounts }, context.schemaSteps);
    const applied = await db.apply([context.dataStep]);
    const organization = { ...wide, numbers: { allocated: NO_CREDITS, used: NO_CREDITS } };
    const trace = await context.play([organization], [{ kind: "allocate", organization: wide.id, plan: "custom" }]);

    return {
      warnings: applied.flatMap(({ result }) => result.notices).filter(({ severity }) => severity === "WARNING"),
      errors: applied.flatMap(({ result }) => result.error ?? []),
      allocation: (await findWrongAllocations(db, accounts, context.schema))[0]?.got,
      call: findMismatches(trace, refuses("A4"))[0]?.got,
    };
  } finally {
    await context.close();
  }
}

test("a pool whose allocation does not fit is refused and reported, and keeps no other from being migrated", async () => {
  const { warnings, ...rest } = await migrate(hardened);

  expect(rest).toEqual({ errors: [], allocation: undefined, call: undefined });
  expect(warnings.map(({ message }) => message)).toEqual([
    expect.stringMatching(new RegExp(`${wide.id}.*integer out of range`)),
  ]);
});

test("a release that cuts the allocation is found out", async () => {
  expect(await migrate(clamped)).toMatchObject({ allocation: "it has 1 allocation in the log", call: "it succeeds" });
});
