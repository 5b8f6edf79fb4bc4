/**
 * Generates databases before the migration: organizations, earlier log rows, and objects of the user's own that a
 * migration and its rollback must not change.
 */
import { type Arbitrary, array, constantFrom, nat, record, subarray } from "fast-check";
import { type GeneratedOptions, literal, type PastAction } from "../database/sql.ts";
import { type AccountOptions, accounts, texts } from "./arbitraries.ts";
import { CREDIT_TYPES, type CreditAccount, type Numbers, nthId, sampleAccount } from "./model.ts";

/** The rows of a baseline database, and statements that create further objects. */
export interface BaselineTable {
  readonly accounts: readonly CreditAccount[];
  /** So many organizations that the server generates. */
  readonly generated?: GeneratedOptions & { readonly count: number };
  readonly actions?: readonly PastAction[];
  readonly extras?: readonly string[];
}

/** One organization: for the examples that are tried first. */
export function minimalTable(values?: Partial<CreditAccount>): BaselineTable & { readonly actions: PastAction[] } {
  return { accounts: [sampleAccount(0, values)], actions: [], extras: [] };
}

/** Additions of users, each independent of the others. */
const EXTRAS = [
  "COMMENT ON TABLE organizations IS 'paying customers';",
  "COMMENT ON COLUMN organizations.total_credits IS 'the one pool';",
  "CREATE VIEW plumbline_paying AS SELECT id, name, total_credits FROM organizations WHERE total_credits > 0;",
  "CREATE INDEX plumbline_by_name ON organizations (lower(name));",
  "ALTER TABLE organizations ADD COLUMN plumbline_notes TEXT DEFAULT 'none';",
  "ALTER TABLE organizations ADD CONSTRAINT plumbline_name_is_short CHECK (length(name) < 1000) NOT VALID;",
  "GRANT SELECT ON organizations TO PUBLIC;",
  `CREATE FUNCTION plumbline_touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.updated_at := now(); RETURN NEW; END$$;
CREATE TRIGGER plumbline_touch BEFORE UPDATE ON organizations FOR EACH ROW EXECUTE FUNCTION plumbline_touch();`,
  "CREATE FUNCTION plumbline_total_of(wanted UUID) RETURNS TEXT LANGUAGE sql STABLE AS 'SELECT total_credits::text FROM organizations WHERE id = wanted';",
];

/** Every addition, an organization full of NULLs, and log rows: for the examples. */
export function fullTable(): BaselineTable & { readonly actions: PastAction[] } {
  const row = { organization: nthId(1), credits: 7, description: "before" };

  return {
    accounts: [
      sampleAccount(0, { totalCredits: 12_345 }),
      sampleAccount(1, { planName: null, totalCredits: null, status: null }),
    ],
    actions: ["consumption", "purchase"].map((action) => ({ ...row, action })),
    extras: EXTRAS,
  };
}

/** Small databases, which shrink to one organization and nothing else. */
export function tables(
  maxLength = 5,
  options?: AccountOptions,
): Arbitrary<BaselineTable & { readonly actions: PastAction[] }> {
  return record({
    accounts: accounts({ minLength: 1, maxLength }, options),
    past: array(
      record({
        of: nat({ max: 4 }),
        action: constantFrom("consumption", "purchase"),
        credits: nat({ max: 900 }),
        description: texts(),
      }),
      { maxLength: 4 },
    ),
    extras: subarray(EXTRAS),
  }).map(({ past, ...table }) => ({
    ...table,
    actions: past.map(({ of, ...action }) => ({
      ...action,
      organization: nthId(of % table.accounts.length),
    })),
  }));
}

/** Updates the eight numbers of an organization. */
export function setNumbersSql(id: string, { allocated, used }: Numbers): string {
  const settings = [
    CREDIT_TYPES.map((type) => `${type}_credits = ${allocated[type]}`),
    CREDIT_TYPES.map((type) => `${type}_used_credits = ${used[type]}`),
  ];

  return `UPDATE organizations SET
  ${settings.map((line) => line.join(", ")).join(",\n  ")}
WHERE id = ${literal(id)};`;
}
