/**
 * What changed between two catalogs, or between the rows of a table at two times (pure). Every difference is one
 * object or one property of an object, so that a report can name it and a rule can forgive it.
 *
 * Objects that stand in an order (columns of a table, labels of an enum) are compared by their place among those that
 * both sides have: an addition or a removal is told once, and does not make every later neighbour look changed.
 */
import type { Catalog, ObjectProperties } from "./facts.ts";
import type { TableRow, TableRows } from "./rows.ts";

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

/** Every difference, sorted by object and property; empty if and only if the catalogs are equal. */
export function compareCatalogs(before: Catalog, after: Catalog): CatalogDifference[] {
  const objects = [...new Set([...before.keys(), ...after.keys()])].sort();
  const [placesBefore, placesAfter] = [placesAmong(before, after), placesAmong(after, before)];

  return objects.flatMap((object) =>
    differencesOfOne(
      object,
      placed(before.get(object), placesBefore.get(object)),
      placed(after.get(object), placesAfter.get(object)),
    ),
  );
}

/** The differences that an additive change must not make: nothing is removed, nothing changed but by adding to it. */
export function findLosses(before: Catalog, after: Catalog): CatalogDifference[] {
  return compareCatalogs(before, after).filter((difference) => !isAddition(difference));
}

/**
 * The differences of a table's rows, matched by key: first what became of the rows before, in their order, then the
 * added ones in theirs.
 */
export function compareRows(before: TableRows, after: TableRows): CatalogDifference[] {
  const [rowsBefore, rowsAfter] = [byKey(before), byKey(after)];
  const names = new Set([...rowsBefore.keys(), ...rowsAfter.keys()]);

  return [...names].flatMap((name) => differencesOfOne(name, rowsBefore.get(name), rowsAfter.get(name)));
}

function differencesOfOne(object: string, before?: Values, after?: Values): CatalogDifference[] {
  if (before === undefined) {
    return [{ kind: "added", object }];
  }

  if (after === undefined) {
    return [{ kind: "removed", object }];
  }

  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map((property) => changed(object, property, own(before, property), own(after, property)))
    .filter((difference) => difference.before !== difference.after)
    .sort((a, b) => (String(a.property) < String(b.property) ? -1 : 1));
}

/** A column may be called `constructor`. */
function own(values: Values, property: string): string | null | undefined {
  return Object.hasOwn(values, property) ? values[property] : undefined;
}

function changed(
  object: string,
  property: string,
  before?: string | null,
  after?: string | null,
): CatalogDifference {
  return {
    kind: "changed",
    object,
    property,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

/** The place of each ordered object of one catalog among those of its owner that the other catalog has too. */
function placesAmong(catalog: Catalog, other: Catalog): Map<string, number> {
  const ordered = [...catalog]
    .filter(([object, { position }]) => position !== undefined && other.has(object))
    .sort(([, a], [, b]) => Number(a.position) - Number(b.position));
  const last = new Map<string, number>();

  return new Map(
    ordered.map(([object, { of = "" }]) => {
      const place = (last.get(of) ?? 0) + 1;
      last.set(of, place);

      return [object, place];
    }),
  );
}

function placed(properties: ObjectProperties | undefined, place: number | undefined): ObjectProperties | undefined {
  return place === undefined ? properties : { ...properties, position: String(place) };
}

/** A grant or a comment that was not there before takes nothing from anyone. */
function isAddition({ kind, property, before, after }: CatalogDifference): boolean {
  if (property === "grants") {
    const now = new Set(privileges(after));

    return privileges(before).every((privilege) => now.has(privilege) || now.has(`${privilege}*`));
  }

  return kind === "added" || (property === "comment" && before === undefined);
}

/** `alice=INSERT,SELECT*` as `alice=INSERT` and `alice=SELECT*`; the star is the right to grant it on. */
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

function byKey({ table, key, rows }: TableRows): Map<string, TableRow> {
  return new Map(
    rows.map((row) => [
      `row ${table} (${key.map((name) => `${name} = ${keyValue(row[name])}`).join(", ")})`,
      row,
    ]),
  );
}

/** Quoted as in SQL, so that no two keys read alike. */
function keyValue(value: string | null | undefined): string {
  return value === null || value === undefined
    ? "NULL"
    : /^\w[\w-]*$/.test(value) && value !== "NULL"
      ? value
      : `'${value.replaceAll("'", "''")}'`;
}
