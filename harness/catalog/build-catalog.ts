/**
 * Facts from what the kinds tell (pure). An object may be told in parts: one gives its name, others add properties to
 * the same number, so that a kind need not look into every catalog for what few objects have.
 */
import { HarnessError } from "../errors.ts";

/** What is known of one object. A property that the object has not got is absent. */
export type ObjectProperties = Readonly<Record<string, string>>;

/** Facts by object, such as `column public.organizations.ai_credits` or `function public.f(uuid, text)`, sorted. */
export type Catalog = ReadonlyMap<string, ObjectProperties>;

/** A grantee as PostgreSQL writes a role; `-`, which no role is written as, is everybody. */
type Grant = [grantee: string, privilege: string, grantable: boolean];

/** One part of what is known; the first three say of which object, and a part without a name adds to another's. */
export type CatalogPart = [
  catalog: string,
  oid: string,
  sub: number,
  object: string | null,
  properties: Readonly<Record<string, unknown>>,
];

/**
 * Puts the parts together. Parts of what nobody names are left out, and so is what an extension owns.
 *
 * @param members catalog and number of what extensions own
 * @throws HarnessError where two objects have one name
 */
export function buildCatalog(told: readonly CatalogPart[], members: readonly (readonly [string, string])[]): Catalog {
  const left = new Set(members.map(String));
  const objects = told.filter(
    ([catalog, oid, , object]) => object !== null && !left.has(`${catalog},${oid}`),
  );
  const parts = new Map<string, CatalogPart[]>();
  for (const each of told) {
    parts.set(placeOf(each), [...(parts.get(placeOf(each)) ?? []), each]);
  }
  const facts = new Map(
    objects.map((each) => [String(each[3]), propertiesOf(parts.get(placeOf(each)) ?? [])]),
  );

  if (facts.size !== objects.length) {
    throw new HarnessError(
      `${objects.length - facts.size} objects of the catalog share a name with another`,
      "Report the schema: each object must have a key of its own",
    );
  }

  return new Map([...facts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function placeOf([catalog, oid, sub]: CatalogPart): string {
  return `${catalog},${oid},${sub}`;
}

function propertiesOf(parts: readonly CatalogPart[]): ObjectProperties {
  return Object.fromEntries(
    parts
      .flatMap(([, , , , properties]) => Object.entries(properties))
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, textOf(name, value)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** A list has no order of its own. */
function textOf(name: string, value: unknown): string {
  if (name === "grants") {
    return grantsOf(value as readonly Grant[]);
  }

  return Array.isArray(value) ? value.map(String).sort().join("\n") : String(value);
}

/** One line a grantee. Who has a privilege from two grantors is told once. */
function grantsOf(grants: readonly Grant[]): string {
  const lines = new Map<string, Map<string, boolean>>();
  for (const [role, privilege, grantable] of grants) {
    const grantee = role === "-" ? "PUBLIC" : role;
    const privileges = lines.get(grantee) ?? new Map<string, boolean>();
    lines.set(grantee, privileges.set(privilege, grantable || privileges.get(privilege) === true));
  }

  return sorted(lines)
    .map(([grantee, privileges]) => {
      const list = sorted(privileges).map(([privilege, grantable]) =>
        grantable ? `${privilege}*` : privilege,
      );

      return `${grantee}=${list.join(",")}`;
    })
    .join("\n");
}

function sorted<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
