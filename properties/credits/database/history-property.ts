/** Defines properties of the functions: any calls on any organizations, checked call by call against the model. */
import type { Arbitrary } from "fast-check";
import { type Property, property } from "../../../harness/property/property.ts";
import { type Intent, organizations, predictCalls, resolveCalls } from "../model/arbitraries.ts";
import { type CallCheck, findMismatches, type Mismatch } from "../model/call-checks.ts";
import type { Organization } from "../model/model.ts";
import type { CreditsContext } from "../world.ts";
import type { CallTrace } from "./play.ts";

export interface HistoryClaim {
  readonly calls: Arbitrary<Intent[]>;
  /** Default: up to three migrated ones. */
  readonly organizations?: Arbitrary<Organization[]>;
  readonly checkCall?: CallCheck;
  /** Checks the whole trace, where every call passed. */
  readonly checkTrace?: (trace: CallTrace) => Mismatch | undefined;
}

export function history(id: string, title: string, claim: HistoryClaim): Property<CreditsContext> {
  const { checkCall, checkTrace } = claim;

  return property(id, title, {
    given: { organizations: claim.organizations ?? organizations(), calls: claim.calls },
    // A history that goes as the model predicts keeps every rule; only the others are played one by one.
    batchCheck: async (cases, context: CreditsContext) =>
      await context.playBatch(
        cases.map(({ organizations, calls }) => ({
          organizations,
          calls: predictCalls(organizations, calls, context.schema.numbers.capacity),
        })),
      ),
    async holds({ organizations, calls }, context: CreditsContext) {
      const trace = await context.play(
        organizations,
        resolveCalls(organizations, calls, context.schema.numbers.capacity),
      );
      const mismatches = checkCall === undefined ? [] : findMismatches(trace, checkCall);
      const ofTrace = mismatches.length === 0 ? checkTrace?.(trace) : undefined;

      return [...mismatches, ...(ofTrace === undefined ? [] : [ofTrace])].map((one) => context.violation(trace, one));
    },
  });
}
