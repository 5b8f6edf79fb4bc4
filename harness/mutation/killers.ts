/**
 * Who noticed each mutant in the last accepted run: `noticed.json` beside `release.json`, the ids of mutants by the
 * property. It is asked first the next time, which saves nearly all the others; whether it notices is found out anew.
 * An id stays the same while its statement does, so what is out of date here is only of no use.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { writeWhole } from "../files/write-file.ts";
import { readJson } from "../release/read-json.ts";
import { readText } from "../release/read-text.ts";
import type { Release } from "../release/release.ts";
import { validate } from "../release/validate.ts";
import type { Expectation } from "./kill-history.ts";
import type { Mutant } from "./mutant.ts";
import { type Fate, MIGRATING, type Tried } from "./mutant-status.ts";

/** The property by the mutant's id. */
export type Noticed = ReadonlyMap<string, string>;

const schema = v.record(v.string(), v.array(v.string("the id of a mutant"), "a list of ids"));

/** More than any experience says. */
const CERTAIN = 1_000_000;

/**
 * Empty where the release has no such file.
 * @throws HarnessError where the file cannot be read or is malformed
 */
export async function readNoticed(release: Release): Promise<Noticed> {
  const file = fileOf(release);
  if (!existsSync(file)) {
    return new Map();
  }
  const text = await readText(file, {
    clause: "where it should say who noticed which mutant",
    remedy: "Remove it, or mend it",
  });
  const entries = Object.entries(validate(schema, readJson(text, file), file));

  return new Map(entries.flatMap(([property, ids]) => ids.map((id) => [id, property] as const)));
}

/**
 * Writes what this run found out, and keeps what an earlier one did of mutants that there still are.
 * @returns the file
 * @throws HarnessError where it cannot be written; the old one is still whole then
 */
export async function acceptNoticed(
  release: Release,
  all: readonly Mutant[],
  tried: readonly Tried[],
): Promise<string> {
  const file = fileOf(release);
  const noticed = noticedNow(all, tried, await readNoticed(release));
  const lines = [...noticed].map(
    ([property, ids]) => `  ${JSON.stringify(property)}: [\n    ${chunks(ids).join(",\n    ")}\n  ]`,
  );
  await writeWhole(file, `{\n${lines.join(",\n")}\n}\n`);

  return file;
}

/** The ids by property, both sorted (pure). */
export function noticedNow(
  all: readonly Mutant[],
  tried: readonly Tried[],
  before: Noticed,
): ReadonlyMap<string, readonly string[]> {
  const now = new Map(tried.map(({ mutant, fate }) => [mutant.id, fate]));
  const ids = new Map<string, string[]>();
  for (const { id } of all) {
    const fate = now.get(id);
    const property = fate === undefined ? before.get(id) : noticerOf(fate);
    if (property !== undefined) {
      ids.set(property, [...(ids.get(property) ?? []), id]);
    }
  }

  return new Map(
    [...ids].sort(([one], [other]) => (one < other ? -1 : 1)).map(([id, list]) => [id, list.sort()]),
  );
}

/** Who ran into a limit is asked first as well: nobody else has to wait for it then. */
function noticerOf(fate: Fate): string | undefined {
  return fate.status === "killed" || (fate.status === "limit" && fate.by !== MIGRATING) ? fate.by : undefined;
}

/** What is expected of whoever noticed the mutant the last time; undefined where nobody is known. */
export function expectationBy(noticed: Noticed, { id }: Mutant): Expectation | undefined {
  const property = noticed.get(id);

  return property === undefined ? undefined : new Map([[property, CERTAIN]]);
}

/** Who noticed the mutant the last time, if anyone is known to have. */
export function certainIn(expectation: Expectation): string | undefined {
  return [...expectation].find(([, expected]) => expected === CERTAIN)?.[0];
}

function fileOf(release: Release): string {
  return join(release.folder, "killers.json");
}

const IDS_A_LINE = 6;

function chunks(ids: readonly string[]): string[] {
  const lines: string[] = [];
  for (let from = 0; from < ids.length; from += IDS_A_LINE) {
    lines.push(
      ids
        .slice(from, from + IDS_A_LINE)
        .map((id) => JSON.stringify(id))
        .join(", "),
    );
  }

  return lines;
}
