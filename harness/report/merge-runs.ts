/**
 * Reads what `verify --json` wrote, and merges the shards of a run. A file in another form, shards of different runs and
 * a missing one are errors: the merged result would pass for a run that did not take place.
 */

import * as v from "valibot";
import { HarnessError } from "../errors.ts";
import { compareIds } from "../property/rule-order.ts";
import type { KindResult, PropertyResult, ReleaseResult, RunResult, Violation } from "../property/verdict.ts";
import { parseJson } from "../release/read-json.ts";
import { readText } from "../release/read-text.ts";
import { validate } from "../release/validate.ts";
import { mergeCoverage, ODD_VALUES } from "../rows/coverage.ts";
import { parseShard } from "../suite/shard.ts";
import type { Scripts } from "./reproduce-line.ts";

interface RunPart {
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
  const { shard: _, folders: __, ...whole } = first.run;
  const folders = new Map(parts.flatMap(({ run }) => run.folders ?? []).map((one) => [one.folder, one]));

  return {
    ...whole,
    ...(folders.size === 0 ? {} : { folders: [...folders.values()] }),
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
  const coverage = mergeCoverage(found.flatMap((release) => release.coverage ?? []));
  const notes = found.flatMap((release) => release.notes ?? []);
  const need = found.find((release) => release.need !== undefined)?.need;

  return {
    name,
    folder: found[0]?.folder ?? name,
    ...(found[0]?.migration !== undefined && { migration: found[0].migration }),
    properties: found.flatMap(({ properties }) => properties).toSorted((one, other) => compareIds(one.id, other.id)),
    questions: found.flatMap(({ questions }) => questions),
    ...(need === undefined ? {} : { need }),
    ...(notes.length === 0 ? {} : { notes }),
    ...(coverage.length === 0 ? {} : { coverage }),
  };
}

const text = v.string("a text");
const number = v.number("a number");
const flag = v.optional(v.boolean("true or false"));
const violation = v.object(
  {
    kind: v.optional(text),
    subject: v.optional(text),
    answer: v.optional(v.picklist(["error", "declare"], "error or declare")),
    declare: v.optional(text),
    rows: v.optional(text),
    expected: text,
    got: text,
    hint: v.optional(text),
  },
  "what was expected and got",
);
const kind = v.object(
  {
    kind: text,
    expected: v.boolean("true or false"),
    because: v.optional(text),
    runs: number,
    shrinks: number,
    path: v.optional(text),
    script: v.optional(text),
    counterexample: v.optional(v.unknown()),
    violation,
  },
  "a kind of failure",
);
const staleKind = v.object(
  { kind: text, because: text, nearest: v.array(text, "a list of kinds"), isMistyped: flag },
  "a kind that did not occur",
);
const property = v.object(
  {
    id: text,
    title: text,
    rule: text,
    verdict: v.picklist(["held", "violated", "unknown"], "held, violated or unknown"),
    expected: v.boolean("true or false"),
    runs: number,
    durationMs: number,
    blocked: v.optional(v.boolean("true or false")),
    reason: v.optional(text),
    because: v.optional(text),
    shrinks: v.optional(number),
    path: v.optional(text),
    script: v.optional(text),
    counterexample: v.optional(v.unknown()),
    violation: v.optional(violation),
    kinds: v.optional(v.array(kind, "a list of kinds")),
    isCut: flag,
    counted: v.optional(text),
    staleKinds: v.optional(v.array(staleKind, "a list of kinds that did not occur")),
    isAmbiguous: flag,
  },
  "a property's result",
);
const question = v.object(
  {
    id: text,
    title: text,
    answer: text,
    figures: v.record(text, number, "figures by name"),
    lines: v.optional(v.array(text, "a list of lines")),
  },
  "an open question's answer",
);
const note = v.object({ rule: text, subject: text, text }, "a note");
const folderNotes = v.object(
  { folder: text, layout: text, notes: v.array(text, "a list of notes") },
  "what is to know of a folder",
);
const oddValues = v.array(v.picklist(ODD_VALUES, "the name of an odd value"), "a list of odd values");
const coverage = v.object(
  {
    table: text,
    accepted: number,
    rejected: number,
    reason: v.optional(text),
    advice: v.optional(text),
    columns: v.array(
      v.object({ column: text, values: number, tried: oddValues, missed: oddValues }, "a column's coverage"),
      "a list of columns",
    ),
  },
  "a table's coverage",
);
const schema = v.object(
  {
    plumbline: text,
    seed: number,
    server: v.object({ kind: text, version: text }, "the kind and the version of a server"),
    durationMs: number,
    shard: v.optional(text),
    only: v.optional(v.array(text, "a list of properties and rules")),
    runs: v.optional(number),
    folders: v.optional(v.array(folderNotes, "a list of folders")),
    releases: v.array(
      v.object(
        {
          name: text,
          folder: v.optional(text),
          migration: v.optional(text),
          need: v.optional(v.object({ message: text, remedy: text }, "what a migration needs")),
          properties: v.array(property, "a list of results"),
          questions: v.optional(v.array(question, "a list of answers"), []),
          notes: v.optional(v.array(note, "a list of notes")),
          coverage: v.optional(v.array(coverage, "a list of tables")),
        },
        "a release's results",
      ),
      "a list of releases",
    ),
  },
  "what pg-plumbline verify --json wrote",
);

/** A run, and the path of each script as it is in the file. */
interface SavedRun {
  readonly run: RunResult;
  readonly scripts: Scripts;
}

/** @throws HarnessError where the file cannot be read, or is not what `verify --json` writes */
export async function readRun(file: string): Promise<SavedRun> {
  const remedy = "Name a file that pg-plumbline verify --json wrote";
  const json = parseJson(await readText(file, { clause: "where results should be", remedy }), file);
  // Every version writes this key.
  if (typeof json !== "object" || json === null || !("plumbline" in json)) {
    throw new HarnessError(`${file} was not written by verify --json`, remedy);
  }
  const saved = dropUndefined(validate(schema, json, file));
  const scripts = new Map<PropertyResult | KindResult, string>();
  const releases = saved.releases.map(({ folder, coverage: tables, ...release }) => ({
    ...dropUndefined(release),
    ...(tables === undefined ? {} : { coverage: tables.map(dropUndefined) }),
    folder: folder ?? release.name,
    questions: release.questions.map(dropUndefined),
    properties: release.properties.map(({ script, violation, kinds, staleKinds, ...rest }) => {
      const result = dropUndefined({
        ...rest,
        seed: saved.seed,
        violation: violation && withoutStatements(violation),
        kinds: kinds?.map(({ script: ofKind, ...one }) => {
          const found = { ...dropUndefined(one), violation: withoutStatements(one.violation) };
          if (ofKind !== undefined) scripts.set(found, ofKind);

          return found;
        }),
        staleKinds: staleKinds?.map(dropUndefined),
      });
      if (script !== undefined) scripts.set(result, script);

      return result;
    }),
  }));

  return { run: { ...saved, releases }, scripts };
}

/** The statements of a violation are in its script, and not in the file. */
function withoutStatements(saved: v.InferOutput<typeof violation>): Violation {
  return { ...dropUndefined(saved), script: [] };
}

/** An optional key that is left out is absent, and not undefined. */
function dropUndefined<Value extends object>(value: Value): Defined<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Defined<Value>;
}

type Defined<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> };
