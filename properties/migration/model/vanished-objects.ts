/** Finds objects that vanished although no statement drops them by their name (pure). */
import { findOwner } from "../../../harness/catalog/classify-difference.ts";
import type { Catalog } from "../../../harness/catalog/facts.ts";
import type { Snapshot } from "../../../harness/catalog/snapshot.ts";
import type { DroppedKind } from "../../../harness/release/targets/named-objects.ts";
import type { Targets } from "../../../harness/release/targets/targets.ts";
import { parseName } from "./matched-tables.ts";
import { quoteName } from "./names.ts";

export interface VanishedObject {
  /** As the catalog names it: `view public.v`. */
  readonly object: string;
  /** `part` for an index or constraint of a table that is left, or a trigger without its function: worth a note only. */
  readonly kind: "object" | "part";
}

const KINDS: readonly (readonly [prefix: string, kind: DroppedKind])[] = [
  ["table", "relation"],
  ["view", "relation"],
  ["materialized view", "relation"],
  ["foreign table", "relation"],
  ["sequence", "relation"],
  ["index", "relation"],
  ["function", "function"],
  ["procedure", "function"],
  ["aggregate", "function"],
  ["policy", "policy"],
  ["trigger", "trigger"],
  ["column", "column"],
  ["constraint", "constraint"],
];

/** In the order of the catalog; nothing where the statements may drop anything. */
export function findVanished(before: Snapshot, after: Snapshot, targets: Targets): readonly VanishedObject[] {
  if (targets.isDynamic) return [];
  const surviving = new Set(after.identities.values());
  const isLeft = (object: string): boolean =>
    after.catalog.has(object) || surviving.has(before.identities.get(object) ?? "");

  return [...before.catalog.keys()].flatMap((object): VanishedObject[] => {
    const [prefix, kind] = KINDS.find(([name]) => object.startsWith(`${name} `)) ?? [];
    if (prefix === undefined || kind === undefined || isLeft(object)) return [];
    const owner = findRelation(findOwner(object, before.catalog), before.catalog);
    if (owner !== undefined && !isLeft(owner)) return [];
    if (isDropped(object, prefix, kind, owner, targets) || wentWithParent(object, before.catalog, isLeft)) return [];
    if (prefix === "column" || prefix === "sequence") {
      return isPartOfSame(object, prefix, owner, { before, surviving }) ? [] : [{ object, kind: "object" }];
    }
    if (kind !== "constraint" && prefix !== "index") {
      return [{ object, kind: wentWithFunction(object, { before, after }, targets) ? "part" : "object" }];
    }

    return isWorthNote(object, owner, before, surviving) ? [{ object, kind: "part" }] : [];
  });
}

function findRelation(name: string | undefined, catalog: Catalog): string | undefined {
  return ["table", "view", "materialized view", "foreign table", "type"]
    .map((kind) => `${kind} ${name}`)
    .find((object) => catalog.has(object));
}

function isDropped(
  object: string,
  prefix: string,
  kind: DroppedKind,
  owner: string | undefined,
  targets: Targets,
): boolean {
  const name = parseName(object.slice(prefix.length + 1).replace(/\((?:[^"]|"[^"]*")*\)$/, ""));
  const relation = owner === undefined ? name : parseName(owner.replace(/^[a-z ]+ /, ""));
  const isOfSchema = targets.isDropped("schema", { within: "", name: relation.within });
  // A constraint's index is dropped with it, and has its name.
  const isOfConstraint = prefix === "index" && targets.isDropped("constraint", { within: "", name: name.name });

  return (
    isOfSchema ||
    isOfConstraint ||
    targets.isDropped(kind, kind === "constraint" ? { within: "", name: name.name } : name)
  );
}

/**
 * A trigger whose function is dropped by its name, with CASCADE, and is not there again. Where it is created again, the
 * trigger was to stay.
 */
function wentWithFunction(
  object: string,
  { before, after }: { readonly before: Snapshot; readonly after: Snapshot },
  targets: Targets,
): boolean {
  const { definition = "" } = before.catalog.get(object) ?? {};
  const name = / EXECUTE FUNCTION (.*)\(/s.exec(definition)?.[1];
  if (!object.startsWith("trigger ") || name === undefined) return false;

  return targets.isDropped("function", parseName(name)) && !after.catalog.has(`function ${name}()`);
}

/** A partition or a child whose parent is gone, too. */
function wentWithParent(object: string, catalog: Catalog, isLeft: (object: string) => boolean): boolean {
  const parents = catalog.get(object)?.["inherits"]?.split(", ") ?? [];

  return parents.some((parent) => !isLeft(`table ${parent}`));
}

interface Sides {
  readonly before: Snapshot;
  readonly surviving: ReadonlySet<string>;
}

/** A column of a view or of a recreated table, which its definition names; a sequence whose column is gone. */
function isPartOfSame(object: string, prefix: string, owner: string | undefined, sides: Sides): boolean {
  const { before, surviving } = sides;
  if (prefix === "column") {
    return owner?.startsWith("table ") !== true || !surviving.has(before.identities.get(owner) ?? "");
  }
  const column = before.catalog.get(object)?.["owned by"];

  return column !== undefined && !surviving.has(before.identities.get(`column ${column}`) ?? "");
}

/** Of a table that is left, what covered more than the column it went with; of one that was replaced, its own indexes. */
function isWorthNote(
  object: string,
  owner: string | undefined,
  { catalog, identities }: Snapshot,
  surviving: ReadonlySet<string>,
): boolean {
  if (surviving.has(identities.get(owner ?? "") ?? "")) return listColumns(object, owner, catalog).length !== 1;
  const name = parseName(object.slice("index ".length)).name;

  return (
    object.startsWith("index ") && !catalog.has(`constraint ${owner?.replace(/^[a-z ]+ /, "")}.${quoteName(name)}`)
  );
}

/** The columns of a table that a definition names. */
function listColumns(object: string, owner: string | undefined, catalog: Catalog): readonly string[] {
  const table = owner?.replace(/^[a-z ]+ /, "");
  const { definition = "" } = catalog.get(object) ?? {};
  const words = new Set(definition.split(/[^\p{L}\p{N}_$]+/u));

  return [...catalog].flatMap(([name, { of }]) => {
    const column =
      of === table && name.startsWith("column ") ? parseName(name.slice("column ".length)).name : undefined;

    return column !== undefined && words.has(column) ? [column] : [];
  });
}
