/**
 * Reads what `verify --json` wrote. A file in another form, or one that was cut off, is an error with its position;
 * unknown keys, which a newer version may write, are ignored.
 */
import * as v from "valibot";
import { HarnessError } from "../errors.ts";
import type { PropertyResult, RunResult } from "../property/verdict.ts";
import { readJson } from "../release/read-json.ts";
import { readText } from "../release/read-text.ts";
import { validate } from "../release/validate.ts";

const text = v.string("a text");
const number = v.number("a number");
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
    violation: v.optional(
      v.object({ expected: text, got: text, hint: v.optional(text) }, "what was expected and got"),
    ),
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
const schema = v.object(
  {
    plumbline: text,
    seed: number,
    server: v.object({ kind: text, version: text }, "the kind and the version of a server"),
    durationMs: number,
    shard: v.optional(text),
    only: v.optional(v.array(text, "a list of properties and rules")),
    runs: v.optional(number),
    releases: v.array(
      v.object(
        {
          name: text,
          folder: v.optional(text),
          properties: v.array(property, "a list of results"),
          questions: v.optional(v.array(question, "a list of answers"), []),
        },
        "a release's results",
      ),
      "a list of releases",
    ),
  },
  "what pg-plumbline verify --json wrote",
);

/** A run, and the path of each script as it is in the file. */
export interface SavedRun {
  readonly run: RunResult;
  readonly scripts: ReadonlyMap<PropertyResult, string>;
}

/** @throws HarnessError where the file cannot be read, or is not what `verify --json` writes */
export async function readRun(file: string): Promise<SavedRun> {
  const errand = {
    clause: "where results should be",
    remedy: "Name a file that pg-plumbline verify --json wrote",
  };
  const json = readJson(await readText(file, errand), file);
  if (!isRun(json)) throw new HarnessError(`${file} was not written by verify --json`, errand.remedy);
  const found = validate(schema, json, file);
  const scripts = new Map<PropertyResult, string>();
  const releases = found.releases.map(({ name, folder = name, properties, questions }) => ({
    name,
    folder,
    questions: questions.map(({ lines, ...rest }) => ({ ...rest, ...(lines && { lines }) })),
    properties: properties.map((one) => {
      const result = toResult(one, found.seed);
      if (one.script !== undefined) {
        scripts.set(result, one.script);
      }

      return result;
    }),
  }));
  const { plumbline, seed, server, durationMs, shard, only, runs } = found;
  const selection = { ...(shard && { shard }), ...(only && { only }), ...(runs && { runs }) };

  return { run: { plumbline, seed, server, durationMs, releases, ...selection }, scripts };
}

/** Every version writes this key. */
function isRun(json: unknown): boolean {
  return typeof json === "object" && json !== null && "plumbline" in json;
}

/** The statements of a violation are in its script, and not in the file. */
function toResult(one: v.InferOutput<typeof property>, seed: number): PropertyResult {
  const { script: _, violation, ...rest } = one;
  const known = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));

  return {
    ...known,
    seed,
    ...(violation && { violation: { ...violation, script: [] } }),
  } as unknown as PropertyResult;
}
