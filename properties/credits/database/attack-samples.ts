/** Provides what an attacker knows: arguments with which the functions have an effect, and rows for shadow tables. */
import type { SampleArguments } from "../../../harness/security/calls.ts";
import type { ShadowRows } from "../../../harness/security/shadow-objects.ts";
import type { CreditSchema } from "../model/credit-schema.ts";
import { fitAccount } from "../model/domain.ts";
import { CREDIT_TYPES, NO_CREDITS, type Organization, sampleAccount, UNKNOWN_ID } from "../model/model.ts";
import { literal, NUMBER_COLUMNS } from "./sql.ts";

/** The organization that exists during an attack. */
export const TARGET: Organization = {
  ...sampleAccount(0, { name: "Target", totalCredits: 5000 }),
  numbers: { allocated: { ai: 2000, whatsapp: 1500, email: 1500, sms: 500 }, used: NO_CREDITS },
};

/** Arguments of calls that succeed for every credit type and for a plan, and of calls that must be refused. */
export const SAMPLES: SampleArguments = {
  uuid: [...CREDIT_TYPES.map(() => TARGET.id), TARGET.id, TARGET.id, UNKNOWN_ID].map(literal),
  text: [...CREDIT_TYPES, "enterprise", "ai", "ai"].map(literal),
  integer: [...CREDIT_TYPES.map(() => "1"), "1", "100000", "1"],
};

/** Numbers that no plan gives. */
const FALSE_NUMBERS = [...CREDIT_TYPES.map(() => 44_444), ...CREDIT_TYPES.map(() => 33)];

/** Fills shadow tables of organizations with these ids; those of the log stay empty. */
export function shadowRows(ids: readonly string[], { organizations: known, domain }: CreditSchema): ShadowRows {
  const shown = fitAccount(domain, sampleAccount(0, { name: "False", totalCredits: 77_777 }));
  const all = {
    name: literal(shown.name),
    plan_name: literal(shown.planName),
    total_credits: literal(shown.totalCredits),
    // A shadow table with casts of its own has a type that takes integers, and no text.
    status: known.get("status") === "integer" ? (shown.status ?? "NULL") : literal(shown.status),
  };
  const values = Object.entries(all).filter(([name]) => known.has(name));
  return {
    organizations: (target) =>
      `INSERT INTO ${target} (id, ${[...values.map(([name]) => name), ...NUMBER_COLUMNS].join(", ")}) VALUES\n${ids
        .map((id) => `  (${[literal(id), ...values.map(([, value]) => value), ...FALSE_NUMBERS].join(", ")})`)
        .join(",\n")};`,
  };
}
