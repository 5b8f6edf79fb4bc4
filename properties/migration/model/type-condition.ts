/** The values of one type that another takes, as a condition (pure). */
import { escapeLiteral } from "pg";
import type { SchemaModel, TypeModel } from "../../../harness/rows/schema-model.ts";

/** A type before the migration, or after it. */
interface ColumnType {
  /** Its OID. */
  readonly type: string;
  /** As in a definition, such as `character varying(20)`. */
  readonly typeName: string;
}

/**
 * The values of an expression that a cast to the type takes.
 * @returns `true` where it takes all, undefined where no condition is known. A cast from text needs PostgreSQL 16 for its
 * condition (release notes of 16, pg_input_is_valid).
 */
export function fitsType(value: string, from: ColumnType, to: ColumnType, schema: SchemaModel): string | undefined {
  if (from.typeName === to.typeName ? from.type === to.type : isWidened(from.typeName, to.typeName)) return "true";
  const type = schema.types.get(to.type);
  if (type?.kind === "d") return fitsDomain(value, from, type, schema);
  const labels = type?.labels ?? undefined;
  if (labels !== undefined) return isLabel(value, labels);
  const element = type?.element == null ? undefined : schema.types.get(type.element)?.labels;
  if (element != null && from.typeName.endsWith("[]")) {
    return `${value}::text[] <@ ARRAY[${element.map((label) => escapeLiteral(label)).join(", ")}]::text[]`;
  }

  return fitsNamed(value, from.typeName, to.typeName);
}

function isLabel(value: string, labels: readonly string[]): string {
  return labels.length === 0
    ? `${value} IS NULL`
    : `${value}::text IN (${labels.map((one) => escapeLiteral(one)).join(", ")})`;
}

/** Its base type takes the value, and so do the checks of the domain. */
function fitsDomain(value: string, from: ColumnType, domain: TypeModel, schema: SchemaModel): string | undefined {
  const base = { type: domain.base ?? "", typeName: domain.baseName ?? "" };
  const isOfBase = fitsType(value, from, base, schema);
  if (isOfBase === undefined) return undefined;
  const isOwn = from.typeName === base.typeName || from.type === domain.oid;
  const checks = meetsDomain(isOwn ? value : `(${value}::${base.typeName})`, domain, domain.checks ?? []);
  if (isOfBase === "true") return checks ?? "true";

  return checks === undefined ? isOfBase : `CASE WHEN ${isOfBase} THEN ${checks} ELSE ${value} IS NULL END`;
}

/** The checks of a domain on a value, and its NOT NULL; undefined where it has none. */
export function meetsDomain(value: string, { notNull }: Pick<TypeModel, "notNull">, checks: readonly string[]) {
  const parts = [...(notNull ? [`${value} IS NOT NULL`] : []), ...checks.map((check) => insertValue(check, value))];

  return parts.length === 0
    ? undefined
    : parts.length === 1
      ? parts[0]
      : parts.map((part) => `(${part})`).join(" AND ");
}

/** In the check of a domain, VALUE is the value that is checked (PostgreSQL manual, CREATE DOMAIN). */
function insertValue(check: string, value: string): string {
  return check.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\bVALUE\b/g, (token) => (token === "VALUE" ? value : token));
}

const WIDER: readonly (readonly string[])[] = [
  ["smallint", "integer", "bigint", "numeric"],
  ["smallint", "integer", "bigint", "double precision"],
  ["real", "double precision"],
  ["character", "character varying", "text"],
  ["text", "character varying"],
  ["date", "timestamp without time zone"],
];

/** True where a type without a limit takes every value of another. */
function isWidened(from: string, to: string): boolean {
  const [plain, limit] = splitLimit(from);
  const [plainTo, limitTo] = splitLimit(to);
  if (limitTo !== undefined) {
    return (
      plain === plainTo && plain.startsWith("character") && limit !== undefined && Number(limit) <= Number(limitTo)
    );
  }

  return plain === plainTo || WIDER.some((types) => types.includes(plain) && types.indexOf(plain) < types.indexOf(to));
}

/** A type without the limit of its values, such as `character varying` and `20`. */
function splitLimit(name: string): readonly [string, string | undefined] {
  const [, plain = name, limit] = /^([\w ]+)\(([\d,-]+)\)$/.exec(name) ?? [];

  return [plain, limit];
}

function fitsNamed(value: string, from: string, type: string): string | undefined {
  // Spaces beyond the length are cut off (PostgreSQL manual, 8.3 Character Types).
  const length = /^(?:character varying|character)\((\d+)\)$/.exec(type)?.[1];
  if (length !== undefined) return `char_length(rtrim(${value}::text, ' ')) <= ${length}`;
  const [, precision, scale] = /^numeric\((\d+),(-?\d+)\)$/.exec(type) ?? [];
  const isNumber = /^(?:smallint|integer|bigint|numeric|real|double)/.test(from);
  // A cast rounds before it looks at the size (PostgreSQL manual, 8.1.2 Arbitrary Precision Numbers).
  const number = from.startsWith("numeric") ? value : `${value}::numeric`;
  if (isNumber && precision !== undefined) {
    const fits = `abs(round(${number}, ${scale})) < 1e${Number(precision) - Number(scale)}`;

    return /int/.test(from) ? fits : `${fits} OR ${value} = 'NaN'`;
  }
  const bound = INTEGER_BOUNDS[type];
  const whole = /int|serial/.test(from) ? value : `round(${value})`;
  if (isNumber && bound !== undefined) return `${whole} BETWEEN -${bound} - 1 AND ${bound}`;
  const bits = /^bit\((\d+)\)$/.exec(type)?.[1];
  if (bits !== undefined && from.startsWith("bit")) return `length(${value}) = ${bits}`;

  return /^[\w ]+$/.test(type) ? `pg_input_is_valid(${value}::text, ${escapeLiteral(type)})` : undefined;
}

const INTEGER_BOUNDS: Readonly<Record<string, string>> = {
  smallint: "32767",
  integer: "2147483647",
  bigint: "9223372036854775807",
};
