/** Breaks the functions: each is missing, does nothing, or refuses for the wrong reason, which tests must detect. */
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
  /** Returns without doing anything, as if all were well. */
  readonly idle: string;
}

const CONSUMPTION: Signature = {
  name: "consume_specific_credits",
  types: "UUID, TEXT, INTEGER, TEXT",
  parameters: "p_organization_id UUID, p_credit_type TEXT, p_credits INTEGER, p_description TEXT DEFAULT NULL",
  returns: "BOOLEAN",
  idle: "RETURN TRUE",
};

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
  CONSUMPTION,
];

/** Successful calls still work; errors get a message that does not say why. */
const WRONG_REASON = `ALTER FUNCTION consume_specific_credits(UUID, TEXT, INTEGER, TEXT) RENAME TO plumbline_consume;
${replaceFunction(
  CONSUMPTION,
  `BEGIN
    RETURN plumbline_consume(p_organization_id, p_credit_type, p_credits, p_description);
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'something else is wrong';
END`,
)}`;

/** Every function in every way; the release's tests test errors of consumptions only. */
export const BREAKAGES: readonly Breakage[] = [
  ...SIGNATURES.flatMap((signature): Breakage[] => {
    const { name, types, idle } = signature;

    return [
      { function: name, how: "does nothing", sql: replaceFunction(signature, `BEGIN ${idle}; END`) },
      { function: name, how: "is missing", sql: `DROP FUNCTION ${name}(${types});` },
    ];
  }),
  { function: CONSUMPTION.name, how: "refuses for the wrong reason", sql: WRONG_REASON },
];

export const breakages = (): Arbitrary<Breakage> => constantFrom(...BREAKAGES);

function replaceFunction({ name, parameters, returns }: Signature, body: string): string {
  return `CREATE OR REPLACE FUNCTION ${name}(
  ${parameters.replaceAll(", ", ",\n  ")}
) RETURNS ${returns} LANGUAGE plpgsql SECURITY DEFINER
AS $broken$${body}$broken$;`;
}
