/** Finds what objects that were recreated under their name, or replaced, lost or gained (pure). */
import type { Catalog, ObjectProperties } from "../../../harness/catalog/facts.ts";
import type { Snapshot } from "../../../harness/catalog/snapshot.ts";
import type { Attribute } from "../../../harness/release/targets/named-objects.ts";
import type { ObjectName, Targets } from "../../../harness/release/targets/targets.ts";
import { parseName } from "./matched-tables.ts";

/** An attribute that is not as it was, and that no statement sets. */
export interface AttributeChange {
  readonly attribute: Attribute | "comment";
  /** The object after, by its name in the catalog. */
  readonly object: string;
  /** The property of the catalog. */
  readonly property: string;
  /** Of grants the role and the privilege, of options and settings the name. */
  readonly of?: string;
  readonly was?: string;
  readonly is?: string;
}

interface Recreated {
  readonly kind: string;
  readonly object: string;
  readonly name: ObjectName;
  readonly was: ObjectProperties;
  readonly is: ObjectProperties;
}

export function findAttributeChanges(before: Snapshot, after: Snapshot, targets: Targets): readonly AttributeChange[] {
  const owners = listOwners(before.catalog);

  return [
    ...listRecreated(before, after).flatMap((recreated) => [
      ...compareOwners(recreated, owners, targets),
      ...compareGrants(recreated, targets),
      ...compareFlags(recreated, targets),
      ...compareLists(recreated, targets),
      ...compareComments(recreated),
    ]),
    ...listReplaced(before, after, targets).flatMap((replaced) => [
      ...compareFlags(replaced, targets),
      ...compareLists(replaced, targets),
    ]),
  ];
}

const RELATIONS = ["table", "view", "materialized view", "foreign table", "sequence"];
const ROUTINES = ["function", "procedure", "aggregate"];
const KINDS = [...RELATIONS, ...ROUTINES, "policy", "type", "schema", "column"];

/** Objects of one name on both sides that are not the same. A relation may be another kind of relation. */
function listRecreated(before: Snapshot, after: Snapshot): readonly Recreated[] {
  const surviving = new Set(after.identities.values());

  return [...before.catalog].flatMap(([object, was]) => {
    if (surviving.has(before.identities.get(object) ?? "")) return [];
    const kind = KINDS.find((each) => object.startsWith(`${each} `));
    const found = kind === undefined ? undefined : findAgain(object, kind, before, after);
    const is = found === undefined ? undefined : after.catalog.get(found);

    return kind === undefined || found === undefined || is === undefined
      ? []
      : [{ kind, object: found, name: nameOf(found, is), was, is }];
  });
}

/** CREATE OR REPLACE keeps owner, privileges and comment, and resets the rest (PostgreSQL manual, CREATE FUNCTION). */
function listReplaced(before: Snapshot, after: Snapshot, targets: Targets): readonly Recreated[] {
  return [...before.catalog].flatMap(([object, was]) => {
    const kind = ["view", ...ROUTINES].find((each) => object.startsWith(`${each} `));
    const is = after.catalog.get(object);
    if (kind === undefined || is === undefined || before.identities.get(object) !== after.identities.get(object))
      return [];
    const name = nameOf(object, is);

    return targets.isReplaced(name) ? [{ kind, object, name, was, is }] : [];
  });
}

/** Privileges on a column are set by the name of its relation. */
function nameOf(object: string, { of }: ObjectProperties): ObjectName {
  const kind = KINDS.find((each) => object.startsWith(`${each} `)) ?? "";

  return parseName(of ?? cutArguments(object.slice(kind.length + 1)));
}

function findAgain(object: string, kind: string, before: Snapshot, after: Snapshot): string | undefined {
  // A column that was dropped and added again is another one; those of a recreated relation are the same.
  if (kind === "column") {
    const of = before.catalog.get(object)?.["of"];
    const isRecreated = RELATIONS.some((each) => isAnother(`${each} ${of}`, before, after));

    return isRecreated && after.catalog.has(object) ? object : undefined;
  }
  if (after.catalog.has(object)) return object;
  const name = object.slice(kind.length + 1);
  if (RELATIONS.includes(kind))
    return RELATIONS.map((each) => `${each} ${name}`).find((each) => after.catalog.has(each));

  return ROUTINES.includes(kind) ? findOverload(object, before, after) : undefined;
}

function isAnother(object: string, before: Snapshot, after: Snapshot): boolean {
  const identity = before.identities.get(object);

  return (
    identity !== undefined && after.identities.get(object) !== undefined && after.identities.get(object) !== identity
  );
}

/** The one function that is new, where one of that name is gone: its arguments were changed. */
function findOverload(object: string, before: Snapshot, after: Snapshot): string | undefined {
  const name = cutArguments(object);
  const [gone, added] = [listOverloads(name, before, after), listOverloads(name, after, before)];

  return gone.length === 1 && added.length === 1 ? added[0] : undefined;
}

