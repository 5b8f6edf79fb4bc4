/**
 * Builds a catalog from the parts that the queries in `kinds/` return (pure). Several parts may describe one object: one
 * has its name, others add properties to the same OID, so that no query must join catalogs for what few objects have.
 */
import { HarnessError } from "../errors.ts";

/** The properties of one object as text. A property that the object does not have is absent. */
export type ObjectProperties = Readonly<Record<string, string>>;

/**
 * The schema of one database: the properties of each object, sorted by name, such as `column public.organizations.name`
 * or `function public.f(uuid, text)`. It contains no OID and nothing else that differs between two databases of one
 * schema: two catalogs are equal if and only if the schemas are. Objects of extensions and temporary ones are left out.
 */
export type Catalog = ReadonlyMap<string, ObjectProperties>;

/** The grantee is written as `regrole` writes it: `-` is PUBLIC. */
type Grant = [grantee: string, privilege: string, grantable: boolean];

/** Properties of the object that the first three identify; a part without a name adds to another one. */
export type CatalogPart = [
  catalog: string,
  oid: string,
  sub: number,
  object: string | null,
  properties: Readonly<Record<string, unknown>>,
];

/**
 * Builds the catalog. Parts without a named object are left out, and so is what an extension owns.
 *
 * @param members catalog and OID of what extensions own
 * @throws HarnessError if two objects have the same name
 */
export function buildCatalog(
  catalogParts: readonly CatalogPart[],
  members: readonly (readonly [string, string])[],
): Catalog {
  const owned = new Set(members.map(String));
  const objects = catalogParts.filter(([catalog, oid, , object]) => object !== null && !owned.has(`${catalog},${oid}`));
  const parts = new Map<string, CatalogPart[]>();
  for (const each of catalogParts) {
    parts.set(formatIdentity(each), [...(parts.get(formatIdentity(each)) ?? []), each]);
  }
  const facts = new Map(
    objects.map((each) => [String(each[3]), mergeProperties(parts.get(formatIdentity(each)) ?? [])]),
  );

  if (facts.size !== objects.length) {
    throw new HarnessError(
      `${objects.length - facts.size} objects of the catalog share a name with another`,
      "Report the schema: each object must have a key of its own",
    );
  }

  return new Map([...facts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The identity of each named part, by its name: objects of extensions included. */
export function identifyObjects(parts: readonly CatalogPart[]): ReadonlyMap<string, string> {
  return new Map(parts.flatMap((part) => (part[3] === null ? [] : [[part[3], formatIdentity(part)] as const])));
}

function formatIdentity([catalog, oid, sub]: CatalogPart): string {
  return `${catalog},${oid},${sub}`;
}

function mergeProperties(parts: readonly CatalogPart[]): ObjectProperties {
  return Object.fromEntries(
    parts
      .flatMap(([, , , , properties]) => Object.entries(properties))
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, formatProperty(name, value)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Lists are sorted: their order has no meaning. */
function formatProperty(name: string, value: unknown): string {
  if (name === "grants") return formatGrants(value as readonly Grant[]);

  return Array.isArray(value) ? value.map(String).sort().join("\n") : String(value);
}

/** A line for each grantee. A privilege from two grantors is listed once. */
function formatGrants(grants: readonly Grant[]): string {
  const lines = new Map<string, Map<string, boolean>>();
  for (const [role, privilege, grantable] of grants) {
    const grantee = role === "-" ? "PUBLIC" : role;
    const privileges = lines.get(grantee) ?? new Map<string, boolean>();
    lines.set(grantee, privileges.set(privilege, grantable || privileges.get(privilege) === true));
  }

  return sortByKey(lines)
    .map(([grantee, privileges]) => {
      const list = sortByKey(privileges).map(([privilege, grantable]) => (grantable ? `${privilege}*` : privilege));

      return `${grantee}=${list.join(",")}`;
    })
    .join("\n");
}

function sortByKey<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
