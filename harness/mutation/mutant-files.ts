/**
 * Reads and writes the files about mutants next to `release.json`: the equivalent ones, each with the reason, and which
 * property detected each in the last accepted run. That property is checked first the next time, and usually no other has
 * to be. The verdict is always new: an outdated entry costs time only.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { HarnessError } from "../errors.ts";
import { writeAtomically } from "../files/write-file.ts";
import { parseJson } from "../release/read-json.ts";
import { readText } from "../release/read-text.ts";
import type { Release } from "../release/release.ts";
import { strictObject, validate } from "../release/validate.ts";
import type { Mutant, MutantResult } from "./mutant.ts";

const FORMER_NAMES = { "killers.json": "noticed.json", "equivalent-mutants.json": "mutants.json" };

/**
 * Reads one of the files; undefined if the release has none.
 * @throws HarnessError if it cannot be read, is malformed, or has its former name
 */
async function readMutantFile<Schema extends v.GenericSchema>(
  { folder }: Release,
  name: keyof typeof FORMER_NAMES,
  schema: Schema,
): Promise<v.InferOutput<Schema> | undefined> {
  const [file, former] = [join(folder, name), join(folder, FORMER_NAMES[name])];
  if (existsSync(former)) {
    throw new HarnessError(`${former} is called ${name} now`, `Rename it: mv ${former} ${file}`);
  }
  if (!existsSync(file)) return undefined;
  const text = await readText(file, { clause: "where JSON should be", remedy: "Fix or remove it" });

  return validate(schema, parseJson(text, file), file);
}

const idWanted = "the id of a mutant, twelve hexadecimal digits";
const reasonWanted = "a sentence that says why it is equivalent";
const equivalentsSchema = v.array(
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
  readonly reasons: ReadonlyMap<string, string>;
  readonly stale: readonly string[];
}

/**
 * Empty if the release has no such file.
 * @param all the mutants of the whole release
 * @throws HarnessError if the file cannot be read, is malformed, or belongs to another release
 */
export async function readEquivalents(release: Release, all: readonly Mutant[]): Promise<EquivalentMutants> {
  const entries = (await readMutantFile(release, "equivalent-mutants.json", equivalentsSchema)) ?? [];
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

export type Killers = ReadonlyMap<string, string>;

const killersSchema = v.record(v.string(), v.array(v.string("the id of a mutant"), "a list of ids"));

/**
 * Reads `killers.json`; empty if the release has none.
 * @throws HarnessError if it cannot be read or is malformed
 */
export async function readKillers(release: Release): Promise<Killers> {
  const entries = await readMutantFile(release, "killers.json", killersSchema);

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
