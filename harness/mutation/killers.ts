/**
 * Remembers which property detected each mutant in the last accepted run: `killers.json` next to `release.json`, ids of
 * mutants by property. That property is checked first the next time, and usually no other has to be. The verdict is
 * always new: an outdated entry costs time only.
 */
import { join } from "node:path";
import * as v from "valibot";
import { writeAtomically } from "../files/write-file.ts";
import type { Release } from "../release/release.ts";
import type { Mutant } from "./mutant.ts";
import { readMutantFile } from "./mutant-files.ts";
import type { MutantResult } from "./mutant-result.ts";

/** The property by the mutant's id. */
export type Killers = ReadonlyMap<string, string>;

const schema = v.record(v.string(), v.array(v.string("the id of a mutant"), "a list of ids"));

/**
 * Reads `killers.json`; empty if the release has none.
 * @throws HarnessError if it cannot be read or is malformed
 */
export async function readKillers(release: Release): Promise<Killers> {
  const entries = await readMutantFile(release, "killers.json", schema);

  return new Map(Object.entries(entries ?? {}).flatMap(([property, ids]) => ids.map((id) => [id, property] as const)));
}

/**
 * Writes the killers of this run, and keeps earlier ones of mutants that it did not test.
 * @param all the mutants of the release; others are dropped
 * @returns the file
 * @throws HarnessError if it cannot be written; the old one is intact then
 */
export async function updateKillers(
  release: Release,
  all: readonly Mutant[],
  results: readonly MutantResult[],
): Promise<string> {
  const file = join(release.folder, "killers.json");
  const lists = [...mergeKillers(all, results, await readKillers(release))].map(
    ([property, ids]) => `  ${JSON.stringify(property)}: [\n    ${formatIds(ids).join(",\n    ")}\n  ]`,
  );
  await writeAtomically(file, `{\n${lists.join(",\n")}\n}\n`);

  return file;
}

/** Ids by property, both sorted. */
export function mergeKillers(
  all: readonly Mutant[],
  results: readonly MutantResult[],
  before: Killers,
): ReadonlyMap<string, readonly string[]> {
  const tested = new Map(results.map((result) => [result.mutant.id, result]));
  const merged = new Map<string, string[]>();
  for (const { id } of all) {
    const result = tested.get(id);
    const isDetected = result?.status === "killed" || result?.status === "timeout";
    const killer = result === undefined ? before.get(id) : isDetected ? result.property : undefined;
    if (killer !== undefined) merged.set(killer, [...(merged.get(killer) ?? []), id]);
  }

  return new Map([...merged].sort(([one], [other]) => (one < other ? -1 : 1)).map(([id, ids]) => [id, ids.sort()]));
}

const IDS_PER_LINE = 6;

function formatIds(ids: readonly string[]): string[] {
  return ids.flatMap((_, at) =>
    at % IDS_PER_LINE > 0
      ? []
      : ids
          .slice(at, at + IDS_PER_LINE)
          .map((id) => JSON.stringify(id))
          .join(", "),
  );
}
