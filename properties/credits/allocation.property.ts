/** Rules A1 to A8: what `allocate_plan_credits` gives, refuses, and leaves alone. */
import { isDeepStrictEqual } from "node:util";
import { array, constant, constantFrom, integer, oneof, record, tuple } from "fast-check";
import { history } from "./database/history.ts";
import type { Trace } from "./database/play.ts";
import { callSql, numbersSql } from "./database/sql.ts";
import {
  allocations,
  consumptions,
  customPlans,
  fixedPlanSpellings,
  fixedPlans,
  histories,
  organizations,
  plans,
  strangers,
  totals,
} from "./model/arbitraries.ts";
import {
  all,
  type Fault,
  type Judge,
  logsAsExpected,
  nothingElseChanges,
  numbersAsExpected,
  numbersText,
  refuses,
  returnsAsExpected,
  succeeding,
} from "./model/judge.ts";
import { allocationOf, NOTHING } from "./model/model.ts";

const allocates: Judge = succeeding("allocate", all(returnsAsExpected, numbersAsExpected));

/** An organization for each total, with nothing used: no allocation may be refused. */
const unused = () =>
  array(record({ planName: plans(), totalCredits: totals() }), { minLength: 1, maxLength: 3 }).map((list) =>
    list.map((account, index) => ({
      id: `00000000-0000-4000-8000-00000000000${index + 1}`,
      name: "Any",
      status: "active",
      ...account,
      numbers: { allocated: NOTHING, used: NOTHING },
    })),
  );

export const fixedAllocation = history(
  "A1",
  "enterprise and premium get 1,500, 1,200, 20,000 and 500 credits",
  {
    calls: histories(allocations(fixedPlans())),
    judge: allocates,
  },
);

export const customAllocation = history("A2", "every other plan gets its shares of the pool, or the floors", {
  organizations: oneof(unused(), organizations()),
  calls: histories(allocations(customPlans())),
  judge: allocates,
});

export const spelling = history("A3", "plan names compare without regard to case and surrounding spaces", {
  calls: histories(allocations(fixedPlanSpellings())),
  judge: allocates,
});

export const anyTotal = history("A4", "whatever total_credits holds is allocated without an error", {
  organizations: unused(),
  calls: histories(allocations()),
  judge: succeeding("allocate", returnsAsExpected),
});

export const onlyOne = history("A5", "only that organization's four allocated numbers change", {
  calls: histories(allocations()),
  judge: all(nothingElseChanges, keepsUsed),
  judgeAll: tablesAreWhole,
});

export const again = history("A5-again", "allocating again gives the same numbers", {
  calls: tuple(integer({ min: 0, max: 2 }), plans()).map(([organization, plan]) => [
    { kind: "allocate" as const, organization, plan },
    { kind: "allocate" as const, organization, plan },
  ]),
  judgeAll: secondChangesNothing,
});

export const logged = history("A6", "each allocation writes one log row whose description names the plan", {
  calls: histories(allocations(oneof(constant(null), plans()))),
  judge: succeeding("allocate", logsAsExpected),
});

/** So much used that a smaller plan is refused, and sometimes not. */
const wellUsed = () =>
  organizations().map((list) =>
    list.map((organization) => ({
      ...organization,
      numbers: {
        allocated: allocationOf("enterprise", 0),
        used: { ai: 501, whatsapp: organization.numbers.used.whatsapp % 1201, email: 900, sms: 99 },
      },
    })),
  );

export const belowUsed = history("A7", "an allocation below what is already used is refused", {
  organizations: oneof(wellUsed(), organizations()),
  calls: histories(allocations(oneof(fixedPlans(), customPlans())), consumptions()),
  judge: refuses("A7"),
});

export const strangersAllocation = history("A8", "allocating to an unknown or NULL organization is refused", {
  calls: histories(
    record({
      kind: constant("allocate" as const),
      organization: strangers(),
      plan: constantFrom("custom", "premium", null),
    }),
  ),
  judge: refuses("A8"),
});

function keepsUsed({ step, organization }: Parameters<Judge>[0]): ReturnType<Judge> {
  const now = step.after.find(({ id }) => id === organization?.id);

  return organization === undefined ||
    now === undefined ||
    isDeepStrictEqual(now.numbers.used, organization.numbers.used)
    ? undefined
    : {
        expected: `${callSql(step.call)} leaves the used numbers alone`,
        got: `it had ${numbersText(organization.numbers)} and now has ${numbersText(now.numbers)}`,
        show: numbersSql(organization.id),
      };
}

/** No call makes or removes organizations, or touches the log rows of the calls before it. */
function tablesAreWhole(trace: Trace): Fault | undefined {
  const added = trace.steps.flatMap(({ actions }) => actions);
  const expected = `there are still ${trace.organizations.length} organizations, and the log as the calls wrote it`;
  const call = trace.calls.length - 1;

  if (trace.organizationCount !== trace.organizations.length) {
    const got = `there are ${trace.organizationCount} organizations`;
    return { call, expected, got, show: "SELECT count(*) FROM organizations;" };
  }

  return isDeepStrictEqual(trace.log, added)
    ? undefined
    : {
        call,
        expected,
        got: "log rows were changed or removed",
        show: "SELECT * FROM credit_actions ORDER BY id;",
      };
}

function secondChangesNothing({ steps }: Trace): Fault | undefined {
  const [first, second] = steps;
  const [one, two] = [first, second].map(
    (step) => step?.after.find(({ id }) => id === step.call.organization)?.numbers,
  );

  return first === undefined || one === undefined || isDeepStrictEqual(one, two)
    ? undefined
    : {
        call: 1,
        expected: `the organization still has ${numbersText(one)}`,
        got: two === undefined ? "the organization is gone" : `it has ${numbersText(two)}`,
        show: numbersSql(first.call.organization ?? ""),
      };
}
