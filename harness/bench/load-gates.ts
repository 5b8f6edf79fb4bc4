/**
 * Loads gates: everything that the `*.gate.ts` files of a folder export. A new gate is a new file, and its budget.
 */
import assert from "node:assert";
import { loadModules } from "../files/load-module.ts";
import { requireKnown } from "../text/suggest.ts";
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
