/** Simulates the usage of a migrated database: calls that are committed one by one, as an application does it. */
import { type Arbitrary, array, integer, oneof } from "fast-check";
import type { RecordedDatabase } from "../../../harness/property/recorded-database.ts";
import {
  allocationCalls,
  consumptionCalls,
  customPlans,
  fixedPlans,
  type Intent,
  resolveCalls,
} from "../model/arbitraries.ts";
import { type CreditAccount, withAllocation } from "../model/model.ts";
import { callSql } from "./sql.ts";

/** Up to six calls, most of which succeed. */
export const usageCalls = (): Arbitrary<Intent[]> =>
  array(
    oneof(
      consumptionCalls(integer({ min: 1, max: 40 })),
      consumptionCalls(),
      allocationCalls(oneof(fixedPlans(), customPlans())),
    ),
    { maxLength: 6 },
  );

/** Makes the calls on migrated accounts. */
export async function simulateUsage(
  db: RecordedDatabase,
  accounts: readonly CreditAccount[],
  intents: readonly Intent[],
): Promise<void> {
  for (const call of resolveCalls(accounts.map(withAllocation), intents)) {
    await db.attempt("in use", callSql(call));
  }
}
