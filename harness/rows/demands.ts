/** What one row has to satisfy in its columns, and how demands combine (pure). */

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
  | { readonly kind: "json"; readonly column: string; readonly type: string };

/** Demands that together satisfy an expression. */
export type Alternative = readonly Demand[];

/** Alternatives beyond this are dropped: the ones left still satisfy the expression. */
export const ALTERNATIVES_MAX = 48;

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

/** True where a column should be NULL and something else, or have two constant values. */
export function isContradictory(demands: Alternative): boolean {
  const isNull = new Map<string, boolean>();
  const allowed = new Map<string, readonly string[]>();
  for (const demand of demands) {
    const { column } = demand;
    if (demand.kind !== "columns") {
      const wantsNull = demand.kind === "null" && demand.isNull;
      if (isNull.get(column) === !wantsNull) return true;
      isNull.set(column, wantsNull);
    }
    const values = allowedValues(demand);
    if (values === undefined) continue;
    const common = allowed.get(column)?.filter((value) => values.includes(value)) ?? values;
    if (common.length === 0) return true;
    allowed.set(column, common);
  }

  return false;
}

function allowedValues(demand: Demand): readonly string[] | undefined {
  if (demand.kind === "compare" && demand.operator === "=") return [demand.value];

  return demand.kind === "in" && !demand.not ? demand.values : undefined;
}
