import { describe, expect, test } from "vitest";
import { makeMutationRun, sampleResults } from "../testing/sample-mutants.ts";
import { formatMutationRun } from "./mutation-terminal.ts";

const style = { colour: false, width: 80 };
const verbose = { ...style, verbose: true };
const format = async (...parts: Parameters<typeof makeMutationRun>) =>
  formatMutationRun(await makeMutationRun(...parts), style);
const [killed, timeout, survived] = sampleResults.map((result) => [result]);
const killedOnly = killed ?? [];

describe("a run of mutants", () => {
  test("that is as expected fits one screen", async () => {
    const text = await format(Array.from({ length: 1_000 }, () => [...killedOnly, ...(timeout ?? [])]).flat());

    expect(text).toBe(
      [
        "example: mutation score 100.0 %, 2000 of 2000 mutants killed",
        "2000 mutants: 1000 killed, 1000 timed out",
        "2000 tested now, seed 1, embedded PostgreSQL 18.4, 2.0 s",
        "details: --verbose, --html FILE",
        "reproduce: npx pg-plumbline mutate --release example --seed 1",
        "",
      ].join("\n"),
    );
  });

  test("shows a survivor as a diff, with its expected killers", async () => {
    const text = await format(sampleResults);

    expect(text).toContain("survived: survived a sum is wrong\n1.sql:2, in consume\n");
    expect(text).toContain("  -SELECT a + 1;\n  +SELECT a - 1;\n");
    expect(text).toContain("should have been killed by C1, C2");
    expect(text).toContain("no property killed another mutant of this object");
  });

  test("limits survivors and errors, so that a bad run fits one screen, too", async () => {
    const text = await format([
      ...killedOnly,
      ...Array.from({ length: 50 }, () => survived ?? []).flat(),
      ...Array.from({ length: 50 }, () => sampleResults.slice(-1)).flat(),
    ]);

    expect(text).toContain("and 48 survivors more: --verbose");
    expect(text).toContain("  and 46 more: --verbose");
    expect(text.split("\n").length).toBeLessThan(40);
    expect(text.split("\n").every((line) => line.length <= 80)).toBe(true);
  });

  test("counts neither invalid nor equivalent mutants", async () => {
    const text = await format(sampleResults);

    expect(text).toContain("example: mutation score 40.0 %, 2 of 5 mutants killed\n");
    expect(text.replaceAll("\n", " ")).toContain(
      "7 mutants: 1 killed, 1 timed out, 2 survived, 1 failed with an error, 1 equivalent, 1 invalid",
    );
  });

  test("names the minimum that the score does not reach", async () => {
    expect(await format(sampleResults, { scoreMin: 0.95 })).toContain("killed, less than 95.0 %");
    expect(await format(sampleResults, { scoreMin: 0.4 })).not.toContain("less than");
  });

  test("lists the properties that were not checked", async () => {
    const unknown = [{ property: "K1", reason: "this server cannot be crashed" }];

    expect(await format(killedOnly, { unknown })).toContain("not checked\n  K1: this server cannot be crashed\n");
  });

  test("shows tables and all mutants that were not killed, if verbose", async () => {
    const text = formatMutationRun(await makeMutationRun(sampleResults), verbose);

    expect(text).toMatch(
      /killed +timeout +survived +error +equiv\. +invalid +score\n +expression +1 +1 +2 +1 +1 +1 +40\.0 %/,
    );
    expect(text).toMatch(/by rule\n.*\n +A1 .*1 +0\.0 %\n +C1 +1 +1 +50\.0 %\n +C2 +1 +1 +50\.0 %\n/);
    expect(text).toContain("1 of the survivors count for no rule.");
    expect(text).toContain("No mutant counts for K1.");
    expect(text).toContain("Equivalent, not counted\n  a is always 0\n  equivalent\n");
    expect(text).toContain("detected first by\n  C1 1, C2 1\n");
  });
});

test("stale equivalent mutants are named, even if nothing was mutated", async () => {
  const stale = ["0123456789ab", "ba9876543210"];

  for (const results of [sampleResults, []]) {
    expect((await format(results, { stale })).replaceAll("\n", " ")).toMatch(
      /is stale, which fails the run: .*; remove 0123456789ab, ba9876543210 /,
    );
    expect(await format(results)).not.toContain("stale");
  }
});
