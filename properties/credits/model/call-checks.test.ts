import { describe, expect, test } from "vitest";
import type { CallTrace, ObservedOrganization, PlayedCall } from "../database/play.ts";
import {
  allOf,
  type CallCheck,
  findMismatches,
  logsAsExpected,
  nothingElseChanges,
  numbersAsExpected,
  ofSuccessful,
  refusedWithoutConstraint,
  refuses,
  returnsAsExpected,
} from "./call-checks.ts";
import { type CreditCall, INTEGER_CAPACITY, NO_CREDITS, type Organization } from "./model.ts";

const one: Organization = {
  id: "one",
  name: "One",
  planName: "custom",
  totalCredits: 0,
  status: null,
  numbers: { allocated: { ai: 500, whatsapp: 300, email: 1000, sms: 100 }, used: NO_CREDITS },
};
const other: Organization = { ...one, id: "other", name: "Other" };

function seen({ id, name, planName, totalCredits, status, numbers }: Organization): ObservedOrganization {
  return {
    id,
    rest: { name, plan_name: planName, total_credits: totalCredits, status },
    volatile: {},
    numbers,
  };
}

function using(organization: Organization, ai: number | null): ObservedOrganization {
  const was = seen(organization);

  return { ...was, numbers: { ...was.numbers, used: { ...was.numbers.used, ai } } };
}

const call: CreditCall = { kind: "consume", organization: "one", type: "ai", credits: 10 };
const row = {
  id: 1,
  organization: "one",
  action: "ai_consumption",
  credits: 10,
  description: "Consumed 10 ai credits",
};
const before = [seen(one), seen(other)];

/** A consumption as it should be. */
const good: PlayedCall = {
  call,
  before,
  after: [using(one, 10), seen(other)],
  returned: true,
  actions: [row],
};

/** A consumption that must be refused, and is. */
const overdraw: PlayedCall = {
  call: { ...call, credits: 501 },
  before,
  after: before,
  returned: null,
  error: { code: "P0001", message: "Insufficient ai credits. Available: 500, Required: 501" },
  actions: [],
};
const asked: PlayedCall = {
  call: { kind: "available", organization: "one", type: "ai" },
  before,
  after: before,
  returned: 500,
  actions: [],
};
const allocated: PlayedCall = {
  call: { kind: "allocate", organization: "one", plan: "Custom " },
  before,
  after: before,
  returned: "",
  actions: [{ ...row, action: "allocation", credits: 0, description: "Plan: CUSTOM" }],
  namesPlan: true,
};

function traceOf(...steps: PlayedCall[]): CallTrace {
  return {
    organizations: [one, other],
    calls: steps.map((step) => step.call),
    steps,
    capacity: INTEGER_CAPACITY,
    organizationCount: 2,
    log: [],
  };
}

/** Whether the judge has something to say against the step. */
function faults(judge: CallCheck, step: PlayedCall): boolean {
  return findMismatches(traceOf(step), judge).length > 0;
}

const JUDGES = { returnsAsExpected, numbersAsExpected, nothingElseChanges, logsAsExpected };
const REFUSALS = {
  refuses: refuses("C2", "C3", "C4", "C5"),
  refusesByItself: refusedWithoutConstraint("C2", "C3"),
};

test.each(Object.entries({ ...JUDGES, ...REFUSALS }))("%s has nothing to say against what is right", (_, judge) => {
  expect([good, overdraw, asked, allocated].map((step) => faults(judge, step))).toEqual([false, false, false, false]);
});

describe("what is wrong with a success", () => {
  test.each<[keyof typeof JUDGES, string, PlayedCall]>([
    ["returnsAsExpected", "NULL instead of TRUE", { ...good, returned: null }],
    ["returnsAsExpected", "a refusal", { ...good, error: { code: "P0001", message: "No" } }],
    ["returnsAsExpected", "a number that is off by one", { ...asked, returned: 499 }],
    ["returnsAsExpected", "an allocation that is refused", { ...allocated, error: { code: "22003", message: "" } }],
    ["numbersAsExpected", "one credit too many", { ...good, after: [using(one, 11), seen(other)] }],
    ["numbersAsExpected", "a number that becomes NULL", { ...good, after: [using(one, null), seen(other)] }],
    ["numbersAsExpected", "nothing used", { ...good, after: before }],
    ["numbersAsExpected", "an organization that is gone", { ...good, after: [seen(other)] }],
    ["numbersAsExpected", "a question that uses credits", { ...asked, after: [using(one, 1), seen(other)] }],
    ["nothingElseChanges", "another's numbers", { ...good, after: [using(one, 10), using(other, 1)] }],
    ["nothingElseChanges", "another that is gone", { ...good, after: [using(one, 10)] }],
    [
      "nothingElseChanges",
      "another column of its own",
      { ...good, after: [{ ...using(one, 10), rest: { ...seen(one).rest, status: "new" } }, seen(other)] },
    ],
    ["logsAsExpected", "no row", { ...good, actions: [] }],
    ["logsAsExpected", "two rows", { ...good, actions: [row, { ...row, id: 2 }] }],
    ["logsAsExpected", "another organization", { ...good, actions: [{ ...row, organization: "other" }] }],
    ["logsAsExpected", "another action", { ...good, actions: [{ ...row, action: "consumption" }] }],
    ["logsAsExpected", "other credits", { ...good, actions: [{ ...row, credits: -10 }] }],
    ["logsAsExpected", "another description", { ...good, actions: [{ ...row, description: "10 used" }] }],
    ["logsAsExpected", "no description", { ...good, actions: [{ ...row, description: null }] }],
    [
      "logsAsExpected",
      "the default where a description was given",
      { ...good, call: { ...call, description: "mine" } },
    ],
    ["logsAsExpected", "a question that is logged", { ...asked, actions: [row] }],
    ["logsAsExpected", "a refusal that is logged", { ...overdraw, actions: [row] }],
    ["logsAsExpected", "an allocation that names no plan", { ...allocated, namesPlan: false }],
    [
      "logsAsExpected",
      "an allocation without a description",
      { ...allocated, actions: allocated.actions.map((action) => ({ ...action, description: null })) },
    ],
  ])("%s: %s", (name, _, step) => {
    expect(faults(JUDGES[name], step)).toBe(true);
  });
});

