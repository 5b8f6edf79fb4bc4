/** Parses what a condition asks of JSON documents into demands on columns and on places in them (pure). */
import { type Alternative, combineAlternatives, type Demand } from "./demands.ts";
import {
  columnBelow,
  columnIn,
  constantOf,
  constantsIn,
  type Fields,
  lastName,
  listOf,
  type Tree,
  treeOf,
} from "./expression-tree.ts";
import { isPlace, placeBelow } from "./json-places.ts";
import { JSON_TYPES, typeOfJson } from "./json-types.ts";

/**
 * Parses `settings ? 'a'`, `settings ?& ARRAY['a', 'b']`, `settings ?| ARRAY['a', 'b']`, `settings @> '{"a": 1}'`
 * (PostgreSQL manual, 9.16 JSON Functions and Operators).
 * @returns undefined for any other operator
 */
export function parseJsonOperator(fields: Fields, truth: boolean): readonly Alternative[] | undefined {
  const name = lastName(fields["name"]);
  const column = columnIn(treeOf(fields["lexpr"]));
  const right = treeOf(fields["rexpr"]);
  if (name === "@>") return parseContainment(column, right, truth);
  if (!/^\?[&|]?$/.test(name)) return undefined;
  const key = constantOf(right);
  const keys = name === "?" ? (key === undefined ? undefined : [key]) : constantsIn(right);
  if (column === undefined || keys === undefined) return [[]];
  const each = keys.map((of): readonly Alternative[] => [presence(column, of, truth)]);

  return (name === "?|") === truth ? each.flat() : each.reduce(combineAlternatives, [[]]);
}

/** A key is there, whatever its value; or the document is there without it. */
function presence(column: string, key: string, present: boolean): Alternative {
  const place = placeBelow(column, [key]);

  return present
    ? [{ kind: "json", column: place, types: JSON_TYPES }]
    : [
        { kind: "json", column, types: JSON_TYPES },
        { kind: "null", column: place, isNull: true },
      ];
}

function parseContainment(column: string | undefined, right: Tree | undefined, truth: boolean) {
  const json = jsonOf(right);
  if (column === undefined || json === undefined) return [[]];
  if (truth) return [[{ kind: "includes", column, json } as const]];
  const value: unknown = JSON.parse(json);
  const [key] = typeOfJson(value) === "object" ? Object.keys(value as object) : [];

  return key === undefined ? [[]] : [presence(column, key, false)];
}

/** `settings -> 'a' = '1'::jsonb`, or `<>`: a document that holds no other value, or one of another type. */
export function parseJsonEquality(
  column: string,
  isEqual: boolean,
  right: Tree | undefined,
): readonly Alternative[] | undefined {
  const json = isPlace(column) && right?.kind === "TypeCast" ? jsonOf(right) : undefined;
  if (json === undefined) return undefined;
  const type = typeOfJson(JSON.parse(json));

  return [
    [
      isEqual
        ? { kind: "includes", column, json }
        : { kind: "json", column, types: JSON_TYPES.filter((of) => of !== type) },
    ],
  ];
}

/** The text of a constant that is a JSON document, and is cast to no other type. */
function jsonOf(tree: Tree | undefined): string | undefined {
  const text = constantOf(tree);
  if (text === undefined || (tree?.kind === "TypeCast" && !/^jsonb?$/.test(typeNameOf(tree)))) return undefined;
  try {
    JSON.parse(text);

    return text;
  } catch {
    return undefined;
  }
}

/** `jsonb_typeof(x)` is one of these types, or none of them; undefined for any other call. */
export function parseTypes(
  call: Tree | undefined,
  types: readonly string[],
  isOne: boolean,
): readonly Alternative[] | undefined {
  if (call?.kind !== "FuncCall" || !/^jsonb?_typeof$/.test(lastName(call.fields["funcname"]))) return undefined;
  const column = columnBelow(listOf(call.fields["args"])[0]);
  const allowed = isOne ? types : JSON_TYPES.filter((type) => !types.includes(type));

  return column === undefined ? [[]] : [[{ kind: "json", column, types: allowed }]];
}

/** The demands, and the types that a condition casts the places among them to: `(settings ->> 'n')::integer > 0`. */
export function withCasts(alternatives: readonly Alternative[], tree: Tree | undefined): readonly Alternative[] {
  if (tree === undefined || !alternatives.some((demands) => demands.some(({ column }) => isPlace(column))))
    return alternatives;
  const casts = findCasts({ [tree.kind]: tree.fields });

  return alternatives.map((demands) => {
    const places = new Set(demands.filter((demand) => demand.kind !== "null" || !demand.isNull).map((of) => of.column));

    return [...demands, ...casts.filter(({ column }) => places.has(column))];
  });
}

/** @param node of the parser's JSON */
function findCasts(node: unknown): readonly Extract<Demand, { readonly kind: "cast" }>[] {
  if (typeof node !== "object" || node === null) return [];
  const tree = treeOf(node);
  const below = Object.values(node).flatMap(findCasts);
  const column = tree?.kind === "TypeCast" ? columnIn(tree) : undefined;
  const type = tree === undefined ? "" : typeNameOf(tree);

  return column === undefined || !isPlace(column) || /^(?:jsonb?|text|varchar)?$/.test(type)
    ? below
    : [{ kind: "cast", column, type }, ...below];
}

/** The name of the type that a tree casts to, as `pg_type` has it. */
function typeNameOf({ fields }: Tree): string {
  return lastName((fields["typeName"] as Fields | undefined)?.["names"]);
}
