/** Results of mutants, one of each status, for the tests of the reports. */
import type { MutantOutcome, MutantResult } from "../mutation/mutant.ts";
import type { MutationRun } from "../report/mutation-terminal.ts";
import { makeRelease } from "./example-release.ts";

const SOURCE = "-- </script> is text\nSELECT a + 1;\nSELECT b;\n";
const CHECKED = ["A1", "C1", "C2", "K1"];

function makeResult(id: string, outcome: MutantOutcome, object = "consume"): MutantResult {
  const start = SOURCE.indexOf("+");

  return {
    mutant: {
      ...{ id, operator: "arithmetic", family: "expression", step: "1.sql", list: "migrate", statement: 0 },
      ...{ line: 2, column: 10, object, original: "+", replacement: "-", description: "a sum is wrong" },
      edits: [{ start, end: start + 1, text: "-" }],
    },
    ...outcome,
    durationMs: 20,
  };
}

export const sampleResults: readonly MutantResult[] = [
  makeResult("killed", { status: "killed", property: "C1", reason: "2; but 0" }),
  makeResult("timeout", { status: "timeout", property: "C2", reason: "a statement ran into its limit" }),
  makeResult("survived", { status: "survived", coveredBy: CHECKED }),
  makeResult("unclaimed", { status: "survived", coveredBy: CHECKED }, "elsewhere"),
  makeResult("invalid", { status: "compileError", reason: "syntax error" }),
  makeResult("equivalent", { status: "equivalent", reason: "a is always 0" }),
  makeResult("error", { status: "runtimeError", property: "A1", reason: "the connection was lost" }),
];

export async function makeMutationRun(
  results: readonly MutantResult[],
  changed: Partial<MutationRun> = {},
): Promise<MutationRun> {
  return {
    release: await makeRelease(SOURCE),
    results,
    checked: CHECKED,
    unknown: [],
    stale: [],
    seed: 1,
    server: { kind: "embedded", version: "18.4" },
    durationMs: 2_000,
    command: "npx pg-plumbline mutate --release example --seed 1",
    ...changed,
  };
}
