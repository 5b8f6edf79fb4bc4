/** Rules A1 to A8: `allocate_plan_credits`. */
import { isDeepStrictEqual } from "node:util";
import { array, constant, constantFrom, integer, oneof, record, tuple } from "fast-check";
import { history } from "./database/history-property.ts";
import type { CallTrace } from "./database/play.ts";
import { callSql, LOG_SQL } from "./database/sql.ts";
import {
  allocationCalls,
  consumptionCalls,
  creditTypes,
  customPlans,
  fixedPlanSpellings,
  fixedPlans,
  histories,
  organizations,
  plans,
  totals,
  unknownOrganizations,
  wideTotals,
} from "./model/arbitraries.ts";
import {
  allOf,
  type CallCheck,
  gotNumbers,
  logsAsExpected,
  type Mismatch,
  nothingElseChanges,
  numbersAsExpected,
  ofSuccessful,
  refusedWithoutConstraint,
  refuses,
  returnsAsExpected,
} from "./model/call-checks.ts";
import { formatNumbers } from "./model/call-text.ts";
import { byType, NO_CREDITS, planAllocation, sampleAccount } from "./model/model.ts";

const allocates: CallCheck = ofSuccessful("allocate", allOf(returnsAsExpected, numbersAsExpected));

/** Organizations that have used nothing, so that no allocation may be refused. */
const unused = (pools = totals()) =>
  array(record({ planName: plans(), totalCredits: pools }), { minLength: 1, maxLength: 3 }).map((list) =>
    list.map((account, index) => ({
      ...sampleAccount(index, account),
      numbers: { allocated: NO_CREDITS, used: NO_CREDITS },
    })),
  );

export const fixedAllocation = history("A1", "enterprise and premium get 1,500, 1,200, 20,000, 500 credits", {
  calls: histories(allocationCalls(fixedPlans())),
  checkCall: allocates,
});

export const customAllocation = history("A2", "every other plan gets its shares of the pool, or the floors", {
  organizations: oneof(unused(), organizations()),
  calls: histories(allocationCalls(customPlans())),
  checkCall: allocates,
});

export const spelling = history("A3", "plan names compare without regard to case and surrounding spaces", {
  // Nothing used: a wrong allocation is refused by a constraint where more is used, which is the same fault.
  organizations: unused(),
  calls: histories(allocationCalls(fixedPlanSpellings())),
  checkCall: allocates,
});

export const anyTotal = history("A4", "any total whose allocation fits is allocated, any other is refused", {
  organizations: unused(wideTotals()),
  calls: histories(allocationCalls()),
  checkCall: allOf(ofSuccessful("allocate", returnsAsExpected), refuses("A4")),
});

export const changesOne = history("A5", "only that organization's four allocations change", {
  calls: histories(allocationCalls()),
  checkCall: allOf(nothingElseChanges, keepsUsed),
  checkTrace: checkTables,
});

export const sameNumbersAgain = history("A5-again", "allocating again gives the same numbers", {
  calls: tuple(integer({ min: 0, max: 2 }), plans()).map(([organization, plan]) => [
    { kind: "allocate" as const, organization, plan },
    { kind: "allocate" as const, organization, plan },
  ]),
  checkTrace: checkSecondAllocation,
});

export const logsAllocation = history("A6", "each allocation writes one log row that names the plan", {
  calls: histories(
    allocationCalls(oneof(constant(null), plans())),
    allocationCalls(constantFrom("ÉLITE", " Größe ", "ΠΛΑΝ", "İSTANBUL", "ПРЕМИУМ плюс")),
  ),
  checkCall: ofSuccessful("allocate", logsAsExpected),
});

/** Organizations that have used so much that most smaller plans are refused. */
const wellUsed = () =>
  organizations().map((list) =>
    list.map((organization) => ({
      ...organization,
      numbers: {
        allocated: planAllocation("enterprise", 0),
        used: { ai: 501, whatsapp: organization.numbers.used.whatsapp % 1201, email: 900, sms: 99 },
      },
    })),
  );

