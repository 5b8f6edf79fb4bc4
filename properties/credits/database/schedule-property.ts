/**
 * A schedule written by hand as a property: cast, play, ending. Without an order every interleaving is played, and the
 * ending must hold in each that can happen.
 */
import type { Arbitrary } from "fast-check";
import { type Cost, type Property, property } from "../../../harness/property/property.ts";
import { sampleInterleavings } from "../../../harness/schedule/interleavings.ts";
import {
  findDeviation,
  parseOrder,
  parseSessions,
  type SessionDefinitions,
  toActions,
} from "../../../harness/schedule/order.ts";
import type { Transcript } from "../../../harness/schedule/schedule.ts";
import { interleavingScheduler, sequentialScheduler } from "../../../harness/schedule/schedulers.ts";
import type { Mismatch } from "../model/call-checks.ts";
import type { Organization } from "../model/model.ts";
import type { CreditsContext } from "../world.ts";
import { runSessions, scheduleViolation } from "./run-schedules.ts";

export interface ScheduleClaim<Values> {
  readonly given: { readonly [Name in keyof Values]: Arbitrary<Values[Name]> };
  readonly cost?: Cost;
  readonly organizations: (given: Values) => readonly Organization[];
  readonly sessions: (given: Values) => SessionDefinitions;
  /** `session.step`, with `waits` and `resumes` where it matters. */
  readonly order?: readonly string[];
  /** What must have come of it. */
  readonly ending: (transcript: Transcript, given: Values) => Omit<Mismatch, "call"> | undefined;
}

/** Interleavings that are played at most, where there is no order. */
const INTERLEAVINGS_MAX = 40;

/** States what must come of a schedule. */
export function schedule<Values>(
  id: string,
  title: string,
  claim: ScheduleClaim<Values>,
): Property<CreditsContext> {
  return property<Values, CreditsContext>(id, title, {
    given: claim.given,
    cost: claim.cost ?? "schedule",
    async holds(given, world) {
      const organizations = claim.organizations(given);
      const parts = parseSessions(claim.sessions(given));
      const written = claim.order === undefined ? undefined : parseOrder(parts, claim.order);
      const lengths = parts.map(({ steps }) => steps.length);
      const directors =
        written === undefined
          ? sampleInterleavings(lengths, INTERLEAVINGS_MAX, 1).map((order) =>
              interleavingScheduler(parts, order),
            )
          : [sequentialScheduler(toActions(written))];

      for (const director of directors) {
        const played = await runSessions(world, organizations, parts, director);
        const deviation = written === undefined ? undefined : findDeviation(written, played.transcript);
        const fault =
          (played.transcript.invalid === undefined ? claim.ending(played.transcript, given) : undefined) ??
          (deviation === undefined
            ? undefined
            : { expected: `the order ${claim.order?.join(", ")}`, got: deviation });
        if (fault !== undefined) {
          return scheduleViolation(world, played, fault);
        }
      }

      return undefined;
    },
  });
}
