/**
 * Reads what `verify --json` wrote. A file in another form, or one that was cut off, is an error with its position;
 * unknown keys, which a newer version may write, are ignored.
 */
import * as v from "valibot";
import { HarnessError } from "../errors.ts";
import type { PropertyResult, RunResult } from "../property/verdict.ts";
import { parseJson } from "../release/read-json.ts";
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
    violation: v.optional(v.object({ expected: text, got: text, hint: v.optional(text) }, "what was expected and got")),
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
  const remedy = "Name a file that pg-plumbline verify --json wrote";
  const json = parseJson(await readText(file, { clause: "where results should be", remedy }), file);
  // Every version writes this key.
  if (typeof json !== "object" || json === null || !("plumbline" in json)) {
    throw new HarnessError(`${file} was not written by verify --json`, remedy);
  }
  const saved = dropUndefined(validate(schema, json, file));
  const scripts = new Map<PropertyResult, string>();
  const releases = saved.releases.map(({ folder, ...release }) => ({
    ...dropUndefined(release),
    folder: folder ?? release.name,
    questions: release.questions.map(dropUndefined),
    properties: release.properties.map(({ script, violation, ...rest }) => {
      // The statements of a violation are in its script, and not in the file.
      const result = dropUndefined({
        ...rest,
        seed: saved.seed,
        violation: violation && { ...dropUndefined(violation), script: [] },
      });
      if (script !== undefined) scripts.set(result, script);

      return result;
    }),
  }));

  return { run: { ...saved, releases }, scripts };
}

/** An optional key that is left out is absent, and not undefined. */
function dropUndefined<Value extends object>(value: Value): Defined<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Defined<Value>;
}

type Defined<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> };
