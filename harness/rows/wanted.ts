/** What the demands of a row ask of one column, put together (pure). */
import { type Comparison, type Demand, highestLength, lowestLength } from "./demands.ts";
import { isPlace, keyTowards, placeBelow } from "./json-places.ts";
import { JSON_TYPES, typeOfJson } from "./json-types.ts";

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
  /** The types that a JSON value may have. */
  readonly jsonTypes: readonly string[] | undefined;
  /** JSON documents that it contains, as text. */
  readonly includes: readonly string[];
  /** What is wanted below the keys of a JSON object; of one that should be absent, NULL. */
  readonly fields: readonly (readonly [key: string, wanted: Wanted])[];
  /** The type that the text at a place in a JSON document must be cast to. */
  readonly cast: string | undefined;
  /** Numbers of which it is a multiple. */
  readonly multiplesOf: readonly string[];
  /** What relates it to other columns of the row. */
  readonly pairs: readonly Extract<Demand, { readonly other: string }>[];
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
  jsonTypes: undefined,
  includes: [],
  fields: [],
  cast: undefined,
  multiplesOf: [],
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
  const own = demands.flatMap((demand): readonly Demand[] =>
    demand.kind === "divisible" && demand.other === column
      ? [{ kind: "compare", column, operator: "<>", value: "0" }]
      : demand.column === column
        ? [demand]
        : [],
  );
  const lengths = own.filter((demand) => demand.kind === "length");
  const texts = own.filter((demand) => demand.kind === "contains");
  const isNull = own.find((demand) => demand.kind === "null")?.isNull;
  const fields = findFields(demands, column);
  const holdsSome = fields.some(([, { isNull: isAbsent }]) => isAbsent === false);
  const includes = own.filter((demand) => demand.kind === "includes").map(({ json }) => json);
  const types = [
    ...own.filter((demand) => demand.kind === "json").map((demand) => demand.types),
    ...includes.map((json) => [typeOfJson(JSON.parse(json))]),
    ...(fields.length > 0 ? [["object"]] : []),
    // The text at a place is NULL for the null of JSON, too.
    ...(isNull === false && isPlace(column) ? [JSON_TYPES.filter((type) => type !== "null")] : []),
  ];

  return {
    ...collectValues(own),
    // Whatever else is asked of the column, NULL would satisfy it; a value shows more.
    isNull: isNull ?? (own.length > 0 || holdsSome ? false : undefined),
    lengthMin: Math.max(0, ...lengths.map(({ operator, value }) => lowestLength(operator, value))),
    lengthMax: lowestOf(lengths.map(({ operator, value }) => highestLength(operator, value))),
    patterns: own.filter((demand) => demand.kind === "pattern"),
    contains: texts.filter(({ not }) => !not).map(({ text }) => text),
    lacks: texts.filter(({ not }) => not).map(({ text }) => text),
    fold: own.find((demand) => demand.kind === "case")?.to,
    jsonTypes: types.length === 0 ? undefined : intersect(types),
    includes,
    fields,
    cast: own.find((demand) => demand.kind === "cast")?.type,
    pairs: demands
      .filter((demand) => demand.kind === "columns" || demand.kind === "divisible")
      .filter((demand) => demand.column === column || demand.other === column),
  };
}

/** What demands on one column say of its value as a whole. */
function collectValues(demands: readonly Demand[]): Pick<Wanted, "oneOf" | "noneOf" | "bounds" | "multiplesOf"> {
  const compared = demands.filter((demand) => demand.kind === "compare");
  const lists = demands.filter((demand) => demand.kind === "in");
  const equal = compared.filter(({ operator }) => operator === "=").map(({ value }) => value);
  const sets = [...lists.filter(({ not }) => !not).map(({ values }) => values), ...equal.map((value) => [value])];
  const noneOf = [
    ...lists.filter(({ not }) => not).flatMap(({ values }) => values),
    ...compared.filter(({ operator }) => operator === "<>").map(({ value }) => value),
  ];

  return {
    oneOf: sets.length === 0 ? undefined : withoutSome(intersect(sets), noneOf),
    noneOf,
    bounds: compared.filter(({ operator }) => operator !== "=" && operator !== "<>"),
    multiplesOf: demands.filter((demand) => demand.kind === "multiple").map(({ of }) => of),
  };
}

/** What is wanted, and what more demands on the same column say of its value. */
export function narrowWanted(wanted: Wanted, demands: readonly Demand[]): Wanted {
  const more = collectValues(demands);

  return {
    ...wanted,
    oneOf: more.oneOf ?? wanted.oneOf,
    noneOf: [...wanted.noneOf, ...more.noneOf],
    bounds: [...wanted.bounds, ...more.bounds],
    multiplesOf: [...wanted.multiplesOf, ...more.multiplesOf],
  };
}

function findFields(demands: readonly Demand[], column: string): Wanted["fields"] {
  const places = demands.filter((demand) => isPlace(demand.column));
  const keys = new Set(places.flatMap((demand) => keyTowards(column, demand.column) ?? []));

  return [...keys].map((key) => [key, putTogether(demands, placeBelow(column, [key]))]);
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
