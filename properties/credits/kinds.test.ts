/** A release with several faults behind one rule, which are fixed one after the other. */
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Databases } from "../../harness/database/databases.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import { getExitCode } from "../../harness/report/exit-status.ts";
import { findLedgerProblems } from "../../harness/report/kinds.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { loadSuite } from "../../harness/suite/load-suite.ts";
import { runSuites } from "../../harness/suite/run-suite.ts";
import { createRunResult } from "../../harness/testing/sample-run.ts";
import { applyCanary, canary, replace } from "./canaries/canary.ts";

const suite = await loadSuite(import.meta.dirname);
const hardened = await readRelease(join(import.meta.dirname, "../../sql/hardened"));
const server = await startEmbedded();
const databases = new Databases(server);

afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const REFUSAL = "IF p_credits IS NULL OR p_credits <= 0 THEN";

/** Runs rule C3 on the release with this condition in place of its own. */
async function run(condition: string, listed: readonly string[] = []) {
  const edits = condition === REFUSAL ? [] : [replace("2.2-functions.sql", REFUSAL, condition)];
  const wrong = edits.length === 0 ? hardened : await applyCanary(canary("C3", condition, ...edits), hardened);
  const knownFailures = listed.map((kind) => ({ property: "C3", kind, because: "it is so" }));
  const properties = suite.properties.filter(({ id }) => id === "C3");
  const target = { release: { ...wrong, knownFailures }, suite: { ...suite, properties, questions: [] } };
  const [release] = await runSuites([target], databases, { seed: 1 });
  const result = release?.properties[0];

  return {
    kinds: (result?.kinds ?? []).map(({ kind }) => kind).toSorted(),
    code: release === undefined ? undefined : getExitCode(createRunResult(release)),
    problems: result === undefined ? [] : findLedgerProblems(result).map(({ name }) => name),
  };
}

test("faults behind one rule are all reported, and fixing one leaves the others", async () => {
  const [negative, zero] = ["negative-credits-returns-true", "zero-credits-returns-true"] as const;
  const both = [negative, zero];

  expect(await run("IF FALSE THEN")).toEqual({ kinds: both, code: 1, problems: [] });
  expect(await run("IF FALSE THEN", both)).toEqual({ kinds: both, code: 0, problems: [] });
  expect(await run("IF FALSE THEN", [zero])).toEqual({ kinds: both, code: 1, problems: [] });

  expect(await run("IF p_credits < 0 THEN", both)).toEqual({ kinds: [zero], code: 1, problems: [`C3 · ${negative}`] });
  expect(await run("IF p_credits < 0 THEN", [zero])).toEqual({ kinds: [zero], code: 0, problems: [] });

  expect(await run(REFUSAL, [zero])).toEqual({ kinds: [], code: 1, problems: ["C3"] });
  expect(await run(REFUSAL)).toEqual({ kinds: [], code: 0, problems: [] });
});
