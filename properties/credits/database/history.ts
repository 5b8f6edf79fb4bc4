/**
 * A property of the functions: any calls on any organizations, and a rule's view of what came of each call.
 */
import type { Arbitrary } from "fast-check";
import { type Property, property } from "../../../harness/property/property.ts";
import { callsOf, foreseenOf, type Intent, organizations } from "../model/arbitraries.ts";
import { type Fault, firstFault, type Judge } from "../model/judge.ts";
import type { Organization } from "../model/model.ts";
import type { CreditsContext } from "../world.ts";
import type { Trace } from "./play.ts";

export interface HistoryClaim {
  readonly calls: Arbitrary<Intent[]>;
  /** Default: up to three, in the middle of their use. */
  readonly organizations?: Arbitrary<Organization[]>;
  /** The rule's view of each call. */
  readonly judge?: Judge;
  /** The rule's view of the whole, after the last call. */
  readonly judgeAll?: (trace: Trace) => Fault | undefined;
}

/** States what must come of every history. */
export function history(id: string, title: string, claim: HistoryClaim): Property<CreditsContext> {
  return property(id, title, {
    given: { organizations: claim.organizations ?? organizations(), calls: claim.calls },
    // What the model foresees keeps every rule: only what goes otherwise is worth a look of its own.
    settles: async (cases, world: CreditsContext) =>
      await world.playSeries(
        cases.map(({ organizations, calls }) => ({ organizations, calls: foreseenOf(organizations, calls) })),
      ),
    async holds(given, world: CreditsContext) {
      const trace = await world.play(given.organizations, callsOf(given.organizations, given.calls));
      const fault =
        (claim.judge === undefined ? undefined : firstFault(trace, claim.judge)) ?? claim.judgeAll?.(trace);

      return fault === undefined ? undefined : world.violation(trace, fault);
    },
  });
}
