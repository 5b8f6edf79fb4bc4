/** Checks the ids of known failures. `bench` checks those of gates, the rules P1, P2, …; `verify` checks all others. */
import { HarnessError } from "../errors.ts";
import { createUnknownPropertyError } from "../release/known-failures.ts";
import type { Release } from "../release/release.ts";

/** @throws HarnessError if a known failure names a property or gate that does not exist or was renamed */
export function checkKnownFailures(
  { knownFailuresFile: ledger, knownFailures: findings }: Release,
  kind: "property" | "gate",
  ids: readonly string[],
  renamed: Readonly<Record<string, string>> = {},
): void {
  if (ledger === undefined) return;
  const own = findings.filter(({ property }) => /^P\d/.test(property) === (kind === "gate"));
  for (const { property } of own) {
    const newId = renamed[property];
    if (newId !== undefined) {
      throw new HarnessError(`${ledger}: the property ${property} was renamed`, `Write "${newId}"`);
    }
  }
  const error = createUnknownPropertyError(ledger, own, ids);
  if (error !== undefined) throw error;
}
