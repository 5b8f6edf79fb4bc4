/**
 * Real use of a migrated database: calls that succeed or are refused, committed one by one as an application does.
 */
import { type Arbitrary, array, integer, oneof } from "fast-check";
import type { Stage } from "../../../harness/release/recorded-database.ts";
import {
  allocations,
  callsOf,
  consumptions,
  customPlans,
  fixedPlans,
  type Intent,
} from "../model/arbitraries.ts";
import { type Account, allocationOf, NOTHING } from "../model/model.ts";
import { callSql } from "./sql.ts";

/** Up to six calls, most of which succeed. */
export const uses = (): Arbitrary<Intent[]> =>
  array(
    oneof(
      consumptions(integer({ min: 1, max: 40 })),
      consumptions(),
      allocations(oneof(fixedPlans(), customPlans())),
    ),
    {
      maxLength: 6,
    },
  );

/** Makes the calls on accounts that were migrated. */
export async function use(
  stage: Stage,
  accounts: readonly Account[],
  intents: readonly Intent[],
): Promise<void> {
  const organizations = accounts.map((account) => ({
    ...account,
    numbers: { allocated: allocationOf(account.planName, account.totalCredits), used: NOTHING },
  }));

  for (const call of callsOf(organizations, intents)) {
    await stage.attempt("in use", callSql(call));
  }
}
