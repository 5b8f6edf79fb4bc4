/**
 * Generates organizations and calls, with a bias towards unusual values. PostgreSQL can store every value: there is no
 * U+0000 and no lone surrogate.
 */
import {
  type Arbitrary,
  array,
  constant,
  constantFrom,
  integer,
  nat,
  oneof,
  option,
  record,
  string,
  tuple,
} from "fast-check";
import {
  type Amounts,
  applyOutcome,
  availableCredits,
  byType,
  CREDIT_TYPES,
  type CreditAccount,
  type CreditCall,
  type CreditType,
  expectedOutcome,
  GREATEST_POOL,
  INTEGER_MAX,
  INTEGER_MIN,
  NO_CREDITS,
  type Numbers,
  nthId,
  type Organization,
  type PredictedCall,
  planAllocation,
  UNKNOWN_ID,
} from "./model.ts";

/** Objects without a prototype are slower, and add nothing for SQL. */
const PLAIN = { noNullPrototype: true } as const;

/** Shrinks a failing value of any kind towards the first kind. */
const FIRST_IS_SIMPLEST = { withCrossShrink: true } as const;

export const ODD_TEXTS = [
  "",
  " ",
  'O\'Hara & "Sons"',
  "line\nbreak",
  "💬 crédits",
  "100%",
  "%s %L $1",
  "\\d",
  "a;--",
  "$$",
];

/** Ordinary text, and text that breaks careless quoting or formatting. */
export const texts = (): Arbitrary<string> =>
  oneof(
    { weight: 3, arbitrary: constantFrom(...ODD_TEXTS) },
    { weight: 2, arbitrary: string({ unit: "grapheme", maxLength: 12 }) },
  );

/** Plan names: fixed plans in various spellings, custom ones, NULL. */
export const plans = (): Arbitrary<string | null> =>
  oneof(
    FIRST_IS_SIMPLEST,
    { weight: 2, arbitrary: constantFrom("custom", "enterprise", "premium") },
    { weight: 2, arbitrary: fixedPlanSpellings() },
    { weight: 1, arbitrary: constantFrom(null, "", "Custom", "free", "enterprises", "premium plus") },
    { weight: 1, arbitrary: texts() },
  );

/** Spellings of the fixed plans. */
export const fixedPlanSpellings = (): Arbitrary<string> =>
  constantFrom("enterprise", "premium", "Enterprise", "PREMIUM", " premium", "enterprise ", "  EnterPrise  ");

/** Fixed plans in lower case, without spaces. */
export const fixedPlans = (): Arbitrary<string> => constantFrom("enterprise", "premium");

/** Plans that no reading of A3 makes fixed. */
export const customPlans = (): Arbitrary<string | null> =>
  constantFrom("custom", null, "", "free", "Custom", "premium plus", "enterprises", "%", "custom\nplan");

/**
 * Pools: zero, negative, NULL, near each floor and each half credit, and up to the largest integer. A share is t × 0.4,
 * t × 0.3 or t × 0.1; it reaches its floor at 1250, 1000, 3334 and 1000.
 */
export const totals = (): Arbitrary<number | null> =>
  oneof(
    FIRST_IS_SIMPLEST,
    { weight: 2, arbitrary: constantFrom(0, -1, INTEGER_MIN, INTEGER_MAX, INTEGER_MAX - 1) },
    { weight: 1, arbitrary: constant(null) },
    {
      weight: 3,
      arbitrary: tuple(constantFrom(1000, 1250, 3333, 3335), integer({ min: -9, max: 9 })).map(([at, by]) => at + by),
    },
    { weight: 3, arbitrary: nat({ max: 100_000 }) },
    { weight: 1, arbitrary: integer({ min: INTEGER_MIN, max: INTEGER_MAX }) },
  );

/**
 * Pools that only a wider column than an INTEGER holds: the largest whose shares fit the columns, one more, and pools with
 * a fraction. On the user's schema each becomes the nearest that the column holds.
 */
export const wideTotals = (): Arbitrary<number | null> =>
  oneof(
    { weight: 3, arbitrary: totals() },
    {
      weight: 1,
      arbitrary: constantFrom(3_000_000_000, GREATEST_POOL, GREATEST_POOL + 1, 9_000_000_000_000_000, 1251.25, 3333.35),
    },
  );

const statuses = (): Arbitrary<string | null> => constantFrom("active", "inactive", null, "suspended");

export interface AccountOptions {
  readonly plan?: Arbitrary<string | null>;
  readonly total?: Arbitrary<number | null>;
}

/** Organizations before the migration. */
export function accounts(
  size: { readonly minLength: number; readonly maxLength: number },
  { plan = plans(), total = totals() }: AccountOptions = {},
): Arbitrary<CreditAccount[]> {
  return array(record({ name: texts(), planName: plan, totalCredits: total, status: statuses() }), size).map((list) =>
    list.map((account, index) => ({ id: nthId(index), ...account })),
  );
}

/** Numbers that the constraints allow: an allocation of which nothing, a part or all is used. */
export const numbers = (): Arbitrary<Numbers> =>
  tuple(
    oneof(
      FIRST_IS_SIMPLEST,
      { weight: 1, arbitrary: constant(NO_CREDITS) },
      { weight: 3, arbitrary: tuple(plans(), totals()).map(([plan, total]) => planAllocation(plan, total)) },
      { weight: 1, arbitrary: amounts(nat({ max: 30 })) },
    ),
    amounts(constantFrom(0, 1, 50, 99, 100)),
  ).map(([allocated, percent]) => ({
    allocated,
    used: byType((type) => Math.floor((allocated[type] * percent[type]) / 100)),
  }));

