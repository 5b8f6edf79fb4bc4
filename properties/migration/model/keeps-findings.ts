/** Describes what a migration changed without naming it, for the report (pure). */
import { escapeLiteral } from "pg";
import { formatInspection } from "../../../harness/catalog/inspection.ts";
import type { Finding } from "../finding.ts";
import type { RowChange } from "./changed-rows.ts";
import { describeRow, formatTable } from "./matched-tables.ts";
import { quoteName } from "./names.ts";
import type { AttributeChange } from "./recreated-objects.ts";
import type { RetypedColumn } from "./retyped-columns.ts";
import type { VanishedObject } from "./vanished-objects.ts";

export function describeRowChange(change: RowChange): Finding {
  return change.kind === "changed" ? describeCellChange(change) : describeCountChange(change);
}

function describeCountChange({ kind, table, count, row }: RowChange): Finding {
  const [before, after] = [formatTable(table.before), formatTable(table.after)];
  const verb = kind === "vanished" ? "deletes" : "also-changes";
  const side = kind === "vanished" ? table.before : table.after;

  return {
    kind: `row-${kind}`,
    subject: before,
    answer: "declare",
    declare: `-- plumbline: ${verb} ${before} because …`,
    expected: `no row of ${before}, which no statement writes, ${kind === "vanished" ? "vanishes" : "appears"}`,
    got: `${count} ${count === 1 ? "row" : "rows"} ${kind}, such as ${describeRow(side, row)}`,
    show: `SELECT count(*) FROM ${table.after.kind === "r" ? "ONLY " : ""}${after}`,
    hint: `Look for the cascade, trigger or function that ${kind === "vanished" ? "deletes from" : "writes to"} ${before}, and avoid or declare it`,
    evidence: { shows: "values", values: [String(table.after.rows.length)] },
  };
}

function describeCellChange({ table, column, count, row, was, is }: RowChange): Finding {
  const subject = `${formatTable(table.before)}.${quoteName(column?.before.name ?? "")}`;
  const key = table.after.columns.filter(({ number }) => table.after.key.includes(number) && number !== column?.number);
  const selected = [...key.map(({ name }) => name), column?.after.name ?? ""].map(quoteName).join(", ");
  const values = is === undefined ? "" : `: ${formatValue(was)} became ${formatValue(is)}`;

  return {
    kind: "cell-changed",
    subject,
    answer: "declare",
    declare: `-- plumbline: also-changes ${subject} because …`,
    expected: `the values of ${subject}, which no statement assigns, stay`,
    got: `${count} ${count === 1 ? "value" : "values"} changed, such as in ${describeRow(table.before, row)}${values}`,
    show: `SELECT ${selected} FROM ${formatTable(table.after)}`,
    hint: `Look for the trigger, cascade or rule that sets ${subject}, and avoid or declare it`,
  };
}

const VALUE_MAX = 60;

function formatValue(value: string | null | undefined): string {
  if (value === null || value === undefined) return "NULL";

  return escapeLiteral(value.length > VALUE_MAX ? `${value.slice(0, VALUE_MAX)}…` : value);
}

export function describeLostValue(
  { table, column }: RetypedColumn,
  [before, after]: RetypedColumn["values"][number],
): Finding {
  const subject = `${formatTable(table.before)}.${quoteName(column.before.name)}`;

  return {
    kind: "value-lost",
    subject,
    answer: "error",
    expected: `a value of ${subject} that is cast from ${column.before.type} to ${column.after.type} and back is the same`,
    got: `${formatValue(before)} became ${formatValue(after)}`,
    show: `SELECT ${quoteName(column.after.name)} FROM ${formatTable(table.after)}`,
    hint: `Choose a type that holds all values of ${column.before.type}, or change the values by an UPDATE or a USING expression that says how`,
  };
}

const ATTRIBUTES: Readonly<Record<string, readonly [kind: string, name: string, remedy: string]>> = {
  owner: ["owner-changed", "its owner", "Set the owner again with ALTER … OWNER TO"],
  option: ["option-lost", "its option", "Name the option in WITH (…), as before"],
  "row security": ["row-security-lost", "row security", "Enable it again: ALTER TABLE … ENABLE ROW LEVEL SECURITY"],
  "forced row security": [
    "forced-row-security-lost",
    "forced row security",
    "Force it again: ALTER TABLE … FORCE ROW LEVEL SECURITY",
  ],
  roles: ["policy-opened", "its roles", "Name the roles in CREATE POLICY … TO"],
  permissive: ["policy-permissive", "its restriction", "Write CREATE POLICY … AS RESTRICTIVE"],
  "security definer": [
    "security-definer-lost",
    "SECURITY DEFINER",
    "Write SECURITY DEFINER again, or SECURITY INVOKER",
  ],
  config: ["setting-lost", "its setting", "Write SET … in CREATE FUNCTION again"],
  volatility: ["volatility-lost", "its volatility", "Write the volatility again: STABLE, IMMUTABLE or VOLATILE"],
};

