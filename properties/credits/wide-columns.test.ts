/** Rules A and C where a release gives its eight columns a wider type: they are judged by what these hold. */
import assert from "node:assert";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Databases } from "../../harness/database/databases.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import type { Release } from "../../harness/release/release.ts";
import { splitStatements } from "../../harness/release/split-statements.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { loadSuite } from "../../harness/suite/load-suite.ts";
import { runSuites } from "../../harness/suite/run-suite.ts";
import { applyCanary, type CanaryEdit, canary } from "./canaries/canary.ts";
import { type Intent, predictCalls, resolveCalls } from "./model/arbitraries.ts";
import {
  allOf,
  findMismatches,
  logsAsExpected,
  nothingElseChanges,
  numbersAsExpected,
  refuses,
  returnsAsExpected,
} from "./model/call-checks.ts";
import { byType, INTEGER_MAX, type Organization, planAllocation, sampleAccount } from "./model/model.ts";
import { openCreditsContext } from "./world.ts";

const suite = await loadSuite(import.meta.dirname);
const hardened = await withWidePools(await readRelease(join(import.meta.dirname, "../../sql/hardened")));
const server = await startEmbedded();

afterAll(async () => await server[Symbol.asyncDispose]());

async function withWidePools(release: Release): Promise<Release> {
  const [schema, ...more] = release.lists.baseline;
  assert(schema !== undefined);
  const source = schema.source.replace("total_credits INTEGER", "total_credits BIGINT");
  const statements = await splitStatements(source, schema.file);

  return { ...release, lists: { ...release.lists, baseline: [{ ...schema, source, statements }, ...more] } };
}

const columns = (type: string): CanaryEdit => ({
  file: "2.1-columns.sql",
  change: (source) => source.replaceAll(" INTEGER NOT NULL", ` ${type} NOT NULL`),
});

/** All but the number of credits that a call asks for. */
const functions = (type: string): CanaryEdit => ({
  file: "2.2-functions.sql",
  change: (source) => source.replace(/(?<!p_credits |TEXT, )\bINTEGER\b(?! holds)/g, type),
});

async function verify(release: Release, ids: RegExp): Promise<Readonly<Record<string, string>>> {
  await using databases = new Databases(server);
  const properties = suite.properties.filter(({ id }) => ids.test(id));
  const subjects = [{ release, suite: { ...suite, properties, questions: [] } }];
  const [result] = await runSuites(subjects, databases, { seed: 1 });

  return Object.fromEntries(
    (result?.properties ?? []).map(({ id, verdict, reason, violation }) => [
      id,
      verdict === "held" ? verdict : `${verdict}: ${reason ?? `${violation?.expected}; ${violation?.got}`}`,
    ]),
  );
}

const widened = async (type: string) =>
  await applyCanary(canary("A4", `its columns are ${type}`, columns(type), functions(type)), hardened);

/** It has more credits than an INTEGER counts. */
const wealthy: Organization = {
  ...sampleAccount(0, { totalCredits: 100_000_000_000 }),
  numbers: { allocated: planAllocation("custom", 100_000_000_000), used: byType(() => 5_000_000_000) },
};
const calls: readonly Intent[] = [
  { kind: "available", organization: 0, type: "ai" },
  { kind: "consume", organization: 0, type: "ai", credits: INTEGER_MAX },
  { kind: "allocate", organization: 0, plan: "custom" },
  { kind: "consume", organization: 0, type: "sms", credits: 1 },
  { kind: "allocate", organization: 0, plan: "premium" },
  { kind: "available", organization: 0, type: "ai" },
];

async function play(release: Release): Promise<{ readonly goes: boolean | undefined; readonly got: string[] }> {
  await using databases = new Databases(server);
  const context = openCreditsContext({ release, databases });
  try {
    await context.prepare();
    const { capacity } = context.schema.numbers;
    const organizations = [wealthy];
    const predicted = predictCalls(organizations, calls, capacity);
    const [goes] = await context.playBatch([{ organizations, calls: predicted }]);
    const trace = await context.play(organizations, resolveCalls(organizations, calls, capacity));
    const check = allOf(returnsAsExpected, numbersAsExpected, nothingElseChanges, logsAsExpected, refuses("A4", "A7"));

    return { goes, got: findMismatches(trace, check).map(({ got }) => got) };
  } finally {
    await context.close();
  }
}

describe.each(["BIGINT", "NUMERIC(12, 0)"])("with columns of %s", (type) => {
  test("calls on more credits than an INTEGER counts go as the model predicts", async () => {
    expect(await play(await widened(type))).toEqual({ goes: true, got: [] });
  });

  test("a release that allocates whatever they hold keeps the rules of calls and of the data migration", async () => {
    const release = await applyCanary(
      canary("A4", `its columns are ${type}`, columns(type), functions(type)),
      hardened,
    );
    const verdicts = await verify(release, /^(?:S1|S2|A|C|G1|M1|M8)/);

    expect(Object.keys(verdicts).length).toBeGreaterThan(20);
    expect(Object.entries(verdicts).filter(([, verdict]) => verdict !== "held")).toEqual([]);
  }, 120_000);
});

test("a release that refuses what its columns hold is found", async () => {
  const release = await applyCanary(canary("A4", "its functions are narrower", columns("BIGINT")), hardened);

  expect(await verify(release, /^(?:A4|M1)$/)).toEqual({
    A4: expect.stringMatching(/^violated: .*integer out of range/),
    M1: expect.stringMatching(/^violated: .*0 allocations in the log/),
  });
  expect(await play(release)).toMatchObject({ goes: false, got: [expect.stringMatching(/integer out of range/)] });
}, 120_000);
