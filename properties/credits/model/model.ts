/**
 * The contract of the three functions as a pure model: what each call must return or refuse, and what is then
 * different. It knows nothing of SQL. The numbers of the rules are those of the contract, listed in the README.
 */

export const CREDIT_TYPES = ["ai", "whatsapp", "email", "sms"] as const;
export type CreditType = (typeof CREDIT_TYPES)[number];

/** Largest value of PostgreSQL's integer. */
export const INTEGER_MAX = 2_147_483_647;
export const INTEGER_MIN = -2_147_483_648;

/** Whole numbers of credits, by type. */
export type Amounts = Readonly<Record<CreditType, number>>;

export interface Numbers {
  readonly allocated: Amounts;
  readonly used: Amounts;
}

/** An organization as it was before the migration. */
export interface CreditAccount {
  readonly id: string;
  readonly name: string;
  readonly planName: string | null;
  readonly totalCredits: number | null;
  readonly status: string | null;
}

export interface Organization extends CreditAccount {
  readonly numbers: Numbers;
}

export type CreditCall =
  | { readonly kind: "allocate"; readonly organization: string | null; readonly plan: string | null }
  | { readonly kind: "available"; readonly organization: string | null; readonly type: string | null }
  | {
      readonly kind: "consume";
      readonly organization: string | null;
      readonly type: string | null;
      readonly credits: number | null;
      /** Left out of the call where it is undefined. */
      readonly description?: string | null;
    };

/** A row that a call writes to credit_actions. */
export interface Action {
  readonly action: string;
  readonly credits: number;
}

export type ExpectedOutcome =
  | { readonly refused: ExpectedError }
  | { readonly returns: null | boolean | number; readonly numbers?: Numbers; readonly action?: Action };

/** A call, what it must do, and the organization that it names as it becomes: undefined where there is none. */
export interface PredictedCall {
  readonly call: CreditCall;
  readonly expected: ExpectedOutcome;
  readonly becomes: Organization | undefined;
}

/** Why a call must be refused: the rule, and what the message must or must not say. */
export interface ExpectedError {
  readonly rule: "A7" | "A8" | "C2" | "C3" | "C4" | "C5";
  readonly message?: string;
  readonly messageStart?: string;
  readonly messageNever?: string;
}

export const NO_CREDITS: Amounts = { ai: 0, whatsapp: 0, email: 0, sms: 0 };

/** Rules A1 to A3: what a plan gives an organization with this pool. */
export function planAllocation(plan: string | null, totalCredits: number | null): Amounts {
  if (["enterprise", "premium"].includes(normalizePlan(plan) ?? "")) {
    return { ai: 1500, whatsapp: 1200, email: 20_000, sms: 500 };
  }

  return {
    ai: share(totalCredits, 4, 500),
    whatsapp: share(totalCredits, 3, 300),
    email: share(totalCredits, 3, 1000),
    sms: share(totalCredits, 1, 100),
  };
}

/** Rule A3: without regard to case and surrounding spaces. */
export function normalizePlan(plan: string | null): string | null {
  return plan === null
    ? null
    : plan.replace(/^ +| +$/g, "").replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** What the call must do. `organization` is the one it names, undefined where there is none. */
export function expectedOutcome(call: CreditCall, organization: Organization | undefined): ExpectedOutcome {
  switch (call.kind) {
    case "allocate":
      return allocation(call.plan, organization);
    case "available":
      return { returns: availableCredits(organization, call.type) };
    case "consume":
      return consumption(call.type, call.credits, organization);
  }
}

/** Rule G1. */
export function availableCredits(organization: Organization | undefined, type: string | null): number {
  if (organization === undefined || !isCreditType(type)) {
    return 0;
  }

  return organization.numbers.allocated[type] - organization.numbers.used[type];
}

export function isCreditType(type: string | null): type is CreditType {
  return CREDIT_TYPES.some((known) => known === type);
}

/** The organization after the call, if the call does what it must. */
export function applyOutcome(organization: Organization, expected: ExpectedOutcome): Organization {
  return "refused" in expected || expected.numbers === undefined
    ? organization
    : { ...organization, numbers: expected.numbers };
}

function allocation(plan: string | null, organization: Organization | undefined): ExpectedOutcome {
  if (organization === undefined) {
    return { refused: { rule: "A8" } };
  }

  const allocated = planAllocation(plan, organization.totalCredits);
  const { used } = organization.numbers;

  return CREDIT_TYPES.some((type) => allocated[type] < used[type])
    ? { refused: { rule: "A7" } }
    : { returns: null, numbers: { allocated, used }, action: { action: "allocation", credits: 0 } };
}

function consumption(
  type: string | null,
  credits: number | null,
  organization?: Organization,
): ExpectedOutcome {
  if (!isCreditType(type)) {
    return { refused: { rule: "C4", messageStart: "Invalid credit type: " } };
  }
  if (organization === undefined) {
    return { refused: { rule: "C5", messageNever: "Insufficient" } };
  }
  if (credits === null || credits <= 0) {
    return { refused: { rule: "C3" } };
  }

  const left = availableCredits(organization, type);
  if (credits > left) {
    return {
      refused: {
        rule: "C2",
        message: `Insufficient ${type} credits. Available: ${left}, Required: ${credits}`,
      },
    };
  }

  const { allocated, used } = organization.numbers;

  return {
    returns: true,
    numbers: { allocated, used: { ...used, [type]: used[type] + credits } },
    action: { action: `${type}_consumption`, credits },
  };
}

/** Tenths of the pool, half away from zero, but never less than the floor. */
function share(totalCredits: number | null, tenths: number, floor: number): number {
  return Math.max(Math.floor(((totalCredits ?? 0) * tenths + 5) / 10), floor);
}
