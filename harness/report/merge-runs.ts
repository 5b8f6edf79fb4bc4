/**
 * The parts of a run put together (pure). Parts that are not of the same run would make a whole that nobody has seen, and
 * a part that is missing would be told as a success: both are refused.
 */
import { HarnessError } from "../errors.ts";
import { byRule } from "../property/rule-order.ts";
import type { ReleaseResult, RunResult } from "../property/verdict.ts";
import { readShard } from "../suite/shard.ts";

/** A part, and the file that it came from. */
export interface RunPart {
  readonly file: string;
  readonly run: RunResult;
}

const REMEDY = "Give all parts of one run: the same options, and each of --shard 1/N to N/N once";

/**
 * The run that the parts are of; its time is that of the longest part.
 * @throws HarnessError where they are not of one run, one is missing or there twice
 */
export function mergeRuns(parts: readonly RunPart[]): RunResult {
  const [first, ...others] = parts;
  if (first === undefined) {
    throw new HarnessError(
      "There is nothing to put together",
      "Name the files that verify --shard I/N --json wrote",
    );
  }
  for (const other of others) {
    demandSame(first, other);
  }
  demandWhole(parts);
  const names = [...new Set(parts.flatMap(({ run }) => run.releases.map(({ name }) => name)))];

  return {
    ...wholeOf(first.run),
    durationMs: Math.max(...parts.map(({ run }) => run.durationMs)),
    releases: names.map((name) => mergeRelease(name, parts)),
  };
}

function wholeOf({ shard: _, ...run }: RunResult): RunResult {
  return run;
}

function demandSame(one: RunPart, other: RunPart): void {
  const facts = ({ run }: RunPart): Readonly<Record<string, string>> => ({
    "the version of Plumbline": run.plumbline,
    "the seed": String(run.seed),
    "the server": `${run.server.kind} PostgreSQL ${run.server.version}`,
    "what was asked for": run.only?.toSorted().join(",") ?? "everything",
    "the number of cases": String(run.runs ?? "the usual one"),
    "the releases": run.releases.map(({ name }) => name).join(", "),
  });
  const [mine, theirs] = [facts(one), facts(other)];
  const different = Object.keys(mine).find((name) => mine[name] !== theirs[name]);

  if (different !== undefined) {
    throw new HarnessError(
      `${one.file} and ${other.file} are not of one run: ${different} is ${mine[different]}, and ${theirs[different]}`,
      REMEDY,
    );
  }
}

function demandWhole(parts: readonly RunPart[]): void {
  const shards = parts.map(({ file, run }) => {
    const shard = readShard(run.shard ?? "1/1");
    if (shard === undefined) {
      throw new HarnessError(`${file}: ${JSON.stringify(run.shard)} is no part of a run`, REMEDY);
    }

    return { file, ...shard };
  });
  const count = shards[0]?.count ?? 1;
  const odd = shards.find((shard) => shard.count !== count);
  if (odd !== undefined) {
    throw new HarnessError(
      `${odd.file} is of a run in ${odd.count} parts, and the others in ${count}`,
      REMEDY,
    );
  }
  const places = shards.map(({ index }) => index);
  const missing = Array.from({ length: count }, (_, index) => index + 1).filter(
    (index) => !places.includes(index),
  );
  const twice = places.find((place, index) => places.indexOf(place) < index);
  if (missing.length > 0 || twice !== undefined) {
    const what =
      missing.length > 0
        ? `part ${missing.join(", ")} of ${count} is missing`
        : `part ${twice} of ${count} is there twice`;
    throw new HarnessError(`The run is not whole: ${what}`, REMEDY);
  }
}

function mergeRelease(name: string, parts: readonly RunPart[]): ReleaseResult {
  const mine = parts.flatMap(({ run }) => run.releases.filter((release) => release.name === name));

  return {
    name,
    folder: mine[0]?.folder ?? name,
    properties: mine
      .flatMap(({ properties }) => properties)
      .toSorted((one, other) => byRule(one.id, other.id)),
    questions: mine.flatMap(({ questions }) => questions),
  };
}