describe("what is wrong with a refusal", () => {
  const refused = (message: string, code = "P0001"): PlayedCall => ({
    ...overdraw,
    error: { code, message },
  });
  const right = "Insufficient ai credits. Available: 500, Required: 501";

  test("its message, to the letter, and its SQLSTATE", () => {
    const judge = refuses("C2");

    expect(faults(judge, refused(right))).toBe(false);
    expect(faults(judge, refused(right.replace("500", "499")))).toBe(true);
    expect(faults(judge, refused(`${right}.`))).toBe(true);
    expect(faults(judge, refused(right, "P0002"))).toBe(true);
    expect(faults(judge, { ...overdraw, error: { code: "23514", message: "violates check constraint" } })).toBe(true);
  });

  test("that there is none", () => {
    const { error: _, ...passed } = overdraw;

    expect(faults(refuses("C2"), { ...passed, returned: false })).toBe(true);
    expect(faults(refuses("C3"), { ...passed, returned: false })).toBe(false);
  });

  test("a reason that is not the rule's", () => {
    const wrongType = (message: string): PlayedCall => ({
      ...refused(message),
      call: { ...call, type: "gold" },
    });
    const stranger = (message: string): PlayedCall => ({
      ...refused(message),
      call: { ...call, organization: "unknown" },
    });

    expect(faults(refuses("C4"), wrongType("Invalid credit type: gold"))).toBe(false);
    expect(faults(refuses("C4"), wrongType(right))).toBe(true);
    expect(faults(refuses("C5"), stranger("Unknown organization"))).toBe(false);
    expect(faults(refuses("C5"), stranger("INSUFFICIENT ai credits"))).toBe(true);
  });

  test("a constraint that found what the function should have", () => {
    const zero = (code: string): PlayedCall => ({ ...refused("", code), call: { ...call, credits: 0 } });

    expect(faults(refusedWithoutConstraint("C3"), zero("P0001"))).toBe(false);
    expect(faults(refusedWithoutConstraint("C3"), zero("23502"))).toBe(true);
    expect(faults(refusedWithoutConstraint("C4"), zero("23502"))).toBe(false);
  });
});

describe("a trace", () => {
  test("the first fault counts, of the first judge that finds one, and says which call it was", () => {
    const wrong: PlayedCall = { ...good, returned: null, actions: [] };
    const judge = allOf(logsAsExpected, returnsAsExpected);

    expect(findMismatches(traceOf(good, asked, wrong, wrong), judge)).toEqual([
      expect.objectContaining({ call: 2, kind: "logs nothing", got: "it logs nothing" }),
    ]);
    expect(findMismatches(traceOf(good, asked), judge)).toEqual([]);
  });

  test("a later call that fails in another way is another mismatch", () => {
    const silent: PlayedCall = { ...good, actions: [] };
    const wrong: PlayedCall = { ...good, returned: null };

    expect(
      findMismatches(traceOf(silent, wrong, silent), allOf(logsAsExpected, returnsAsExpected)).map(({ call, kind }) => [
        call,
        kind,
      ]),
    ).toEqual([
      [0, "logs nothing"],
      [1, "wrong result"],
    ]);
  });

  test("each call is judged from the state that it met, not from the one it should have met", () => {
    const met = [using(one, 400), seen(other)];
    const step: PlayedCall = { ...good, before: met, after: [using(one, 410), seen(other)] };

    expect(findMismatches(traceOf(step), allOf(...Object.values(JUDGES)))).toEqual([]);
  });

  test("an organization with a NULL number is another rule's business", () => {
    const met = [using(one, null), seen(other)];

    expect(faults(numbersAsExpected, { ...good, before: met, after: met })).toBe(false);
  });

  test("successful calls are selected by kind; calls that must be refused are not", () => {
    const never: CallCheck = () => ({ expected: "nothing", got: "something" });

    expect(faults(ofSuccessful("consume", never), good)).toBe(true);
    expect(faults(ofSuccessful("allocate", never), good)).toBe(false);
    expect(faults(ofSuccessful("consume", never), overdraw)).toBe(false);
  });
});
