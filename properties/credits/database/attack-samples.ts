/**
 * What an intruder knows of the credits: which values make the functions do something, and what its own tables hold.
 */
import type { SampleArguments } from "../../../harness/security/calls.ts";
import type { ShadowRows } from "../../../harness/security/shadow-objects.ts";
import { CREDIT_TYPES, NO_CREDITS, nthId, type Organization, UNKNOWN_ID } from "../model/model.ts";
import { literal, NUMBER_COLUMNS } from "./sql.ts";

/** The organization that is there when an intruder comes. */
export const TARGET: Organization = {
  id: nthId(0),
  name: "Target",
  planName: "custom",
  totalCredits: 5000,
  status: "active",
  numbers: { allocated: { ai: 2000, whatsapp: 1500, email: 1500, sms: 500 }, used: NO_CREDITS },
};

/** Every credit type, plans, what is refused. */
export const SAMPLES: SampleArguments = {
  uuid: [...CREDIT_TYPES.map(() => TARGET.id), TARGET.id, TARGET.id, UNKNOWN_ID].map(literal),
  text: [...CREDIT_TYPES, "enterprise", "ai", "ai"].map(literal),
  integer: [...CREDIT_TYPES.map(() => "1"), "1", "100000", "1"],
};

/** An organization of the same id, with numbers that no plan gives. */
const FALSE_NUMBERS = [...CREDIT_TYPES.map(() => 44_444), ...CREDIT_TYPES.map(() => 33)];

/** The decoys of organizations hold these ids, those of the log hold nothing. */
export function shadowRows(ids: readonly string[]): ShadowRows {
  return {
    organizations: (target) =>
      `INSERT INTO ${target} (id, name, plan_name, total_credits, status, ${NUMBER_COLUMNS.join(", ")}) VALUES\n${ids
        .map((id) => `  (${literal(id)}, 'False', 'custom', 77777, 'active', ${FALSE_NUMBERS.join(", ")})`)
        .join(",\n")};`,
  };
}
