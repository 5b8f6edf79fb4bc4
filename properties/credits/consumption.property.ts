/** Rules C1 to C8: `consume_specific_credits`. */
import { type Arbitrary, constant, constantFrom, integer, oneof, record } from "fast-check";
import { valueEvidence } from "./database/evidence.ts";
import { history } from "./database/history-property.ts";
import type { CallTrace } from "./database/play.ts";
import {
  allocationCalls,
  availabilityCalls,
  consumptionCalls,
  creditTypes,
  histories,
  invalidTypes,
  nearAvailable,
  nonPositiveCredits,
  type RequestedCredits,
  unknownOrganizations,
} from "./model/arbitraries.ts";
import {
  allOf,
  type Deviation,
  logsAsExpected,
  type Mismatch,
  nothingElseChanges,
  numbersAsExpected,
  ofSuccessful,
  refusedWithoutConstraint,
  refuses,
  returnsAsExpected,
} from "./model/call-checks.ts";
import { CREDIT_TYPES, type CreditType } from "./model/model.ts";

const anyNumber = () => oneof(nearAvailable(), nonPositiveCredits()) as Arbitrary<RequestedCredits>;

const ofInvalidType = () =>
  record({
    kind: constant("consume" as const),
    organization: constantFrom<(number | "unknown" | null)[]>(0, 1, 2, "unknown", null),
    type: invalidTypes(),
    credits: anyNumber(),
  }) as ReturnType<typeof consumptionCalls>;

const ofUnknownOrganizations = () =>
  record({
    kind: constant("consume" as const),
    organization: unknownOrganizations(),
    type: creditTypes(),
    credits: anyNumber(),
  }) as ReturnType<typeof consumptionCalls>;

export const consumes = history("C1", "a call for 1 to all available credits uses exactly that", {
  calls: histories(consumptionCalls(), consumptionCalls(integer({ min: 1, max: 40 }))),
  checkCall: ofSuccessful("consume", allOf(returnsAsExpected, numbersAsExpected, nothingElseChanges)),
});

export const overdraw = history("C2", "a call for more than is available is refused, changing nothing", {
  calls: histories(consumptionCalls(), allocationCalls()),
  checkCall: refuses("C2"),
});

export const notPositiveCalls = history("C3", "zero, negative or NULL credits are refused", {
  calls: histories(consumptionCalls(nonPositiveCredits())),
  checkCall: refuses("C3"),
});

export const wrongType = history("C4", "an unknown or NULL type is refused, whatever the credits", {
  calls: histories(ofInvalidType()),
  checkCall: refuses("C4"),
});

export const unknownConsumption = history("C5", "an unknown or NULL organization is refused as such", {
  calls: histories(ofUnknownOrganizations()),
  checkCall: refuses("C5"),
});

export const ownErrors = history("C6", "the function refuses by itself: no constraint error leaks", {
  calls: histories(consumptionCalls(nonPositiveCredits()), ofInvalidType(), ofUnknownOrganizations()),
  checkCall: refusedWithoutConstraint("C3", "C4", "C5"),
});

export const logsConsumption = history("C7", "each consumption writes one log row with its description", {
  calls: histories(consumptionCalls(), consumptionCalls(integer({ min: 1, max: 40 }))),
  checkCall: ofSuccessful("consume", logsAsExpected),
});

export const conserved = history("C8", "used is the sum of what was logged as consumed, after any calls", {
  calls: histories(
    consumptionCalls(),
    consumptionCalls(anyNumber()),
    consumptionCalls(constant(null)),
    allocationCalls(),
    availabilityCalls(),
    ofInvalidType(),
    ofUnknownOrganizations(),
  ),
  checkTrace: checkConservation,
});

/** Checked after each call, so that the script ends with the first call that breaks it. */
function checkConservation(trace: CallTrace): Mismatch | undefined {
  for (const call of trace.calls.keys()) {
    const deviation = checkConservationAfter(trace, call);
    if (deviation !== undefined) return { call, ...deviation };
  }

  return undefined;
}

/** What the organizations had used at the beginning is subtracted: it is not in the log. */
function checkConservationAfter({ organizations, steps }: CallTrace, call: number): Deviation | undefined {
  const log = steps.slice(0, call + 1).flatMap(({ actions }) => actions);

  for (const { id, numbers } of steps[call]?.after ?? []) {
    const start = organizations.find((organization) => organization.id === id)?.numbers.used;
    for (const type of CREDIT_TYPES) {
      const rows = log.filter(({ organization, action }) => organization === id && action === `${type}_consumption`);
      const logged = rows.reduce((sum, { credits }) => sum + (credits ?? 0), 0);
      const used = numbers.used[type];
      const grown = used === null ? null : used - (start?.[type] ?? 0);

      if (grown !== logged) {
        return {
          kind: grown === null ? "use is NULL" : "use differs from the log",
          expected: `${type}_used_credits of ${id} has grown by the ${logged} that are logged`,
          got: grown === null ? "it is NULL" : `it has grown by ${grown}`,
          show: growthSql(id, type, start?.[type] ?? 0),
          evidence: valueEvidence(grown),
        };
      }
    }
  }

  return undefined;
}

function growthSql(id: string, type: CreditType, start: number): string {
  return `SELECT ${type}_used_credits${start === 0 ? "" : ` - ${start}`} AS grown_by,
  (SELECT coalesce(sum(credits_consumed), 0) FROM credit_actions
   WHERE organization_id = organizations.id AND action_type = '${type}_consumption') AS logged
FROM organizations WHERE id = '${id}';`;
}
