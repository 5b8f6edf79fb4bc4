/**
 * Merges the shards of a run. Shards of different runs, and a missing one, are errors: the merged result would pass for a
 * run that did not take place.
 */
import { HarnessError } from "../errors.ts";
import { compareIds } from "../property/rule-order.ts";
import type { ReleaseResult, RunResult } from "../property/verdict.ts";
import { parseShard } from "../suite/shard.ts";

/** The results of a shard, and their file. */
export interface RunPart {
  readonly file: string;
  readonly run: RunResult;
}

const REMEDY = "Give the results of all shards of one run: the same options, and each of --shard 1/N to N/N once";

/**
 * The whole run; its duration is that of the longest shard.
 * @throws HarnessError where the shards are not of one run, or one is missing or given twice
 */
export function mergeRuns(parts: readonly RunPart[]): RunResult {
  const [first, ...others] = parts;
  if (first === undefined) {
    throw new HarnessError("There is nothing to merge", "Name the files that verify --shard I/N --json wrote");
  }
  for (const other of others) requireSameRun(first, other);
  requireComplete(parts);
  const names = [...new Set(parts.flatMap(({ run }) => run.releases.map(({ name }) => name)))];
  const { shard: _, ...whole } = first.run;

  return {
    ...whole,
    durationMs: Math.max(...parts.map(({ run }) => run.durationMs)),
    releases: names.map((name) => mergeRelease(name, parts)),
  };
}

function requireSameRun(one: RunPart, other: RunPart): void {
  const describe = ({ run }: RunPart): Readonly<Record<string, string>> => ({
    "the version of Plumbline": run.plumbline,
    "the seed": String(run.seed),
    "the server": `${run.server.kind} PostgreSQL ${run.server.version}`,
    "the selection": run.only?.toSorted().join(",") ?? "everything",
    "the number of cases": String(run.runs ?? "the default"),
    "the list of releases": run.releases.map(({ name }) => name).join(", "),
  });
  const [mine, theirs] = [describe(one), describe(other)];
  const different = Object.keys(mine).find((name) => mine[name] !== theirs[name]);

  if (different !== undefined) {
    throw new HarnessError(
      `${one.file} and ${other.file} are not of one run: ${different} is ${mine[different]} in one and ${theirs[different]} in the other`,
      REMEDY,
    );
  }
}

function requireComplete(parts: readonly RunPart[]): void {
  const shards = parts.map(({ file, run }) => {
    const shard = parseShard(run.shard ?? "1/1");
    if (shard === undefined) {
      throw new HarnessError(`${file}: ${JSON.stringify(run.shard)} is not a shard`, REMEDY);
    }

    return { file, ...shard };
  });
  const count = shards[0]?.count ?? 1;
  const odd = shards.find((shard) => shard.count !== count);
  if (odd !== undefined) {
    throw new HarnessError(
      `${odd.file} is of a run with ${odd.count} shards, and the others of one with ${count}`,
      REMEDY,
    );
  }
  const indexes = shards.map(({ index }) => index);
  const missing = Array.from({ length: count }, (_, index) => index + 1).filter((index) => !indexes.includes(index));
  const repeated = indexes.find((index, position) => indexes.indexOf(index) < position);
  if (missing.length > 0 || repeated !== undefined) {
    const problem =
      missing.length > 0
        ? `shard ${missing.join(", ")} of ${count} is missing`
        : `shard ${repeated} of ${count} is given twice`;
    throw new HarnessError(`The run is not complete: ${problem}`, REMEDY);
  }
}

function mergeRelease(name: string, parts: readonly RunPart[]): ReleaseResult {
  const found = parts.flatMap(({ run }) => run.releases.filter((release) => release.name === name));

  return {
    name,
    folder: found[0]?.folder ?? name,
    properties: found.flatMap(({ properties }) => properties).toSorted((one, other) => compareIds(one.id, other.id)),
    questions: found.flatMap(({ questions }) => questions),
  };
}
