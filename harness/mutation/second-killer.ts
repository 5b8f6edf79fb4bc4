/**
 * Whether the property that noticed a mutant is the only one that does: the others are asked until one of them notices.
 * What one property alone notices is what would be lost with it.
 */

import type { Expectation } from "./kill-history.ts";
import type { Mutant } from "./mutant.ts";
import type { Killed, Second } from "./mutant-status.ts";
import { type Court, fateOf } from "./test-mutant.ts";

/**
 * Who noticed the mutant besides the first. A statement that ran into the limit was noticed; whoever brings the harness
 * to grief says nothing, and the rest are asked without it.
 * @throws HarnessError where the server is gone
 */
export async function secondOf(
  mutant: Mutant,
  first: Killed,
  court: Court,
  expectation: Expectation,
): Promise<Second> {
  const silent = new Set([first.by]);
  while (silent.size < court.witnesses.length) {
    const witnesses = court.witnesses.filter(({ property }) => !silent.has(property.id));
    const fate = await fateOf(mutant, { ...court, witnesses }, expectation);
    if (fate.status !== "trouble") {
      return fate.status === "killed" || fate.status === "limit" ? { by: fate.by } : {};
    }
    silent.add(fate.by);
  }

  return {};
}