/** Migrated organizations, some of whose credits are used. */
export function organizations(maxLength = 3): Arbitrary<Organization[]> {
  return array(
    record({ name: texts(), planName: plans(), totalCredits: totals(), status: statuses(), numbers: numbers() }, PLAIN),
    { minLength: 1, maxLength },
  ).map((list) => list.map((organization, index) => ({ id: nthId(index), ...organization })));
}

/** A number of credits: absolute, or relative to what is available at that moment. */
export type RequestedCredits = number | null | { readonly aboveAvailable: number };

/** A call whose organization is a position in the list, and whose credits may depend on what is available. */
export type Intent = { readonly organization: number | "unknown" | null } & (
  | { readonly kind: "allocate"; readonly plan: string | null }
  | { readonly kind: "available"; readonly type: string | null }
  | {
      readonly kind: "consume";
      readonly type: string | null;
      readonly credits: RequestedCredits;
      readonly description?: string | null;
    }
);

const someOrganization = (): Arbitrary<number> => nat({ max: 2 });
export const creditTypes = (): Arbitrary<CreditType> => constantFrom(...CREDIT_TYPES);
export const invalidTypes = (): Arbitrary<string | null> =>
  constantFrom("gold", null, "", "AI", " ai", "credits", "total");

export const allocationCalls = (plan: Arbitrary<string | null> = plans()): Arbitrary<Intent> =>
  record({ kind: constant("allocate" as const), organization: someOrganization(), plan }, PLAIN);

export const availabilityCalls = (): Arbitrary<Intent> =>
  record({ kind: constant("available" as const), organization: someOrganization(), type: creditTypes() }, PLAIN);

/** Consumptions, by default of about what is available. */
export const consumptionCalls = (credits: Arbitrary<RequestedCredits> = nearAvailable()): Arbitrary<Intent> =>
  record(
    {
      kind: constant("consume" as const),
      organization: someOrganization(),
      type: creditTypes(),
      credits,
      description: option(texts()),
    },
    { requiredKeys: ["kind", "organization", "type", "credits"], ...PLAIN },
  ) as Arbitrary<Intent>;

/** A few credits; what is available, one less, one more; many. */
export const nearAvailable = (): Arbitrary<RequestedCredits> =>
  oneof(
    FIRST_IS_SIMPLEST,
    { weight: 3, arbitrary: integer({ min: 1, max: 40 }) },
    { weight: 3, arbitrary: constantFrom(-1, 0, 1).map((aboveAvailable) => ({ aboveAvailable })) },
    { weight: 1, arbitrary: constantFrom(INTEGER_MAX, 500, 20_000) },
  );

export const nonPositiveCredits = (): Arbitrary<number | null> =>
  oneof(constantFrom<(number | null)[]>(0, null, -1, INTEGER_MIN), integer({ min: -2000, max: 0 }));

export const unknownOrganizations = (): Arbitrary<"unknown" | null> => constantFrom("unknown", null);

/** Histories of 1 to 15 calls of the given kinds; with its default size fast-check would stop at 12. */
export function histories(...kinds: Arbitrary<Intent>[]): Arbitrary<Intent[]> {
  return array(oneof(...kinds), { minLength: 1, maxLength: 15, size: "medium" });
}

/** The calls of the intents, as `predictCalls` makes them. */
export function resolveCalls(
  list: readonly Organization[],
  intents: readonly Intent[],
  capacity?: Amounts,
): CreditCall[] {
  return predictCalls(list, intents, capacity).map(({ call }) => call);
}

/**
 * Turns intents into calls and predicts each with the model, which keeps count of what is available. An organization's
 * number wraps around the list.
 * @param capacity what each allocated column holds; by default what an INTEGER does
 */
export function predictCalls(
  list: readonly Organization[],
  intents: readonly Intent[],
  capacity?: Amounts,
): PredictedCall[] {
  const now = [...list];

  return intents.map((intent) => {
    const index = typeof intent.organization === "number" ? intent.organization % now.length : -1;
    const organization = now[index];
    const call = resolveCall(intent, organization);
    const expected = expectedOutcome(call, organization, capacity);
    if (organization === undefined) return { call, expected, becomes: undefined };
    const becomes = applyOutcome(organization, expected);
    now[index] = becomes;

    return { call, expected, becomes };
  });
}

function resolveCall(intent: Intent, found: Organization | undefined): CreditCall {
  const organization = found?.id ?? (intent.organization === "unknown" ? UNKNOWN_ID : null);
  if (intent.kind === "allocate") return { kind: "allocate", organization, plan: intent.plan };
  const { type } = intent;
  if (intent.kind === "available") return { kind: "available", organization, type };
  const requested = intent.credits;
  const credits =
    typeof requested === "object" && requested !== null
      ? Math.min(availableCredits(found, type) + requested.aboveAvailable, INTEGER_MAX)
      : requested;
  const call = { kind: "consume", organization, type, credits } as const;

  return intent.description === undefined ? call : { ...call, description: intent.description };
}

function amounts(each: Arbitrary<number>): Arbitrary<Amounts> {
  return record({ ai: each, whatsapp: each, email: each, sms: each }, PLAIN);
}
