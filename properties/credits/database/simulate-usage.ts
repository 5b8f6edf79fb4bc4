/**
 * Real use of a migrated database: calls that succeed or are refused, committed one by one as an application does.
 */
import { type Arbitrary, array, integer, oneof } from "fast-check";
import type { Stage } from "../../../harness/release/recorded-database.ts";
import {
  allocationCalls,
  consumptionCalls,
  customPlans,
  fixedPlans,
  type Intent,
  resolveCalls,
} from "../model/arbitraries.ts";
import { type CreditAccount, NO_CREDITS, planAllocation } from "../model/model.ts";
import { callSql } from "./sql.ts";

/** Up to six calls, most of which succeed. */
export const usageCalls = (): Arbitrary<Intent[]> =>
  array(
    oneof(
      consumptionCalls(integer({ min: 1, max: 40 })),
      consumptionCalls(),
      allocationCalls(oneof(fixedPlans(), customPlans())),
    ),
    {
      maxLength: 6,
    },
  );

/** Makes the calls on accounts that were migrated. */
export async function simulateUsage(
  stage: Stage,
  accounts: readonly CreditAccount[],
  intents: readonly Intent[],
): Promise<void> {
  const organizations = accounts.map((account) => ({
    ...account,
    numbers: { allocated: planAllocation(account.planName, account.totalCredits), used: NO_CREDITS },
  }));

  for (const call of resolveCalls(organizations, intents)) {
    await stage.attempt("in use", callSql(call));
  }
}
