/**
 * Classifies the differences of two catalogs that should be equal, such as before a migration and after its rollback
 * (pure): some of them PostgreSQL cannot or need not undo.
 */
import { type CatalogDifference, compareCatalogs } from "./difference.ts";
import type { Catalog } from "./facts.ts";
import { isReorderedSql, isSameSql } from "./normalize-sql.ts";

/**
 * - `column-order`: a column that was added again is the last one (PostgreSQL manual, ALTER TABLE, ADD COLUMN);
 * - `enum-label`: a label that is left over, since none can be removed (PostgreSQL manual, ALTER TYPE, ADD VALUE);
 * - `extension`: an extension that is left over or gone;
 * - `expression-text`: a text that differs in white space, comments, parentheses or casts of literals only;
 * - `not-null-name`: the name of a NOT NULL constraint, which has one from PostgreSQL 18 on;
 * - `different`: anything else.
 */
export type DifferenceClass =
  | "column-order"
  | "enum-label"
  | "extension"
  | "expression-text"
  | "not-null-name"
  | "different";

export interface ClassifiedDifference extends CatalogDifference {
  readonly class: DifferenceClass;
}

/** All differences; of an object that was added or removed as a whole, its parts are left out. */
export function classifyDifferences(before: Catalog, after: Catalog): readonly ClassifiedDifference[] {
  const all = compareCatalogs(before, after);
  const whole = new Map(all.filter(({ kind }) => kind !== "changed").map(({ object, kind }) => [object, kind]));
  const differences = all.filter(
    (difference) => !isPart(difference, before.get(difference.object) === undefined ? after : before, whole),
  );
  const moved = new Set(differences.filter(isMoved).map(({ object }) => findOwner(object, before) ?? ""));
  const renamed = findRenamedNotNulls(differences, before, after);

  return differences.map((difference) => ({
    ...difference,
    class: renamed.has(difference.object) ? "not-null-name" : classify(difference, moved, before),
  }));
}

function classify(difference: CatalogDifference, moved: ReadonlySet<string>, before: Catalog): DifferenceClass {
  const { kind, object, property, before: from, after: to } = difference;
  if (object.startsWith("extension ")) return "extension";
  if (object.startsWith("label ") && kind === "added") return "enum-label";
  if (isMoved(difference)) return "column-order";
  if (kind !== "changed" || typeof from !== "string" || typeof to !== "string" || !TEXTS.has(property ?? "")) {
    return "different";
  }
  const owner = findOwner(object, before);
  const hasType = (column: string, type: string): boolean =>
    before.get(`column ${owner}.${column}`)?.["type"]?.replace(/\(.*/, "") === type;
  if (isSameSql(from, to, hasType)) return "expression-text";
  // The list of a view that selects `*`, and the columns of statistics, follow the order of the table's columns.
  const [, view] = /^(?:materialized )?view (.*)/.exec(object) ?? [];
  const follows = object.startsWith("statistics ") || (view !== undefined && moved.has(view));

  return property === "definition" && follows && isReorderedSql(from, to) ? "column-order" : "different";
}

/** Properties that PostgreSQL prints from a parsed expression, or stores as text. */
const TEXTS = new Set(["definition", "default", "using", "check", "body", "partition bound", "arguments"]);

function isMoved({ kind, object, property }: CatalogDifference): boolean {
  return kind === "changed" && property === "position" && object.startsWith("column ");
}

/** A constraint `NOT NULL column` that is gone, and one of the same table and column with another name. */
function findRenamedNotNulls(
  differences: readonly CatalogDifference[],
  before: Catalog,
  after: Catalog,
): ReadonlySet<string> {
  const bySubject = new Map<string, Set<string>>();
  const names = new Map<string, string[]>();
  for (const { kind, object } of differences) {
    const definition = (kind === "removed" ? before : after).get(object)?.["definition"] ?? "";
    if (kind === "changed" || !object.startsWith("constraint ") || !definition.startsWith("NOT NULL ")) continue;
    const subject = `${findOwner(object, before)} ${definition}`;
    bySubject.set(subject, (bySubject.get(subject) ?? new Set()).add(kind));
    names.set(subject, [...(names.get(subject) ?? []), object]);
  }

  return new Set([...bySubject].flatMap(([subject, kinds]) => (kinds.size === 2 ? (names.get(subject) ?? []) : [])));
}

const WHOLES = ["table", "view", "materialized view", "foreign table", "type"];

/** Whether it belongs to a table or type that was added or removed, too. */
function isPart({ kind, object }: CatalogDifference, catalog: Catalog, whole: ReadonlyMap<string, string>): boolean {
  const owner = findOwner(object, catalog);

  return owner !== undefined && WHOLES.some((name) => whole.get(`${name} ${owner}`) === kind);
}

/** The relation or type that an object belongs to, qualified: `public.t` of `column public.t.a`. */
export function findOwner(object: string, catalog: Catalog): string | undefined {
  const { of, definition, ["owned by"]: column } = catalog.get(object) ?? {};
  if (of !== undefined) return of;
  if (/^(?:column|label|constraint|trigger|policy|rule) /.test(object))
    return dropLastName(object.replace(/^\w+ /, ""));
  if (object.startsWith("index ")) return /\bON (?:ONLY )?(.+?) USING /.exec(definition ?? "")?.[1];

  return object.startsWith("sequence ") && column !== undefined ? dropLastName(column) : undefined;
}

/** `public.t` of `public.t."a.b"`. */
function dropLastName(name: string): string {
  return name.replace(/\.(?:"(?:[^"]|"")*"|'(?:[^']|'')*'|[^".]+)$/, "");
}
