/**
 * Defines properties of hand-written schedules: sessions, and the order of their steps. Without an order the check must
 * pass in every interleaving that can happen.
 */
import type { Arbitrary } from "fast-check";
import { type CaseKind, checkEach, type Property, property } from "../../../harness/property/property.ts";
import {
  findDeviation,
  parseOrder,
  parseSessions,
  type SessionDefinitions,
  toActions,
} from "../../../harness/schedule/order.ts";
import type { Transcript } from "../../../harness/schedule/schedule.ts";
import {
  interleavingScheduler,
  sampleInterleavings,
  sequentialScheduler,
} from "../../../harness/schedule/schedulers.ts";
import type { Deviation } from "../model/call-checks.ts";
import type { Organization } from "../model/model.ts";
import type { CreditsContext } from "../world.ts";
import { runSessions, scheduleViolation } from "./run-schedules.ts";

export interface ScheduleClaim<Values> {
  readonly given: { readonly [Name in keyof Values]: Arbitrary<Values[Name]> };
  readonly caseKind?: CaseKind;
  readonly organizations: (given: Values) => readonly Organization[];
  readonly sessions: (given: Values) => SessionDefinitions;
  /** `session.step`, with `waits` and `resumes` where it matters. */
  readonly order?: readonly string[];
  readonly check: (transcript: Transcript, given: Values) => Deviation | undefined;
}

/** The most interleavings that run, where there is no order. */
const INTERLEAVINGS_MAX = 40;

export function schedule<Values>(
  id: string,
  title: string,
  { given, caseKind = "schedule", organizations, sessions, order, check }: ScheduleClaim<Values>,
): Property<CreditsContext> {
  return property<Values, CreditsContext>(id, title, {
    given,
    caseKind,
    async holds(values, context) {
      const parts = parseSessions(sessions(values));
      const entries = order && parseOrder(parts, order);
      const lengths = parts.map(({ steps }) => steps.length);
      const schedulers =
        entries === undefined
          ? sampleInterleavings(lengths, INTERLEAVINGS_MAX, 1).map((one) => interleavingScheduler(parts, one))
          : [sequentialScheduler(toActions(entries))];

      return await checkEach(schedulers, async (scheduler) => {
        const run = await runSessions(context, organizations(values), parts, scheduler);
        const { transcript } = run;
        const got = entries && findDeviation(entries, transcript);
        const deviation =
          (transcript.invalid === undefined ? check(transcript, values) : undefined) ??
          (got === undefined ? undefined : { kind: "another order", expected: `the order ${order?.join(", ")}`, got });

        return deviation && scheduleViolation(context, run, deviation);
      });
    },
  });
}
