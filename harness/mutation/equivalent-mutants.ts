/**
 * The mutants of a release that mean the same as the release, each with the reason: `mutants.json` beside
 * `release.json`. They are told and not counted, and nobody is asked about them.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { HarnessError } from "../errors.ts";
import { readJson } from "../release/read-json.ts";
import { readText } from "../release/read-text.ts";
import type { Release } from "../release/release.ts";
import { exactly, validate } from "../release/validate.ts";
import type { Mutant } from "./mutant.ts";

const idWanted = "the id of a mutant, twelve hexadecimal digits";
const reasonWanted = "a sentence that says why it means the same";
const schema = v.array(
  exactly(
    {
      mutants: v.array(v.pipe(v.string(idWanted), v.regex(/^[0-9a-f]{12}$/, idWanted)), "a list of ids"),
      because: v.pipe(v.string(reasonWanted), v.regex(/\S/, reasonWanted)),
    },
    "an object with mutants and a because",
  ),
  "a list of equivalent mutants",
);

/** So many ids can be looked through. */
const LISTED_MAX = 10;

/** What is listed: the reason by the mutant's id, and the ids of which there is no mutant any more. */
export interface EquivalentMutants {
  readonly reasons: ReadonlyMap<string, string>;
  readonly stale: readonly string[];
}

/**
 * Nothing where the release has no such file.
 * @param all the mutants of the whole release
 * @throws HarnessError where the file cannot be read, is malformed, or is that of another release
 */
export async function readEquivalents(release: Release, all: readonly Mutant[]): Promise<EquivalentMutants> {
  const file = join(release.folder, "equivalent-mutants.json");
  if (!existsSync(file)) {
    return { reasons: new Map(), stale: [] };
  }
  const text = await readText(file, {
    clause: "where equivalent mutants should be",
    remedy: "Mend or remove it",
  });
  const entries = validate(schema, readJson(text, file), file);
  const reasons = new Map(
    entries.flatMap(({ mutants, because }) => mutants.map((id) => [id, because] as const)),
  );
  const known = new Set(all.map(({ id }) => id));
  const stale = [...reasons.keys()].filter((id) => !known.has(id));

  if (stale.length > LISTED_MAX && stale.length === reasons.size) {
    throw new HarnessError(
      `${file} names ${stale.length} mutants, and ${release.name} has none of them`,
      "It is the file of another release: remove it",
    );
  }

  return { reasons, stale };
}
