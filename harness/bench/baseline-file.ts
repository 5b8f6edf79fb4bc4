/**
 * `baseline.json`: accepted figures by PostgreSQL's major version, scale and seed, since counts hold still only where all
 * three are the same. What was measured otherwise is kept beside, and never compared.
 */
import { stat } from "node:fs/promises";
import * as v from "valibot";
import { writeWhole } from "../files/write-file.ts";
import { readJson } from "../release/read-json.ts";
import { isAbsence, readText } from "../release/read-text.ts";
import { exactly, validate } from "../release/validate.ts";
import type { Snapshot } from "./baseline.ts";

/** Under which circumstances counts hold still. */
export interface Circumstances {
  readonly postgres: number;
  /** The further size, or 0 for the default sizes. */
  readonly scale: number;
  readonly seed: number;
}

export interface Entry extends Circumstances {
  /** By the name of the release. */
  readonly releases: Readonly<Record<string, Snapshot>>;
}

const number = v.number("a number");
const figures = exactly(
  {
    rows: number,
    outside: v.exactOptional(v.boolean("true or false")),
    counts: v.record(v.string(), number, "counts by name"),
    shape: v.array(v.string("a line"), "the lines of an outline"),
  },
  "the figures of a subject",
);
const entry = exactly(
  {
    postgres: number,
    scale: number,
    seed: number,
    releases: v.record(
      v.string(),
      v.record(v.string(), v.record(v.string(), figures, "subjects by name"), "gates by id"),
      "releases by name",
    ),
  },
  "the figures of one version, scale and seed",
);
const schema = v.array(entry, "a list of accepted figures");

/**
 * All accepted figures; none where there is no file yet.
 * @throws HarnessError that begins with `file` where it is no baseline
 */
export async function readBaseline(file: string): Promise<readonly Entry[]> {
  const found = await stat(file).catch((thrown: unknown) => {
    if (isAbsence(thrown)) return undefined;

    throw thrown;
  });
  if (found === undefined) return [];
  const errand = { clause: "and it holds the accepted figures", remedy: "Write it with bench --update" };

  return validate(schema, readJson(await readText(file, errand), file), file);
}

/** The figures of the same circumstances. */
export function entryFor(entries: readonly Entry[], circumstances: Circumstances): Entry | undefined {
  return entries.find((one) => isSame(one, circumstances));
}

/**
 * Accepts the figures: gates that were not run, other releases and other circumstances stay as they are.
 * @throws HarnessError where the file cannot be written; the old one is then whole
 */
export async function acceptFigures(file: string, accepted: Entry): Promise<void> {
  const entries = await readBaseline(file);
  const before = entryFor(entries, accepted);
  const releases = { ...before?.releases };
  for (const [name, snapshot] of Object.entries(accepted.releases)) {
    releases[name] = { ...releases[name], ...snapshot };
  }
  const others = entries.filter((one) => !isSame(one, accepted));
  const all = [...others, { ...accepted, releases }].toSorted(
    (one, other) => one.postgres - other.postgres || one.scale - other.scale || one.seed - other.seed,
  );
  await writeWhole(file, `${JSON.stringify(all, undefined, 2)}\n`);
}

function isSame(one: Circumstances, other: Circumstances): boolean {
  return one.postgres === other.postgres && one.scale === other.scale && one.seed === other.seed;
}