const refusesByItself = allOf(refuses("A7"), refusedWithoutConstraint("A7"));

export const belowUsed = history("A7", "the function itself refuses an allocation below what is used", {
  organizations: oneof(wellUsed(), organizations()),
  calls: histories(allocationCalls(oneof(fixedPlans(), customPlans())), consumptionCalls()),
  checkCall: refusesByItself,
});

/** By how much each used number exceeds what a plan allocates: mostly one of them decides. */
const excesses = () =>
  oneof(
    record({ type: creditTypes(), by: constantFrom(-1, 0, 1), others: constantFrom(0, -1) }).map(
      ({ type, by, others }) => byType((one) => (one === type ? by : others)),
    ),
    record(byType(() => constantFrom(-1, 0, 1))),
  );

/** Organizations that have used about what one of two plans allocates. */
const nearlyUsed = () =>
  array(record({ planName: constantFrom("custom", "premium"), totalCredits: totals(), excess: excesses() }), {
    minLength: 1,
    maxLength: 3,
  }).map((list) =>
    list.map(({ excess, ...account }, index) => {
      const { planName, totalCredits } = account;
      const near = planAllocation(planName, totalCredits);
      const before = planAllocation(planName === "custom" ? "premium" : "custom", totalCredits);
      const used = byType((type) => near[type] + excess[type]);
      const allocated = byType((type) => Math.max(before[type], used[type]));

      return { ...sampleAccount(index, account), numbers: { allocated, used } };
    }),
  );

export const aroundUsed = history("A7-boundary", "exactly what is used can be allocated, and no credit less", {
  organizations: nearlyUsed(),
  calls: histories(allocationCalls(constantFrom("custom", "premium")), consumptionCalls()),
  checkCall: allOf(refusesByItself, ofSuccessful("allocate", returnsAsExpected)),
});

export const unknownAllocation = history("A8", "allocating to an unknown or NULL organization is refused", {
  calls: histories(
    record({
      kind: constant("allocate" as const),
      organization: unknownOrganizations(),
      plan: constantFrom("custom", "premium", null),
    }),
  ),
  checkCall: refuses("A8"),
});

function keepsUsed({ step, organization }: Parameters<CallCheck>[0]): ReturnType<CallCheck> {
  const now = step.after.find(({ id }) => id === organization?.id);

  return organization === undefined ||
    now === undefined ||
    isDeepStrictEqual(now.numbers.used, organization.numbers.used)
    ? undefined
    : {
        expected: `${callSql(step.call)} leaves the used numbers alone`,
        ...gotNumbers(organization.id, now.numbers),
        got: `it had ${formatNumbers(organization.numbers)} and now has ${formatNumbers(now.numbers)}`,
      };
}

/** No call inserts or deletes organizations, or changes the log rows of earlier calls. */
function checkTables(trace: CallTrace): Mismatch | undefined {
  const added = trace.steps.flatMap(({ actions }) => actions);
  const expected = `there are still ${trace.organizations.length} organizations, and the log as the calls wrote it`;
  const call = trace.calls.length - 1;

  if (trace.organizationCount !== trace.organizations.length) {
    const got = `there are ${trace.organizationCount} organizations`;
    const evidence = { shows: "values", values: [String(trace.organizationCount)] } as const;
    return { call, expected, got, show: "SELECT count(*) FROM organizations;", evidence };
  }

  return isDeepStrictEqual(trace.log, added)
    ? undefined
    : {
        call,
        expected,
        got: "log rows were changed or removed",
        show: LOG_SQL,
      };
}

function checkSecondAllocation({ steps }: CallTrace): Mismatch | undefined {
  const [first, second] = steps;
  const [one, two] = [first, second].map(
    (step) => step?.after.find(({ id }) => id === step.call.organization)?.numbers,
  );

  return first === undefined || one === undefined || isDeepStrictEqual(one, two)
    ? undefined
    : {
        call: 1,
        expected: `the organization still has ${formatNumbers(one)}`,
        ...gotNumbers(first.call.organization ?? "", two),
      };
}
