/**
 * Compares catalogs (pure). Objects with an order (columns of a table, labels of an
 * enum) are compared by their position among those on both sides, so that an addition or a removal is one difference.
 */
import type { Catalog, ObjectProperties } from "./facts.ts";
import type { TableRow } from "./rows.ts";

/** One object or row that was added or removed, or one property or column that was changed. */
export interface CatalogDifference {
  readonly kind: "added" | "removed" | "changed";
  /** A key of the catalog, or a row with its key: `row public.organizations (id = 7)`. */
  readonly object: string;
  /** Of a change: the property of the object, or the column of the row. */
  readonly property?: string;
  /** Of a change: absent where there was no such property, null where a row had NULL. */
  readonly before?: string | null;
  readonly after?: string | null;
}

type Values = Readonly<Record<string, string | null>>;

/** Lists every difference, sorted by object and property: none if and only if the catalogs are equal. */
export function compareCatalogs(before: Catalog, after: Catalog): CatalogDifference[] {
  const objects = [...new Set([...before.keys(), ...after.keys()])].sort();
  const [positionsBefore, positionsAfter] = [listPositions(before, after), listPositions(after, before)];

  return objects.flatMap((object) => {
    const [one, other] = [before.get(object), after.get(object)];
    const [position, otherPosition] = [positionsBefore.get(object), positionsAfter.get(object)];
    // Nearly all are equal: the rest takes longer.
    if (position === otherPosition && isSame(one, other)) return [];

    return compareObject(object, withPosition(one, position), withPosition(other, otherPosition));
  });
}

function isSame(one?: Values, other?: Values): boolean {
  if (one === undefined || other === undefined) return false;
  const names = Object.keys(one);

  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && one[name] === other[name])
  );
}

/** Lists the differences that an additive change must not make: removals, and changes other than additions. */
export function findLosses(before: Catalog, after: Catalog): CatalogDifference[] {
  return compareCatalogs(before, after).filter((difference) => !isAddition(difference));
}

function compareObject(object: string, before?: Values, after?: Values): CatalogDifference[] {
  if (before === undefined) {
    return [{ kind: "added", object }];
  }

  if (after === undefined) {
    return [{ kind: "removed", object }];
  }

  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map((property) => ({ property, from: own(before, property), to: own(after, property) }))
    .filter(({ from, to }) => from !== to)
    .sort((one, other) => (one.property < other.property ? -1 : 1))
    .map(({ property, from, to }) => ({
      ...{ kind: "changed", object, property },
      ...(from !== undefined && { before: from }),
      ...(to !== undefined && { after: to }),
    }));
}

/** A column may be named `constructor`. */
function own(values: Values, property: string): string | null | undefined {
  return Object.hasOwn(values, property) ? values[property] : undefined;
}

/** The position of each ordered object of one catalog among those of its owner that are in both. */
function listPositions(catalog: Catalog, other: Catalog): Map<string, number> {
  const ordered = [...catalog]
    .filter(([object, { position }]) => position !== undefined && other.has(object))
    .sort(([, a], [, b]) => Number(a.position) - Number(b.position));
  const last = new Map<string, number>();

  return new Map(
    ordered.map(([object, { of = "" }]) => {
      const position = (last.get(of) ?? 0) + 1;
      last.set(of, position);

      return [object, position];
    }),
  );
}

function withPosition(
  properties: ObjectProperties | undefined,
  position: number | undefined,
): ObjectProperties | undefined {
  return position === undefined ? properties : { ...properties, position: String(position) };
}

/** A new grant or comment removes nothing. */
function isAddition({ kind, property, before, after }: CatalogDifference): boolean {
  if (property === "grants") {
    const now = new Set(privileges(after));

    return privileges(before).every((privilege) => now.has(privilege) || now.has(`${privilege}*`));
  }

  return kind === "added" || (property === "comment" && before === undefined);
}

/** `alice=INSERT,SELECT*` as `alice=INSERT` and `alice=SELECT*`; the star is the grant option. */
function privileges(grants: string | null | undefined): string[] {
  return (grants ?? "")
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => {
      const end = line.lastIndexOf("=") + 1;

      return line
        .slice(end)
        .split(",")
        .map((privilege) => line.slice(0, end) + privilege);
    });
}

/** A row by its key, as differences name it: `row public.organizations (id = 7)`. */
export function formatRow(table: string, key: readonly string[], row: TableRow): string {
  return `row ${table} (${key.map((name) => `${name} = ${keyValue(row[name])}`).join(", ")})`;
}

/** Quoted as in SQL, so that no two keys read alike. */
function keyValue(value: string | null | undefined): string {
  return value === null || value === undefined
    ? "NULL"
    : /^\w[\w-]*$/.test(value) && value !== "NULL"
      ? value
      : `'${value.replaceAll("'", "''")}'`;
}

const lengthMax = 60;

const lead = 20;

/**
 * Such as `column public.t.a was added; function public.f(uuid): security definer true -> false; and 3 more`.
 *
 * @param limit the number of differences to describe; the others are counted
 */
export function describeDifferences(differences: readonly CatalogDifference[], limit = 3): string {
  if (differences.length === 0) return "no difference";

  const described = differences.slice(0, limit).map(describeDifference);
  const rest = differences.length - described.length;

  return [...described, ...(rest > 0 ? [described.length > 0 ? `and ${rest} more` : `${rest} differences`] : [])].join(
    "; ",
  );
}

function describeDifference({ kind, object, property, before, after }: CatalogDifference): string {
  if (kind !== "changed") {
    return `${printable(object)} was ${kind}`;
  }

  const [from, to] = cutAtDifference(oneLine(before), oneLine(after));

  return `${printable(object)}: ${property} ${from === to ? "differs in white space only" : `${from} -> ${to}`}`;
}

/** Absent is `none`, and SQL's NULL is `NULL`; a text that looks like either, or is blank, is quoted. */
function oneLine(value: string | null | undefined): string {
  if (value === undefined || value === null) return value === null ? "NULL" : "none";

  const line = printable(value.replace(/\s+/g, " "));

  return /^(none|NULL|)$|^ | $/.test(line) && value.length <= lengthMax ? `"${line}"` : line;
}

function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}

function cutAtDifference(before: string, after: string): [string, string] {
  const first = before.split("").findIndex((character, at) => character !== after[at]);
  const start = Math.max(0, (first === -1 ? before.length : first) - lead);

  return [cut(before, start), cut(after, start)];
}

function cut(text: string, start: number): string {
  if (text.length <= lengthMax) return text;

  const end = start + lengthMax;

  return `${start > 0 ? "…" : ""}${text.slice(start, end)}${end < text.length ? "…" : ""}`;
}
