/**
 * Loads gates: everything that the `*.gate.ts` files of a folder export. A new gate is a new file, and its budget in
 * `thresholds.json`, which is read strictly: a mistyped key would be a limit without effect, and a gate without a budget
 * could not fail.
 */
import assert from "node:assert";
import * as v from "valibot";
import { HarnessError } from "../errors.ts";
import { loadModules } from "../files/load-module.ts";
import { parseJson } from "../release/read-json.ts";
import { readText } from "../release/read-text.ts";
import { strictObject, validate } from "../release/validate.ts";
import { requireKnown, suggest } from "../text/suggest.ts";
import type { Gate } from "./gate.ts";

/** The gates of a folder, ordered by rule. */
export async function loadGates(folder: string): Promise<readonly Gate[]> {
  const modules = await loadModules(folder, "gate");
  const gates = modules.flatMap(({ exported }) => Object.values(exported)).filter(isGate);
  const ids = gates.map(({ id }) => id);
  const duplicate = ids.find((id, index) => ids.indexOf(id) !== index);
  assert(duplicate === undefined, `Two gates have the id ${duplicate}`);

  return gates.toSorted((one, other) => one.id.localeCompare(other.id, "en", { numeric: true }));
}

function isGate(value: unknown): value is Gate {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "gate";
}

/**
 * The gates with one of these ids or rules.
 * @throws HarnessError for a word that is neither
 */
export function selectGates(gates: readonly Gate[], only: readonly string[] | undefined): readonly Gate[] {
  if (only === undefined) return gates;
  const known = gates.flatMap(({ id, rule }) => [id, rule]);
  requireKnown("gate or rule", only, known, (word) =>
    /^[A-OQ-Z]\d/.test(word) ? "that rule is checked by pg-plumbline verify" : undefined,
  );

  return gates.filter(({ id, rule }) => only.includes(id) || only.includes(rule));
}

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
