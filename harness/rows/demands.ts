/** What one row has to satisfy in its columns, and how demands combine (pure). */
import type { Tree } from "./expression-tree.ts";
import { placesAbove } from "./json-places.ts";

export type Comparison = "=" | "<>" | "<" | "<=" | ">" | ">=";

export type Demand =
  | { readonly kind: "null"; readonly column: string; readonly isNull: boolean }
  | {
      readonly kind: "compare";
      readonly column: string;
      readonly operator: Comparison;
      readonly value: string;
    }
  /** A comparison with another column of the row. */
  | {
      readonly kind: "columns";
      readonly column: string;
      readonly operator: Comparison;
      readonly other: string;
    }
  | {
      readonly kind: "in";
      readonly column: string;
      readonly values: readonly string[];
      readonly not: boolean;
    }
  /** The length of a text, or the number of elements of an array. */
  | {
      readonly kind: "length";
      readonly column: string;
      readonly operator: Comparison;
      readonly value: number;
    }
  | {
      readonly kind: "pattern";
      readonly column: string;
      readonly regex: string;
      readonly flags: string;
      readonly not: boolean;
    }
  | { readonly kind: "contains"; readonly column: string; readonly text: string; readonly not: boolean }
  | { readonly kind: "case"; readonly column: string; readonly to: "lower" | "upper" }
  /** The type of a JSON value is one of these; with all of them, the value is there. */
  | { readonly kind: "json"; readonly column: string; readonly types: readonly string[] }
  /** A JSON document that contains another one, given as text. */
  | { readonly kind: "includes"; readonly column: string; readonly json: string }
  /** The type, named as in `pg_type`, that the text at a place in a JSON document must be cast to. */
  | { readonly kind: "cast"; readonly column: string; readonly type: string }
  /** A multiple of a number, given as text. */
  | { readonly kind: "multiple"; readonly column: string; readonly of: string }
  /** A multiple of the number in another column of the row, which is not 0. */
  | { readonly kind: "divisible"; readonly column: string; readonly other: string }
  /** The value of an expression of other columns of the row. */
  | {
      readonly kind: "computed";
      readonly column: string;
      readonly expression: Tree;
      readonly sources: readonly string[];
    };

/** Demands that together satisfy an expression. */
export type Alternative = readonly Demand[];

/** Alternatives beyond this are dropped: the ones left still satisfy the expression. */
export const ALTERNATIVES_MAX = 48;
/** Of a sum with more terms not all combinations are tried. */
export const TERMS_MAX = 12;

/** The comparison that is true where the other is false. */
export const NEGATED: Readonly<Record<Comparison, Comparison>> = {
  "=": "<>",
  "<>": "=",
  "<": ">=",
  "<=": ">",
  ">": "<=",
  ">=": "<",
};

/** The same comparison with its sides swapped. */
export const MIRRORED: Readonly<Record<Comparison, Comparison>> = {
  "=": "=",
  "<>": "<>",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

export function compareNumbers(left: number, operator: Comparison, right: number): boolean {
  switch (operator) {
    case "=":
      return left === right;
    case "<>":
      return left !== right;
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
  }
}

/** Each alternative of the one with each of the other, as far as they do not contradict each other. */
export function combineAlternatives(
  left: readonly Alternative[],
  right: readonly Alternative[],
): readonly Alternative[] {
  return left
    .flatMap((demands) => right.map((more) => [...demands, ...more]))
    .filter((demands) => !isContradictory(demands))
    .slice(0, ALTERNATIVES_MAX);
}

/** True where a column should be NULL and something else, have two constant values, two lengths, or two types of JSON. */
export function isContradictory(demands: Alternative): boolean {
  const isNull = new Map<string, boolean>();
  const allowed = new Map<string, readonly string[]>();
  const excluded = new Map<string, readonly string[]>();
  const lengths = new Map<string, LengthRange>();
  const types = new Map<string, readonly string[]>();
  for (const demand of demands) {
    const { column } = demand;
    if (demand.kind !== "columns" && demand.kind !== "divisible") {
      const wantsNull = demand.kind === "null" && demand.isNull;
      // What is in a document cannot be there without it.
      for (const name of wantsNull ? [column] : [column, ...placesAbove(column)]) {
        if (isNull.get(name) === !wantsNull) return true;
        isNull.set(name, wantsNull);
        if (name !== column) types.set(name, shared(types.get(name), ["object"]));
      }
    }
    if (demand.kind === "json") types.set(column, shared(types.get(column), demand.types));
    if (demand.kind === "length") lengths.set(column, narrow(lengths.get(column), demand));
    const unwanted = excludedValues(demand);
    if (unwanted !== undefined) excluded.set(column, [...(excluded.get(column) ?? []), ...unwanted]);
    const values = allowedValues(demand);
    if (values !== undefined) allowed.set(column, shared(allowed.get(column), values));
  }

  return (
    [...types.values()].some(({ length }) => length === 0) ||
    [...allowed].some(([column, values]) => values.every((value) => excluded.get(column)?.includes(value) === true)) ||
    [...lengths.values()].some(({ least, most }) => least > most)
  );
}

function shared(known: readonly string[] | undefined, values: readonly string[]): readonly string[] {
  return known?.filter((value) => values.includes(value)) ?? values;
}

interface LengthRange {
  readonly least: number;
  readonly most: number;
}

function narrow(
  { least, most }: LengthRange = { least: 0, most: Number.POSITIVE_INFINITY },
  { operator, value }: Extract<Demand, { readonly kind: "length" }>,
): LengthRange {
  const [low, high] = [lowestLength(operator, value), highestLength(operator, value)];

  return { least: Math.max(least, low), most: Math.min(most, high ?? most) };
}

/** The least length that satisfies a comparison. */
export function lowestLength(operator: Comparison, value: number): number {
  if (operator === ">" || (operator === "<>" && value === 0)) return value + 1;

  return operator === ">=" || operator === "=" ? value : 0;
}

/** The greatest length that satisfies a comparison; undefined if there is none. */
export function highestLength(operator: Comparison, value: number): number | undefined {
  return operator === "<" ? value - 1 : operator === "<=" || operator === "=" ? value : undefined;
}

function allowedValues(demand: Demand): readonly string[] | undefined {
  if (demand.kind === "compare" && demand.operator === "=") return [demand.value];

  return demand.kind === "in" && !demand.not ? demand.values : undefined;
}

function excludedValues(demand: Demand): readonly string[] | undefined {
  if (demand.kind === "compare" && demand.operator === "<>") return [demand.value];

  return demand.kind === "in" && demand.not ? demand.values : undefined;
}
