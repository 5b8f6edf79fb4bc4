/**
 * A property of the functions: any calls on any organizations, and a rule's view of what came of each call.
 */
import type { Arbitrary } from "fast-check";
import { type Property, property } from "../../../harness/property/property.ts";
import { type Intent, organizations, predictCalls, resolveCalls } from "../model/arbitraries.ts";
import { type CallCheck, findMismatch, type Mismatch } from "../model/call-checks.ts";
import type { Organization } from "../model/model.ts";
import type { CreditsContext } from "../world.ts";
import type { CallTrace } from "./play.ts";

export interface HistoryClaim {
  readonly calls: Arbitrary<Intent[]>;
  /** Default: up to three, in the middle of their use. */
  readonly organizations?: Arbitrary<Organization[]>;
  /** The rule's view of each call. */
  readonly judge?: CallCheck;
  /** The rule's view of the whole, after the last call. */
  readonly judgeAll?: (trace: CallTrace) => Mismatch | undefined;
}

/** States what must come of every history. */
export function history(id: string, title: string, claim: HistoryClaim): Property<CreditsContext> {
  return property(id, title, {
    given: { organizations: claim.organizations ?? organizations(), calls: claim.calls },
    // What the model foresees keeps every rule: only what goes otherwise is worth a look of its own.
    settles: async (cases, world: CreditsContext) =>
      await world.playBatch(
        cases.map(({ organizations, calls }) => ({
          organizations,
          calls: predictCalls(organizations, calls),
        })),
      ),
    async holds(given, world: CreditsContext) {
      const trace = await world.play(given.organizations, resolveCalls(given.organizations, given.calls));
      const fault =
        (claim.judge === undefined ? undefined : findMismatch(trace, claim.judge)) ?? claim.judgeAll?.(trace);

      return fault === undefined ? undefined : world.violation(trace, fault);
    },
  });
}
