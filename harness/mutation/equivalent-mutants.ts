/**
 * Reads the equivalent mutants of a release, each with the reason: `equivalent-mutants.json` next to `release.json`. They
 * are reported, but neither tested nor counted.
 */
import * as v from "valibot";
import { HarnessError } from "../errors.ts";
import type { Release } from "../release/release.ts";
import { strictObject } from "../release/validate.ts";
import type { Mutant } from "./mutant.ts";
import { readMutantFile } from "./mutant-files.ts";

const idWanted = "the id of a mutant, twelve hexadecimal digits";
const reasonWanted = "a sentence that says why it is equivalent";
const schema = v.array(
  strictObject(
    {
      mutants: v.array(v.pipe(v.string(idWanted), v.regex(/^[0-9a-f]{12}$/, idWanted)), "a list of ids"),
      because: v.pipe(v.string(reasonWanted), v.regex(/\S/, reasonWanted)),
    },
    "an object with mutants and a because",
  ),
  "a list of equivalent mutants",
);

/** More stale ids than these, and no valid one, mean that the file belongs to another release. */
const STALE_MAX = 10;

export interface EquivalentMutants {
  /** The reason by the mutant's id. */
  readonly reasons: ReadonlyMap<string, string>;
  /** Listed ids without a mutant. */
  readonly stale: readonly string[];
}

/**
 * Empty if the release has no such file.
 * @param all the mutants of the whole release
 * @throws HarnessError if the file cannot be read, is malformed, or belongs to another release
 */
export async function readEquivalents(release: Release, all: readonly Mutant[]): Promise<EquivalentMutants> {
  const entries = (await readMutantFile(release, "equivalent-mutants.json", schema)) ?? [];
  const reasons = new Map(entries.flatMap(({ mutants, because }) => mutants.map((id) => [id, because] as const)));
  const known = new Set(all.map(({ id }) => id));
  const stale = [...reasons.keys()].filter((id) => !known.has(id));

  if (stale.length > STALE_MAX && stale.length === reasons.size) {
    throw new HarnessError(
      `equivalent-mutants.json lists ${stale.length} mutants, and ${release.name} has none of them`,
      `It belongs to another release: remove it from ${release.folder}`,
    );
  }

  return { reasons, stale };
}
