/**
 * Models the contract of the three functions (pure): what each call must return or be refused for, and what it changes.
 * It knows nothing of SQL. Rule numbers are those of the contract.
 */

export const CREDIT_TYPES = ["ai", "whatsapp", "email", "sms"] as const;
export type CreditType = (typeof CREDIT_TYPES)[number];

/** Largest value of PostgreSQL's integer. */
export const INTEGER_MAX = 2_147_483_647;
export const INTEGER_MIN = -2_147_483_648;

/** The largest pool of a custom plan whose shares fit INTEGER columns. */
export const GREATEST_POOL = 5_368_709_118;

/** Credits by type. */
export type Amounts = Readonly<Record<CreditType, number>>;

export interface Numbers {
  readonly allocated: Amounts;
  readonly used: Amounts;
}

/** An organization before the migration. */
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
      /** Undefined: the call leaves the argument out. */
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

/** A call, what it must do, and its organization afterwards: undefined where no organization has that id. */
export interface PredictedCall {
  readonly call: CreditCall;
  readonly expected: ExpectedOutcome;
  readonly becomes: Organization | undefined;
}

/** The rule that refuses a call, and what the message must be, begin with, or not contain. */
export interface ExpectedError {
  readonly rule: "A4" | "A7" | "A8" | "C2" | "C3" | "C4" | "C5";
  readonly message?: string;
  readonly messageStart?: string;
  readonly messageNever?: string;
}

/** An organization that no table has. */
export const UNKNOWN_ID = "ffffffff-ffff-4fff-8fff-ffffffffffff";

/** The id of the n-th organization of a case, from 0. */
export function nthId(index: number): string {
  return `00000000-0000-4000-8000-${(index + 1).toString().padStart(12, "0")}`;
}

/** The n-th organization, with a custom plan and an empty pool unless given otherwise. */
export function sampleAccount(index = 0, values: Partial<CreditAccount> = {}): CreditAccount {
  return { id: nthId(index), name: "Any", planName: "custom", totalCredits: 0, status: "active", ...values };
}

/** An organization with the allocation of its plan, none of it used. */
export function withAllocation(account: CreditAccount): Organization {
  const { planName, totalCredits } = account;

  return { ...account, numbers: { allocated: planAllocation(planName, totalCredits), used: NO_CREDITS } };
}

/** What the document's allocated columns hold: each is an INTEGER. */
export const INTEGER_CAPACITY: Amounts = byType(() => INTEGER_MAX);

/** Rule A4: whether an allocation fits the allocated columns. Neither does NaN, which a NUMERIC pool can hold. */
export function fitsColumns(allocated: Amounts, capacity: Amounts): boolean {
  return CREDIT_TYPES.every((type) => allocated[type] <= capacity[type]);
}

export const NO_CREDITS: Amounts = { ai: 0, whatsapp: 0, email: 0, sms: 0 };

/** Rules A1 to A3: the allocation of an organization with this plan and pool. */
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

/** Rule A3: without regard to case and surrounding spaces. The fixed plans have ASCII letters alone. */
export function normalizePlan(plan: string | null): string | null {
  return plan === null ? null : trimSpaces(plan).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

export function trimSpaces(text: string): string {
  return text.replace(/^ +| +$/g, "");
}

/** Predicts the call; `organization` is the one that it names, and `capacity` what each allocated column holds. */
export function expectedOutcome(
  call: CreditCall,
  organization: Organization | undefined,
  capacity: Amounts = INTEGER_CAPACITY,
): ExpectedOutcome {
  switch (call.kind) {
    case "allocate":
      return allocation(call.plan, organization, capacity);
    case "available":
      return { returns: availableCredits(organization, call.type) };
    case "consume":
      return consumption(call.type, call.credits, organization);
  }
}

/** Rule G1. */
export function availableCredits(organization: Organization | undefined, type: string | null): number {
  if (organization === undefined || !isCreditType(type)) return 0;

  return organization.numbers.allocated[type] - organization.numbers.used[type];
}

export function isCreditType(type: string | null): type is CreditType {
  return CREDIT_TYPES.some((known) => known === type);
}

/** The organization after a call that does what it must. */
export function applyOutcome(organization: Organization, expected: ExpectedOutcome): Organization {
  return "refused" in expected || expected.numbers === undefined
    ? organization
    : { ...organization, numbers: expected.numbers };
}

function allocation(plan: string | null, organization: Organization | undefined, capacity: Amounts): ExpectedOutcome {
  if (organization === undefined) return { refused: { rule: "A8" } };

  const allocated = planAllocation(plan, organization.totalCredits);
  const { used } = organization.numbers;
  if (!fitsColumns(allocated, capacity)) return { refused: { rule: "A4" } };

  return CREDIT_TYPES.some((type) => allocated[type] < used[type])
    ? { refused: { rule: "A7" } }
    : { returns: null, numbers: { allocated, used }, action: { action: "allocation", credits: 0 } };
}

function consumption(type: string | null, credits: number | null, organization?: Organization): ExpectedOutcome {
  if (!isCreditType(type)) return { refused: { rule: "C4", messageStart: "Invalid credit type: " } };
  if (organization === undefined) return { refused: { rule: "C5", messageNever: "Insufficient" } };
  if (credits === null || credits <= 0) return { refused: { rule: "C3" } };

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

/**
 * So many tenths of the pool, rounded half away from zero, and at least the floor. Tens and the rest are multiplied apart:
 * tenths of the largest pools are more than a JavaScript number counts.
 */
function share(totalCredits: number | null, tenths: number, floor: number): number {
  const pool = totalCredits ?? 0;
  const tens = Math.floor(pool / 10);

  return Math.max(tens * tenths + Math.floor(((pool - tens * 10) * tenths + 5) / 10), floor);
}

/** A value for each credit type. */
export function byType<Value>(compute: (type: CreditType) => Value): Readonly<Record<CreditType, Value>> {
  return { ai: compute("ai"), whatsapp: compute("whatsapp"), email: compute("email"), sms: compute("sms") };
}