function listOverloads(name: string, of: Snapshot, than: Snapshot): readonly string[] {
  return [...of.catalog.keys()].filter((object) => cutArguments(object) === name && !than.catalog.has(object));
}

function cutArguments(object: string): string {
  return object.replace(/\((?:[^"]|"[^"]*")*\)$/, "");
}

/** Roles that owned relations or functions before: of any other, the run's own role is not the migration's. */
function listOwners(catalog: Catalog): ReadonlySet<string> {
  return new Set(
    [...catalog].flatMap(([object, { owner }]) => (owner === undefined || object.startsWith("schema ") ? [] : [owner])),
  );
}

function compareOwners(
  { object, name, was, is }: Recreated,
  owners: ReadonlySet<string>,
  targets: Targets,
): readonly AttributeChange[] {
  const [from, to] = [was["owner"], is["owner"]];
  if (from === undefined || to === undefined || from === to || !owners.has(to)) return [];

  return targets.isSet("owner", name) ? [] : [{ attribute: "owner", object, property: "owner", was: from, is: to }];
}

function compareGrants({ object, name, was, is }: Recreated, targets: Targets): readonly AttributeChange[] {
  const owners = [was["owner"], is["owner"]];
  const [old, now] = [was, is].map(({ grants = "" }) =>
    parseGrants(grants).filter(({ role }) => !owners.includes(role)),
  );
  const format = ({ role, privilege }: Grant): string => `${privilege} of ${role}`;
  const [had, has] = [old, now].map((grants) => new Set(grants?.map(format)));
  const isSet = ({ role, privilege }: Grant): boolean =>
    targets.isSet("grants", name, role, privilege) || targets.isDropped("role", { within: "", name: role });

  return [
    ...(old ?? [])
      .filter((grant) => has?.has(format(grant)) === false && !isSet(grant))
      .map((grant) => ({
        attribute: "grants" as const,
        object,
        property: "grants",
        of: grant.role,
        was: grant.privilege,
      })),
    ...(now ?? [])
      .filter((grant) => had?.has(format(grant)) === false && !isSet(grant))
      .map((grant) => ({
        attribute: "grants" as const,
        object,
        property: "grants",
        of: grant.role,
        is: grant.privilege,
      })),
  ];
}

interface Grant {
  readonly role: string;
  readonly privilege: string;
}

/** `alice=INSERT,SELECT*`, a line for each role. */
function parseGrants(grants: string): readonly Grant[] {
  return grants
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => {
      const end = line.lastIndexOf("=");
      const role = line.slice(0, end).replace(/^"(.*)"$/, "$1");

      return line
        .slice(end + 1)
        .split(",")
        .map((privilege) => ({ role, privilege: privilege.replace("*", "") }));
    });
}

/** What a new object has where its definition says nothing: only a change to that is one that no statement wrote. */
const FLAGS: readonly (readonly [attribute: Attribute, kinds: readonly string[], unsaid: string])[] = [
  ["row security", ["table"], "false"],
  ["forced row security", ["table"], "false"],
  ["roles", ["policy"], "PUBLIC"],
  ["permissive", ["policy"], "true"],
  ["security definer", ROUTINES, "false"],
  ["volatility", ROUTINES, "volatile"],
];

/** A function that writes has to be volatile, which its author need not say. */
const WRITES = /\b(?:INSERT|UPDATE|DELETE|MERGE|TRUNCATE|nextval|setval)\b/i;

function compareFlags({ kind, object, name, was, is }: Recreated, targets: Targets): readonly AttributeChange[] {
  return FLAGS.filter(([, kinds]) => kinds.includes(kind)).flatMap(([attribute, , unsaid]) => {
    const [from, to] = [was[attribute], is[attribute]];
    const isMeant = targets.isSet(attribute, name) || (attribute === "volatility" && WRITES.test(is["body"] ?? ""));

    return from === undefined || from === to || to !== unsaid || isMeant
      ? []
      : [{ attribute, object, property: attribute, was: from, is: to }];
  });
}

/** Options of relations and settings of functions, each by its name. */
function compareLists({ kind, object, name, was, is }: Recreated, targets: Targets): readonly AttributeChange[] {
  if (!object.startsWith(`${kind} `)) return [];
  const lists = [
    { attribute: "option", property: "options", separator: ", " },
    { attribute: "config", property: "config", separator: "\n" },
  ] as const;

  return lists.flatMap(({ attribute, property, separator }) => {
    const now = new Set((is[property] ?? "").split(separator).map((entry) => entry.replace(/=.*/s, "")));

    return (was[property] ?? "").split(separator).flatMap((entry) => {
      const of = entry.replace(/=.*/s, "");

      return of === "" || now.has(of) || targets.isSet(attribute, name, of)
        ? []
        : [{ attribute, object, property, of, was: entry }];
    });
  });
}

function compareComments({ object, was, is }: Recreated): readonly AttributeChange[] {
  const [from, to] = [was["comment"], is["comment"]];

  return from === undefined || to !== undefined
    ? []
    : [{ attribute: "comment", object, property: "comment", was: from }];
}
