/**
 * What the columns of organizations accept on the user's schema (pure). Accounts are generated for a schema that accepts
 * anything; each is fitted to the real one, and keeps what the contract's allocation depends on where that is possible.
 */
import { type CreditAccount, INTEGER_MAX, INTEGER_MIN, normalizePlan } from "./model.ts";

/** Undefined: the column accepts any text, and NULL. */
type AcceptedTexts = readonly (string | null)[] | undefined;

export interface CreditDomain {
  readonly names?: AcceptedTexts;
  readonly plans?: AcceptedTexts;
  readonly statuses?: AcceptedTexts;
  /** Of log rows from before the migration. */
  readonly actions?: AcceptedTexts;
  /** Of log rows. */
  readonly descriptions?: AcceptedTexts;
  /** Undefined: what an INTEGER holds, and NULL. */
  readonly totals?: TotalsDomain;
}

export interface TotalsDomain {
  readonly least: number;
  readonly greatest: number;
  readonly isNullable: boolean;
  /** True where the column keeps digits after the point. */
  readonly hasFractions?: boolean;
}

const INTEGER_TOTALS: TotalsDomain = { least: INTEGER_MIN, greatest: INTEGER_MAX, isNullable: true };

/** An account with values that the schema accepts. Fitting it again changes nothing. */
export function fitAccount<Account extends CreditAccount>(domain: CreditDomain, account: Account): Account {
  const { names, plans, statuses, totals = INTEGER_TOTALS } = domain;
  const isFixed = isFixedPlan(account.planName);

  return {
    ...account,
    name: fitText(account.name, names) ?? "",
    planName: fitText(account.planName, plans, (plan) => isFixedPlan(plan) === isFixed),
    status: fitText(account.status, statuses),
    totalCredits: fitTotal(account.totalCredits, totals),
  };
}

/** Keeps the total that an SQL expression gives within what the column accepts. */
export function fitTotalSql({ totals = INTEGER_TOTALS }: CreditDomain, expression: string): string {
  const { least, greatest } = totals;
  if (/^\d+$/.test(expression)) return String(fitTotal(Number(expression), totals));
  const atLeast = least > 0 ? `GREATEST(${expression}, ${least})` : expression;

  return greatest < INTEGER_MAX ? `LEAST(${atLeast}, ${greatest})` : atLeast;
}

/** Earlier log rows with actions that the schema accepts; none where it accepts no action but those of the contract. */
export function fitActions<Row extends { readonly action: string }>(
  { actions }: CreditDomain,
  rows: readonly Row[],
): readonly Row[] {
  if (actions?.length === 0) return [];

  return rows.map((row) => ({ ...row, action: fitText(row.action, actions) ?? row.action }));
}

/** Fits every account, every earlier log row and the description of every call in a case, wherever it is. */
export function fitCase(domain: CreditDomain, given: unknown): unknown {
  if (typeof given !== "object" || given === null) return given;
  if (Array.isArray(given)) return given.map((item) => fitCase(domain, item));
  if (isAccount(given)) return fitAccount(domain, given);
  if ("kind" in given && domain.descriptions === undefined) return given;
  const entries = Object.entries(given).map(([name, value]) => [name, fitCase(domain, value)] as const);
  const fitted: Record<string, unknown> = Object.fromEntries(entries);

  return "credits" in fitted && typeof fitted["description"] === "string"
    ? { ...fitted, description: fitText(fitted["description"], domain.descriptions) }
    : fitted;
}

function isAccount(value: object): value is CreditAccount {
  return "id" in value && "name" in value && "planName" in value && "totalCredits" in value;
}

export function isFixedPlan(plan: string | null): boolean {
  return ["enterprise", "premium"].includes(normalizePlan(plan) ?? "");
}

/** The text itself, or always the same accepted one in its place, one of the preferred if there is any. */
function fitText(
  text: string | null,
  accepted: AcceptedTexts,
  isPreferred: (candidate: string | null) => boolean = () => true,
): string | null {
  if (accepted === undefined || accepted.includes(text) || accepted.length === 0) return text;
  const preferred = accepted.filter(isPreferred);
  const candidates = preferred.length > 0 ? preferred : accepted;

  return candidates[hashText(text ?? "") % candidates.length] ?? null;
}

function fitTotal(
  total: number | null,
  { least, greatest, isNullable, hasFractions = false }: TotalsDomain,
): number | null {
  if (total === null) return isNullable ? null : Math.max(least, Math.min(0, greatest));

  return Math.max(least, Math.min(hasFractions ? total : Math.trunc(total), greatest));
}

function hashText(text: string): number {
  let hash = 7;
  for (const character of text) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) >>> 0;

  return hash;
}
