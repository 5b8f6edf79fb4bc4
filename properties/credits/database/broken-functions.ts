/**
 * Functions broken on purpose, to see whether tests notice: one that is missing, does nothing, or refuses for the wrong reason.
 */
import { type Arbitrary, constantFrom } from "fast-check";

export interface Breakage {
  readonly function: string;
  readonly how: "is missing" | "does nothing" | "refuses for the wrong reason";
  readonly sql: string;
}

interface Signature {
  readonly name: string;
  readonly types: string;
  readonly parameters: string;
  readonly returns: string;
  /** What it returns when it does nothing, as if all were well. */
  readonly idle: string;
}

const SIGNATURES: readonly Signature[] = [
  {
    name: "allocate_plan_credits",
    types: "UUID, TEXT",
    parameters: "p_organization_id UUID, p_plan_type TEXT",
    returns: "VOID",
    idle: "RETURN",
  },
  {
    name: "get_available_credits",
    types: "UUID, TEXT",
    parameters: "p_organization_id UUID, p_credit_type TEXT",
    returns: "INTEGER",
    idle: "RETURN 0",
  },
  {
    name: "consume_specific_credits",
    types: "UUID, TEXT, INTEGER, TEXT",
    parameters:
      "p_organization_id UUID, p_credit_type TEXT, p_credits INTEGER, p_description TEXT DEFAULT NULL",
    returns: "BOOLEAN",
    idle: "RETURN TRUE",
  },
];

/** Every function in every way; only a consumption is tested for what it refuses. */
export const BREAKAGES: readonly Breakage[] = SIGNATURES.flatMap(breakagesOf);

export const breakages = (): Arbitrary<Breakage> => constantFrom(...BREAKAGES);

function breakagesOf(signature: Signature): Breakage[] {
  const { name, types, idle } = signature;

  return [
    { function: name, how: "does nothing", sql: replaced(signature, `BEGIN ${idle}; END`) },
    { function: name, how: "is missing", sql: `DROP FUNCTION ${name}(${types});` },
    ...(name === "consume_specific_credits"
      ? [{ function: name, how: "refuses for the wrong reason" as const, sql: misspoken() }]
      : []),
  ];
}

function replaced({ name, parameters, returns }: Signature, body: string): string {
  return `CREATE OR REPLACE FUNCTION ${name}(
  ${parameters.replaceAll(", ", ",\n  ")}
) RETURNS ${returns} LANGUAGE plpgsql SECURITY DEFINER
AS $broken$${body}$broken$;`;
}

/** What succeeds still does; what is refused is refused with words that say nothing of why. */
function misspoken(): string {
  const consumption = SIGNATURES[2];

  return consumption === undefined
    ? ""
    : `ALTER FUNCTION consume_specific_credits(UUID, TEXT, INTEGER, TEXT) RENAME TO consume_as_before;
${replaced(
  consumption,
  `BEGIN
    RETURN consume_as_before(p_organization_id, p_credit_type, p_credits, p_description);
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'something else is wrong';
END`,
)}`;
}
