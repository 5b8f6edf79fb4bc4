/**
 * Databases before the migration: generated organizations, what was logged before, and objects of the user's own that
 * a migration and its rollback must leave alone.
 */
import { type Arbitrary, array, constantFrom, nat, record, subarray } from "fast-check";
import { literal, type PastAction } from "../database/sql.ts";
import { type AccountOptions, accounts, texts } from "./arbitraries.ts";
import { CREDIT_TYPES, type CreditAccount, type Numbers, nthId } from "./model.ts";

/** The rows of a baseline database, and what else there is in it. */
export interface BaselineTable {
  readonly accounts: readonly CreditAccount[];
  readonly actions?: readonly PastAction[];
  readonly extras?: readonly string[];
}

/** The smallest table that is of any use: for the examples that are tried first. */
export function minimalTable(
  account?: Partial<CreditAccount>,
): BaselineTable & { readonly actions: PastAction[] } {
  const plain = { id: nthId(0), name: "Any", planName: "custom", totalCredits: 0, status: "active" };

  return { accounts: [{ ...plain, ...account }], actions: [], extras: [] };
}

/** What users add to a schema: each stands by itself. */
const EXTRAS = [
  "COMMENT ON TABLE organizations IS 'who pays';",
  "COMMENT ON COLUMN organizations.total_credits IS 'the one pool';",
  "CREATE VIEW paying AS SELECT id, name, total_credits FROM organizations WHERE total_credits > 0;",
  "CREATE INDEX organizations_by_name ON organizations (lower(name));",
  "ALTER TABLE organizations ADD COLUMN notes TEXT DEFAULT 'none';",
  "ALTER TABLE organizations ADD CONSTRAINT name_is_short CHECK (length(name) < 1000) NOT VALID;",
  "GRANT SELECT ON organizations TO PUBLIC;",
  `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.updated_at := now(); RETURN NEW; END$$;
CREATE TRIGGER touch BEFORE UPDATE ON organizations FOR EACH ROW EXECUTE FUNCTION touch();`,
  "CREATE FUNCTION total_of(wanted UUID) RETURNS INTEGER LANGUAGE sql STABLE AS 'SELECT total_credits FROM organizations WHERE id = wanted';",
];

/** One with all that users add, an organization about which nothing is known, and a past: for the examples too. */
export function fullTable(): BaselineTable & { readonly actions: PastAction[] } {
  const unknown = { id: nthId(1), name: "Any", planName: null, totalCredits: null, status: null };
  const of = { organization: nthId(1), credits: 7, description: "before" };

  return {
    accounts: [...minimalTable({ totalCredits: 12_345 }).accounts, unknown],
    actions: ["consumption", "purchase"].map((action) => ({ ...of, action })),
    extras: EXTRAS,
  };
}

/** A small database; shrinks to one organization and nothing else. */
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
      {
        maxLength: 4,
      },
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

/** Sets the eight numbers of an organization by hand. */
export function setNumbersSql(id: string, { allocated, used }: Numbers): string {
  const settings = [
    CREDIT_TYPES.map((type) => `${type}_credits = ${allocated[type]}`),
    CREDIT_TYPES.map((type) => `${type}_used_credits = ${used[type]}`),
  ];

  return `UPDATE organizations SET
  ${settings.map((line) => line.join(", ")).join(",\n  ")}
WHERE id = ${literal(id)};`;
}
