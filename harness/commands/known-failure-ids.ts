/**
 * What a ledger may name: a property or a gate. Each command judges only those that it runs itself; the ledger is one.
 */
import { join } from "node:path";
import { loadGates } from "../bench/load-gates.ts";
import { loadSuite } from "../suite/load-suite.ts";
import { installation } from "../files/installation.ts";

/** The ids of all properties and all gates. */
export async function ledgerIds(): Promise<readonly string[]> {
  const [{ properties }, gates] = await Promise.all([
    loadSuite(join(installation.folder, "properties/credits")),
    loadGates(join(installation.folder, "benchmarks")),
  ]);

  return [...properties, ...gates].map(({ id }) => id);
}
