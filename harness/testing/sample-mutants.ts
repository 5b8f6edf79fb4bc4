/**
 * Mutants with one of each fate, for the tests of what tells them.
 */

import type { Fate, Tried } from "../mutation/mutant-status.ts";
import type { MutationRun } from "../report/mutation-terminal.ts";
import { makeRelease } from "./example-release.ts";

const SOURCE = "-- </script> is text\nSELECT a + 1;\nSELECT b;\n";
const ASKED = ["A1", "C1", "C2", "K1"];

function tried(id: string, fate: Fate, object = "consume"): Tried {
  const start = SOURCE.indexOf("+");

  return {
    mutant: {
      ...{ id, operator: "arithmetic", family: "expression", step: "1.sql", list: "migrate", statement: 0 },
      ...{ line: 2, column: 10, object, original: "+", replacement: "-", description: "a sum is wrong" },
      edits: [{ start, end: start + 1, text: "-" }],
    },
    fate,
    durationMs: 20,
  };
}

export const sampleResults: readonly Tried[] = [
  tried("killed", { status: "killed", by: "C1", expected: "2", got: "0" }),
  tried("limit", { status: "limit", by: "C2", message: "a statement ran into its limit" }),
  tried("survived", { status: "survived", asked: ASKED }),
  tried("unclaimed", { status: "survived", asked: ASKED }, "elsewhere"),
  tried("invalid", { status: "invalid", message: "syntax error" }),
  tried("equivalent", { status: "equivalent", because: "a is always 0" }),
  tried("trouble", { status: "trouble", by: "A1", message: "the connection was lost" }),
];

/** The same, with what became of the rest once one had noticed. */
export const mutantsAlone: readonly Tried[] = [
  ...sampleResults.slice(1),
  tried("alone", { status: "killed", by: "C1", expected: "2", got: "0", second: {} }),
  tried("shared", { status: "killed", by: "K1", expected: "2", got: "0", second: { by: "C1" } }),
];

export async function makeMutationRun(
  some: readonly Tried[],
  changed: Partial<MutationRun> = {},
): Promise<MutationRun> {
  return {
    release: await makeRelease(SOURCE),
    tried: some,
    asked: ASKED,
    absent: [],
    stale: [],
    seed: 1,
    durationMs: 2_000,
    tryingMs: 1_000,
    ...changed,
  };
}
