/**
 * Reads and writes `baseline.json`: the accepted figures by PostgreSQL's major version, scale and seed, because counts
 * repeat only if all three are the same. Other entries are kept and not compared.
 */
import { stat } from "node:fs/promises";
import * as v from "valibot";
import { writeAtomically } from "../files/write-file.ts";
import { parseJson } from "../release/read-json.ts";
import { isMissingFile, readText } from "../release/read-text.ts";
import { strictObject, validate } from "../release/validate.ts";

const number = v.number("a number");
const figures = strictObject(
  {
    rows: number,
    /** True for a step sequence, whose counts include the catalogs. */
    outside: v.exactOptional(v.boolean("true or false")),
    counts: v.record(v.string(), number, "counts by name"),
    /** The outline of its plans, a line per node. */
    shape: v.pipe(v.array(v.string("a line"), "the lines of an outline"), v.readonly()),
  },
  "the figures of a subject",
);
const figuresByGate = v.record(v.string(), v.record(v.string(), figures, "subjects by name"), "gates by id");
const entry = strictObject(
  {
    postgres: number,
    /** The additional size, or 0 for the default sizes. */
    scale: number,
    seed: number,
    releases: v.record(v.string(), figuresByGate, "releases by name"),
  },
  "the figures of one version, scale and seed",
);
const schema = v.array(entry, "a list of accepted figures");

/** The figures of one subject. */
export type AcceptedFigures = v.InferOutput<typeof figures>;
/** By gate and subject. */
export type FiguresByGate = v.InferOutput<typeof figuresByGate>;
export type BaselineEntry = v.InferOutput<typeof entry>;
/** What counts depend on. */
export type BaselineEnvironment = Omit<BaselineEntry, "releases">;

/**
 * All accepted figures; none if there is no file yet.
 * @throws HarnessError that begins with `file` if it is no baseline
 */
export async function readBaseline(file: string): Promise<readonly BaselineEntry[]> {
  const found = await stat(file).catch((thrown: unknown) => {
    if (isMissingFile(thrown)) return undefined;

    throw thrown;
  });
  if (found === undefined) return [];
  const errand = { clause: "and it holds the accepted figures", remedy: "Write it with bench --update" };

  return validate(schema, parseJson(await readText(file, errand), file), file);
}

export function findBaselineEntry(
  entries: readonly BaselineEntry[],
  environment: BaselineEnvironment,
): BaselineEntry | undefined {
  return entries.find((one) => isSame(one, environment));
}

/**
 * Accepts the figures; those of gates that were not run, other releases and other environments stay as they are.
 * @throws HarnessError if the file cannot be written; the old one is then intact
 */
export async function acceptFigures(file: string, accepted: BaselineEntry): Promise<void> {
  const entries = await readBaseline(file);
  const before = findBaselineEntry(entries, accepted);
  const releases = { ...before?.releases };
  for (const [name, snapshot] of Object.entries(accepted.releases)) releases[name] = { ...releases[name], ...snapshot };
  const others = entries.filter((one) => !isSame(one, accepted));
  const all = [...others, { ...accepted, releases }].toSorted(
    (one, other) => one.postgres - other.postgres || one.scale - other.scale || one.seed - other.seed,
  );
  await writeAtomically(file, `${JSON.stringify(all, undefined, 2)}\n`);
}

function isSame(one: BaselineEnvironment, other: BaselineEnvironment): boolean {
  return one.postgres === other.postgres && one.scale === other.scale && one.seed === other.seed;
}