/** A finding for each object, whatever attributes, privileges, options or settings it is about. No comments. */
export function describeAttributeChanges(changes: readonly AttributeChange[]): readonly Finding[] {
  const groups = new Map<string, AttributeChange[]>();
  for (const change of changes) {
    const group = JSON.stringify([change.object, change.attribute, change.is === undefined]);
    groups.set(group, [...(groups.get(group) ?? []), change]);
  }

  const findings = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];

    return first.attribute === "grants" ? [describeGrants(first, group)] : [describeAttribute(first, group)];
  });

  return [...new Set(findings.map(({ subject }) => subject))].map((subject) =>
    joinFindings(findings.filter((finding) => finding.subject === subject)),
  );
}

/** What one statement took from one object is one fault; the first is shown. */
function joinFindings(findings: readonly Finding[]): Finding {
  const [first, ...others] = findings as readonly [Finding, ...Finding[]];
  const join = (texts: readonly (string | undefined)[]): string =>
    texts.filter((text) => text !== undefined).join("; ");
  if (others.length === 0) return first;

  return {
    ...first,
    kind: "attributes-lost",
    expected: join(findings.map(({ expected }) => expected)),
    got: join(findings.map(({ got }) => got)),
    hint: join(findings.map(({ hint }) => hint)),
  };
}

function describeGrants({ object, is }: AttributeChange, changes: readonly AttributeChange[]): Finding {
  const isLost = is === undefined;
  const [verb, preposition] = isLost ? ["GRANT", "TO"] : ["REVOKE", "FROM"];
  const list = changes.map(({ of = "", was, is: now }) => ({ role: of, privilege: was ?? now ?? "" }));
  const privileges = list.map(
    ({ role, privilege }) => `${privilege} of ${role === "PUBLIC" ? "PUBLIC (every role)" : role}`,
  );
  const statements = list.map(({ role, privilege }) => `${verb} ${privilege} ON … ${preposition} ${role}`);

  return {
    ...describeRecreated(object, "grants"),
    kind: isLost ? "privilege-lost" : "privilege-gained",
    expected: `${object}, which was recreated, has the privileges that it had`,
    got: `${privileges.join(", ")} ${list.length === 1 ? "is" : "are"} ${isLost ? "gone" : "new"}`,
    hint: `Write ${statements.join("; ")}; or ${isLost ? "the REVOKE" : "the GRANT"} that says that this is meant`,
  };
}

function describeAttribute(
  { attribute, object, property, was, is }: AttributeChange,
  changes: readonly AttributeChange[],
): Finding {
  const [kind = attribute, name = attribute, hint = ""] = ATTRIBUTES[attribute] ?? [];
  const names = changes.flatMap(({ of }) => of ?? []).join(", ");
  const lost = changes.flatMap((change) => change.was ?? []).join(", ");

  return {
    ...describeRecreated(object, property),
    kind,
    expected: `${object}, which was recreated or replaced, keeps ${name}${names === "" ? "" : ` ${names}`}`,
    got: is === undefined ? `${lost} is gone` : `it was ${was}, and is ${is}`,
    hint,
  };
}

function describeRecreated(object: string, property: string): Pick<Finding, "subject" | "answer" | "show"> {
  return {
    subject: nameObject(object),
    answer: "error",
    show: formatInspection({ kind: "changed", object, property }),
  };
}

/** `public.v` of `view public.v`. */
function nameObject(object: string): string {
  return object.replace(/^[a-z ]+ (?=\S)/, "");
}

export function describeVanished({ object }: VanishedObject): Finding {
  const name = nameObject(object);

  return {
    kind: `${object.slice(0, object.length - name.length - 1).replaceAll(" ", "-")}-vanished`,
    subject: name,
    answer: "declare",
    declare: `-- plumbline: allow keeps.5 ${name} because …`,
    expected: `${object}, which no statement drops by its name, is still there`,
    got: "it is gone, with something that it depended on",
    show: formatInspection({ kind: "removed", object }),
    hint: `Recreate it, or drop it by its name before what it depends on`,
    evidence: { shows: "rows", count: 0 },
  };
}

export function describeInvalidIndex(object: string): Finding {
  return {
    kind: "index-invalid",
    subject: object.slice("index ".length),
    answer: "error",
    expected: `${object} is valid: queries do not use it otherwise, though every write maintains it`,
    got: "it is invalid",
    show: formatInspection({ kind: "changed", object, property: "valid" }),
    hint: "Drop it and create it again, without IF NOT EXISTS; or attach the indexes of all partitions",
    evidence: { shows: "text", present: ["f"] },
  };
}
