/** What the demands of a row ask of one column, put together (pure). */
import { type Comparison, type Demand, highestLength, lowestLength } from "./demands.ts";

export interface Wanted {
  readonly isNull: boolean | undefined;
  readonly oneOf: readonly string[] | undefined;
  readonly noneOf: readonly string[];
  readonly bounds: readonly { readonly operator: Comparison; readonly value: string }[];
  readonly lengthMin: number;
  readonly lengthMax: number | undefined;
  readonly patterns: readonly { readonly regex: string; readonly flags: string; readonly not: boolean }[];
  readonly contains: readonly string[];
  readonly lacks: readonly string[];
  readonly fold: "lower" | "upper" | undefined;
  readonly jsonType: string | undefined;
  /** Comparisons with other columns of the row. */
  readonly pairs: readonly Extract<Demand, { readonly kind: "columns" }>[];
}

export const NOTHING_WANTED: Wanted = {
  isNull: undefined,
  oneOf: undefined,
  noneOf: [],
  bounds: [],
  lengthMin: 0,
  lengthMax: undefined,
  patterns: [],
  contains: [],
  lacks: [],
  fold: undefined,
  jsonType: undefined,
  pairs: [],
};

const known = new WeakMap<readonly Demand[], Map<string, Wanted>>();

/** Puts the demands on one column together, once for each list of demands. */
export function collectWanted(demands: readonly Demand[], column: string): Wanted {
  const columns = known.get(demands) ?? new Map<string, Wanted>();
  known.set(demands, columns);
  const wanted = columns.get(column) ?? putTogether(demands, column);
  columns.set(column, wanted);

  return wanted;
}

function putTogether(demands: readonly Demand[], column: string): Wanted {
  const own = demands.filter((demand) => demand.column === column);
  const compared = own.filter((demand) => demand.kind === "compare");
  const lists = own.filter((demand) => demand.kind === "in");
  const lengths = own.filter((demand) => demand.kind === "length");
  const texts = own.filter((demand) => demand.kind === "contains");
  const equal = compared.filter(({ operator }) => operator === "=").map(({ value }) => value);
  const sets = [...lists.filter(({ not }) => !not).map(({ values }) => values), ...equal.map((value) => [value])];
  const noneOf = [
    ...lists.filter(({ not }) => not).flatMap(({ values }) => values),
    ...compared.filter(({ operator }) => operator === "<>").map(({ value }) => value),
  ];
  const isNull = own.find((demand) => demand.kind === "null")?.isNull;

  return {
    // Whatever else is asked of the column, NULL would satisfy it; a value shows more.
    isNull: isNull ?? (own.length > 0 ? false : undefined),
    oneOf: sets.length === 0 ? undefined : withoutSome(intersect(sets), noneOf),
    noneOf,
    bounds: compared.filter(({ operator }) => operator !== "=" && operator !== "<>"),
    lengthMin: Math.max(0, ...lengths.map(({ operator, value }) => lowestLength(operator, value))),
    lengthMax: lowestOf(lengths.map(({ operator, value }) => highestLength(operator, value))),
    patterns: own.filter((demand) => demand.kind === "pattern"),
    contains: texts.filter(({ not }) => !not).map(({ text }) => text),
    lacks: texts.filter(({ not }) => not).map(({ text }) => text),
    fold: own.find((demand) => demand.kind === "case")?.to,
    jsonType: own.find((demand) => demand.kind === "json")?.type,
    pairs: demands.flatMap((demand) =>
      demand.kind === "columns" && (demand.column === column || demand.other === column) ? [demand] : [],
    ),
  };
}

function intersect(sets: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = sets;
  const common = first.filter((value) => others.every((other) => other.includes(value)));

  return common.length > 0 ? common : first;
}

function withoutSome(values: readonly string[], unwanted: readonly string[]): readonly string[] {
  const left = values.filter((value) => !unwanted.includes(value));

  return left.length > 0 ? left : values;
}

function lowestOf(limits: readonly (number | undefined)[]): number | undefined {
  const known = limits.filter((limit) => limit !== undefined);

  return known.length === 0 ? undefined : Math.max(0, Math.min(...known));
}
