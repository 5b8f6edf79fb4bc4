/** Rule A7 where a consumption races with the allocation of a smaller plan. */
import { constantFrom, integer } from "fast-check";
import { checkEach, property } from "../../harness/property/property.ts";
import { interleavingScheduler, sampleInterleavings } from "../../harness/schedule/schedulers.ts";
import { findLeak, runSessions, scheduleViolation } from "./database/run-schedules.ts";
import { creditTypes } from "./model/arbitraries.ts";
import { byType, CREDIT_TYPES, planAllocation, sampleAccount } from "./model/model.ts";
import { findSerializationFault } from "./model/serializability.ts";
import { buildSessions, buildTransactions } from "./model/sessions.ts";
import type { CreditsContext } from "./world.ts";

const level = "READ COMMITTED";

/** All interleavings of two transactions of one call. */
const INTERLEAVINGS_MAX = 20;

export const belowUsedRace = property("A7-race", "an allocation that races with a consumption leaks no constraint", {
  // Each case runs all interleavings.
  caseKind: "migration",
  given: {
    type: creditTypes(),
    /** What the smaller plan would leave, and how many more credits the consumption takes. */
    rest: integer({ min: 1, max: 50 }),
    more: constantFrom(1, 0),
    end: constantFrom("commit" as const, "rollback" as const),
  },
  examples: CREDIT_TYPES.map((type) => ({ type, rest: 1, more: 1 as const, end: "commit" as const })),
  async holds({ type, rest, more, end }, context: CreditsContext) {
    const used = planAllocation("custom", 0)[type] - rest;
    const organizations = [
      {
        ...sampleAccount(0, { planName: "premium" }),
        numbers: { allocated: planAllocation("premium", 0), used: byType((one) => (one === type ? used : 0)) },
      },
    ];
    const units = buildTransactions(
      [
        [{ level, end, calls: [{ kind: "consume", organization: 0, type, credits: rest + more }] }],
        [{ level, end: "commit", calls: [{ kind: "allocate", organization: 0, plan: "custom" }] }],
      ],
      organizations,
    );
    const parts = buildSessions(units);
    const lengths = parts.map(({ steps }) => steps.length);
    const orders = sampleInterleavings(lengths, INTERLEAVINGS_MAX, 1);

    return await checkEach(orders, async (order) => {
      const run = await runSessions(context, organizations, parts, interleavingScheduler(parts, order));
      // An order in which a step would have to wait for a later one cannot happen.
      if (run.transcript.invalid !== undefined) return undefined;
      const deviation =
        findLeak(run) ?? findSerializationFault(units, organizations, run.transcript, run.final, run.log);

      return deviation && scheduleViolation(context, run, deviation);
    });
  },
});
