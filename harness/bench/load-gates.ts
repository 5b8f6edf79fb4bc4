/**
 * Where gates come from: every `*.gate.ts` file of a folder, and all that it exports. A new gate is a new file and no
 * edit elsewhere, but for its budget.
 */
import assert from "node:assert";
import { loadModules } from "../files/load-module.ts";
import { demandKnown } from "../text/suggest.ts";
import type { Gate } from "./gate.ts";

/** The gates of a folder, in the order of their rules. */
export async function loadGates(folder: string): Promise<readonly Gate[]> {
  const modules = await loadModules(folder, "gate");
  const gates = modules.flatMap(({ exported }) => Object.values(exported)).filter(isGate);
  const ids = gates.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  assert(twice === undefined, `Two gates have the id ${twice}`);

  return gates.toSorted((one, other) => one.id.localeCompare(other.id, "en", { numeric: true }));
}

function isGate(value: unknown): value is Gate {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "gate";
}

/**
 * The gates with these ids, and those of these rules.
 * @throws HarnessError for a word that is neither
 */
export function selectGates(gates: readonly Gate[], only: readonly string[] | undefined): readonly Gate[] {
  if (only === undefined) return gates;
  const known = gates.flatMap(({ id, rule }) => [id, rule]);
  demandKnown("gate or rule", only, known, {
    words: /^[A-OQ-Z]\d/,
    place: "what it promises is decided, by pg-plumbline verify",
  });

  return gates.filter(({ id, rule }) => only.includes(id) || only.includes(rule));
}
