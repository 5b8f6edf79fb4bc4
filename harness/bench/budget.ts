/**
 * Reads the budgets of the gates from `thresholds.json`, strictly: a mistyped key would be a limit without effect, and a
 * gate without a budget could not fail.
 */
import * as v from "valibot";
import { HarnessError } from "../errors.ts";
import { parseJson } from "../release/read-json.ts";
import { readText } from "../release/read-text.ts";
import { strictObject, validate } from "../release/validate.ts";
import { suggest } from "../text/suggest.ts";

const atLeastNothing = "a number of at least 0";
const limit = v.exactOptional(v.pipe(v.number(atLeastNothing), v.minValue(0, atLeastNothing)));

const budget = {
  buffersMax: limit,
  buffersReadMax: limit,
  dirtiedMax: limit,
  rowsRemovedMax: limit,
  qErrorMax: limit,
  statementsMax: limit,
  tempBlocksMax: limit,
  walRecordsMax: limit,
  walBytesMax: limit,
  passesMax: limit,
  indexWritesMax: limit,
  hotShareMin: limit,
  /** The scaling exponent of buffers, WAL records and WAL bytes. */
  growthMax: limit,
  /** The share of its time that a step may spend in pg_sleep. */
  sleepShareMax: limit,
  /** How long all steps may take at a million rows. */
  windowMinutes: limit,
  /** The time as a multiple of the reference statements. */
  ratioMax: limit,
};

const reason = "a sentence that says why";
const entry = strictObject(
  {
    budget: strictObject(budget, "an object with the limits of a gate"),
    because: v.pipe(v.string(reason), v.regex(/\S/, reason)),
  },
  "an object with a budget and a because",
);
const schema = v.record(v.string(), entry, "an object with an entry for each gate");

export type Threshold = v.InferOutput<typeof entry>;
export type Budget = Threshold["budget"];
export type Thresholds = Readonly<Record<string, Threshold>>;

/**
 * The budgets of the gates.
 * @throws HarnessError that begins with `file`: it cannot be read, has an unknown key, names a gate that does not
 *   exist, or lacks one
 */
export async function readThresholds(file: string, gateIds: readonly string[]): Promise<Thresholds> {
  const errand = { clause: "and it says what each gate may cost", remedy: "Write the file" };
  const thresholds = validate(schema, parseJson(await readText(file, errand), file), file);
  const unknownId = Object.keys(thresholds).find((id) => !gateIds.includes(id));
  const missing = gateIds.find((id) => thresholds[id] === undefined);

  if (unknownId !== undefined) {
    const meant = suggest(unknownId, gateIds);
    throw new HarnessError(
      `${file}: there is no gate ${JSON.stringify(unknownId)}`,
      meant === undefined ? "Remove the entry" : `Write "${meant}", or remove the entry`,
    );
  }
  if (missing !== undefined) {
    throw new HarnessError(
      `${file}: the gate ${missing} has no budget`,
      "Add an entry that says what it may cost, and why",
    );
  }

  return thresholds;
}
