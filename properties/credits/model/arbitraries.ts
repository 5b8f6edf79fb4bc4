/**
 * What the cases are made of: organizations and calls that lean towards the odd. Every value is one that PostgreSQL
 * can hold: no U+0000 and no half of a surrogate pair.
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
  CREDIT_TYPES,
  type CreditAccount,
  type CreditCall,
  type CreditType,
  expectedOutcome,
  INTEGER_MAX,
  INTEGER_MIN,
  NO_CREDITS,
  type Numbers,
  type Organization,
  type PredictedCall,
  planAllocation,
} from "./model.ts";

/** Without a prototype an object says nothing more of SQL, and all that is done with it is slower. */
const PLAIN = { noNullPrototype: true } as const;

/** What fails with one of several kinds of value is tried with the first kind, too. */
const FIRST_IS_SIMPLEST = { withCrossShrink: true } as const;

/** An organization that no table has. */
export const UNKNOWN_ID = "ffffffff-ffff-4fff-8fff-ffffffffffff";

const ODD_TEXTS = [
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

/** Text as people write it and as they should not. */
export const texts = (): Arbitrary<string> =>
  oneof(
    { weight: 3, arbitrary: constantFrom(...ODD_TEXTS) },
    { weight: 2, arbitrary: string({ unit: "grapheme", maxLength: 12 }) },
  );

/** Plan names: the fixed plans as the application writes them, as people do, unknown ones, none. */
export const plans = (): Arbitrary<string | null> =>
  oneof(
    FIRST_IS_SIMPLEST,
    { weight: 2, arbitrary: constantFrom("custom", "enterprise", "premium") },
    { weight: 2, arbitrary: fixedPlanSpellings() },
    { weight: 1, arbitrary: constantFrom(null, "", "Custom", "free", "enterprises", "premium plus") },
    { weight: 1, arbitrary: texts() },
  );

/** Plans that are fixed however they are spelled. */
export const fixedPlanSpellings = (): Arbitrary<string> =>
  constantFrom("enterprise", "premium", "Enterprise", "PREMIUM", " premium", "enterprise ", "  EnterPrise  ");

/** Fixed plans in the one spelling that nobody can misread. */
export const fixedPlans = (): Arbitrary<string> => constantFrom("enterprise", "premium");

/** Plans that are custom however they are read. */
export const customPlans = (): Arbitrary<string | null> =>
  constantFrom("custom", null, "", "free", "Custom", "premium plus", "enterprises", "%", "custom\nplan");

/**
 * Pools: none, negative, around each floor and each half of a credit, and up to the largest integer. A share is
 * t × 0.4, t × 0.3 or t × 0.1; the floors are reached at 1250, 1000, 3334 and 1000.
 */
export const totals = (): Arbitrary<number | null> =>
  oneof(
    FIRST_IS_SIMPLEST,
    { weight: 2, arbitrary: constantFrom(0, -1, INTEGER_MIN, INTEGER_MAX, INTEGER_MAX - 1) },
    { weight: 1, arbitrary: constant(null) },
    {
      weight: 3,
      arbitrary: tuple(constantFrom(1000, 1250, 3333, 3335), integer({ min: -9, max: 9 })).map(
        ([at, by]) => at + by,
      ),
    },
    { weight: 3, arbitrary: nat({ max: 100_000 }) },
    { weight: 1, arbitrary: integer({ min: INTEGER_MIN, max: INTEGER_MAX }) },
  );

const statuses = (): Arbitrary<string | null> => constantFrom("active", "inactive", null, "suspended");

/** The id of the n-th organization of a case. */
export function organizationId(index: number): string {
  return `00000000-0000-4000-8000-${(index + 1).toString().padStart(12, "0")}`;
}

export interface AccountOptions {
  readonly plan?: Arbitrary<string | null>;
  readonly total?: Arbitrary<number | null>;
}

/** Organizations as they are before the migration, each with an id of its own. */
export function accounts(
  size: { readonly minLength: number; readonly maxLength: number },
  { plan = plans(), total = totals() }: AccountOptions = {},
): Arbitrary<CreditAccount[]> {
  return array(record({ name: texts(), planName: plan, totalCredits: total, status: statuses() }), size).map(
    (list) => list.map((account, index) => ({ id: organizationId(index), ...account })),
  );
}

/** Numbers that the constraints allow: what some plan gives, used not at all, in part, or wholly. */
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

/** Organizations of a migrated database, in the middle of their use. */
export function organizations(maxLength = 3): Arbitrary<Organization[]> {
  return array(
    record(
      {
        name: texts(),
        planName: plans(),
        totalCredits: totals(),
        status: statuses(),
        numbers: numbers(),
      },
      PLAIN,
    ),
    { minLength: 1, maxLength },
  ).map((list) => list.map((organization, index) => ({ id: organizationId(index), ...organization })));
}

/** A number of credits: as it stands, or so much more than what is available at that moment. */
export type RequestedCredits = number | null | { readonly aboveAvailable: number };

/** A call before it is known what is available. */
export type Intent =
  | {
      readonly kind: "allocate";
      readonly organization: number | "unknown" | null;
      readonly plan: string | null;
    }
  | {
      readonly kind: "available";
      readonly organization: number | "unknown" | null;
      readonly type: string | null;
    }
  | {
      readonly kind: "consume";
      readonly organization: number | "unknown" | null;
      readonly type: string | null;
      readonly credits: RequestedCredits;
      readonly description?: string | null;
    };

const someOrganization = (): Arbitrary<number> => nat({ max: 2 });
export const creditTypes = (): Arbitrary<CreditType> => constantFrom(...CREDIT_TYPES);
export const invalidTypes = (): Arbitrary<string | null> =>
  constantFrom("gold", null, "", "AI", " ai", "credits", "total");

export const allocationCalls = (plan: Arbitrary<string | null> = plans()): Arbitrary<Intent> =>
  record({ kind: constant("allocate" as const), organization: someOrganization(), plan }, PLAIN);

export const availabilityCalls = (): Arbitrary<Intent> =>
  record(
    { kind: constant("available" as const), organization: someOrganization(), type: creditTypes() },
    PLAIN,
  );

/** Consumptions of numbers as asked, by default around what is available. */
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

/** One less, equal, one more; a few; a lot. */
export const nearAvailable = (): Arbitrary<RequestedCredits> =>
  oneof(
    FIRST_IS_SIMPLEST,
    { weight: 3, arbitrary: integer({ min: 1, max: 40 }) },
    { weight: 3, arbitrary: constantFrom(-1, 0, 1).map((aboveAvailable) => ({ aboveAvailable })) },
    { weight: 1, arbitrary: constantFrom(INTEGER_MAX, 500, 20_000) },
  );

export const nonPositiveCredits = (): Arbitrary<number | null> =>
  oneof(constantFrom<(number | null)[]>(0, null, -1, INTEGER_MIN), integer({ min: -2000, max: 0 }));

/** Organizations that nobody knows. */
export const unknownOrganizations = (): Arbitrary<"unknown" | null> => constantFrom("unknown", null);

/** Histories of 1 to 15 calls of the given kinds; by its default size fast-check would stop at 12. */
export function histories(...kinds: Arbitrary<Intent>[]): Arbitrary<Intent[]> {
  return array(oneof(...kinds), { minLength: 1, maxLength: 15, size: "medium" });
}

/** The calls of the intents: see `foreseenOf`. */
export function resolveCalls(list: readonly Organization[], intents: readonly Intent[]): CreditCall[] {
  return predictCalls(list, intents).map(({ call }) => call);
}

/**
 * Turns intents into calls, counting with the model what is available when each is made, and says what it foresees of
 * each. An organization's number counts round the list.
 */
export function predictCalls(list: readonly Organization[], intents: readonly Intent[]): PredictedCall[] {
  const now = [...list];

  return intents.map((intent) => {
    const index = typeof intent.organization === "number" ? intent.organization % now.length : -1;
    const organization = now[index];
    const call = callOf(intent, organization);
    const expected = expectedOutcome(call, organization);
    if (organization === undefined) {
      return { call, expected, becomes: undefined };
    }
    const becomes = applyOutcome(organization, expected);
    now[index] = becomes;

    return { call, expected, becomes };
  });
}

function callOf(intent: Intent, met: Organization | undefined): CreditCall {
  const organization = met?.id ?? (intent.organization === "unknown" ? UNKNOWN_ID : null);
  if (intent.kind === "allocate") {
    return { kind: "allocate", organization, plan: intent.plan };
  }
  const { type } = intent;
  if (intent.kind === "available") {
    return { kind: "available", organization, type };
  }
  const asked = intent.credits;
  const credits =
    typeof asked === "object" && asked !== null
      ? Math.min(availableCredits(met, type) + asked.aboveAvailable, INTEGER_MAX)
      : asked;
  const call = { kind: "consume", organization, type, credits } as const;

  return intent.description === undefined ? call : { ...call, description: intent.description };
}

function amounts(each: Arbitrary<number>): Arbitrary<Amounts> {
  return record({ ai: each, whatsapp: each, email: each, sms: each }, PLAIN);
}

function byType(of: (type: CreditType) => number): Amounts {
  return { ai: of("ai"), whatsapp: of("whatsapp"), email: of("email"), sms: of("sms") };
}
