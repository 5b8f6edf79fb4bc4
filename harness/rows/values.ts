/**
 * Values of PostgreSQL's types as PostgreSQL's own text (pure). The same random source gives the same values, whatever
 * the server.
 */
import type { Random } from "fast-check";
import { jsonFamily } from "./json-values.ts";
import { DAY_MS, dateValues, SECOND_MS, withoutZone } from "./moment-values.ts";
import { integer, numeric } from "./number-values.ts";
import type { TypeModel } from "./schema-model.ts";
import { text } from "./text-values.ts";
import { base36, type Family, type ValueRequest, WORDS } from "./value-request.ts";
import { NOTHING_WANTED } from "./wanted.ts";

const TRIES = 40;

/** Generates a value that satisfies what is wanted, as far as that is understood; undefined for a type without values. */
export function generateValue(request: ValueRequest): string | undefined {
  const type = baseType(request);

  return type === undefined ? undefined : generateOf({ ...request, typmod: type.typmod }, type.type);
}

/** A value of a type of `pg_catalog`. */
function generateNamed(request: ValueRequest, name: string): string | undefined {
  return generateOf(request, { ...NAMED, name });
}

const NAMED: TypeModel = {
  oid: "",
  name: "",
  schema: "pg_catalog",
  kind: "b",
  category: "",
  element: null,
  base: null,
  baseName: null,
  typmod: -1,
  notNull: false,
  labels: null,
  subtype: null,
  checks: null,
  validatedChecks: [],
  attributes: null,
};

function generateOf(request: ValueRequest, type: TypeModel): string | undefined {
  const { wanted, random, level } = request;
  if (wanted.oneOf !== undefined) {
    return level === "simplest" ? wanted.oneOf[0] : wanted.oneOf[random.nextInt(0, wanted.oneOf.length - 1)];
  }
  const family = findFamily(type);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const value = family(request, type);
    if (value !== undefined && !wanted.noneOf.includes(value)) return value;
    if (level === "simplest") break;
  }

  return level === "simplest" ? generateOf({ ...request, level: "ordinary" }, type) : undefined;
}

/** The type below domains, with the type modifier that counts. */
function baseType({ types, type, typmod }: ValueRequest): { type: TypeModel; typmod: number } | undefined {
  let found = types.get(type);
  let modifier = typmod;
  while (found?.kind === "d" && found.base !== null) {
    if (modifier < 0) modifier = found.typmod;
    found = types.get(found.base);
  }

  return found === undefined ? undefined : { type: found, typmod: modifier };
}

function findFamily(type: TypeModel): Family {
  if (type.kind === "e") return enumLabel;
  if (type.kind === "r") return rangeValue;
  if (type.kind === "m") return (request, of) => `{${rangeValue(request, of) ?? ""}}`;
  if (type.kind === "c") return compositeValue;
  if (type.element !== null && type.category === "A") return arrayValue;

  return FAMILIES[type.name] ?? constantValue;
}

/** Types of which one value or two are enough. */
const CONSTANTS: Readonly<Record<string, readonly string[]>> = {
  point: ["(0,0)", "(1,2)"],
  line: ["{1,2,3}"],
  lseg: ["[(0,0),(1,1)]"],
  box: ["(1,1),(0,0)"],
  path: ["((0,0),(1,1))"],
  polygon: ["((0,0),(1,1),(1,0))"],
  circle: ["<(0,0),1>"],
  xml: ["<a/>"],
  tsquery: ["'a'", "'a' & 'b'"],
  pg_lsn: ["0/0", "0/10"],
  hstore: ["", '"a"=>"1"'],
  regclass: ["pg_class"],
  regtype: ["integer"],
  jsonpath: ["$"],
  lquery: ["a.*"],
};

const constantValue: Family = ({ random, level }, { name }) => {
  const values = CONSTANTS[name];

  return values?.[level === "simplest" ? 0 : random.nextInt(0, values.length - 1)];
};

const enumLabel: Family = ({ random, level }, { labels }) =>
  labels === null || labels.length === 0
    ? undefined
    : labels[level === "simplest" ? 0 : random.nextInt(0, labels.length - 1)];

const boolean: Family = ({ random, level }) =>
  level === "simplest" ? "false" : random.nextInt(0, 1) === 0 ? "false" : "true";

const uuid: Family = ({ random, level }) => {
  if (level === "simplest") return "00000000-0000-4000-8000-000000000001";
  const hex = Array.from({ length: 8 }, () => random.nextInt(0, 0xffff).toString(16).padStart(4, "0")).join("");

  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

const FAMILIES: Readonly<Record<string, Family>> = {
  int2: integer,
  int4: integer,
  int8: integer,
  oid: integer,
  numeric,
  float4: numeric,
  float8: numeric,
  money: (request, type) => `${request.level === "simplest" ? 0 : (numeric({ ...request, typmod: -1 }, type) ?? 0)}`,
  bool: boolean,
  text,
  varchar: text,
  bpchar: text,
  citext: text,
  name: text,
  char: text,
  uuid,
  date: dateValues((iso) => iso.replace(/T.*/, ""), DAY_MS),
  timestamp: dateValues(withoutZone, SECOND_MS),
  timestamptz: dateValues((iso) => `${withoutZone(iso)}+00`, SECOND_MS),
  time: ({ random, level }) => (level === "simplest" ? "00:00:00" : clockTime(random)),
  timetz: ({ random, level }) => (level === "simplest" ? "00:00:00+00" : `${clockTime(random)}+00`),
  interval: ({ random, level }) =>
    level === "simplest" ? "0" : `${random.nextInt(1, 90)} days ${random.nextInt(0, 23)} hours`,
  json: jsonFamily(generateNamed),
  jsonb: jsonFamily(generateNamed),
  bytea: ({ random, level, wanted }) => {
    const length = Math.max(
      wanted.lengthMin,
      Math.min(wanted.lengthMax ?? 4, level === "simplest" ? wanted.lengthMin : Math.max(4, wanted.lengthMin)),
    );

    return `\\x${Array.from({ length }, () => (level === "simplest" ? 0 : random.nextInt(0, 255)).toString(16).padStart(2, "0")).join("")}`;
  },
  inet: ({ random, level }) =>
    level === "simplest"
      ? "10.0.0.1"
      : `10.${random.nextInt(0, 255)}.${random.nextInt(0, 255)}.${random.nextInt(1, 254)}`,
  cidr: ({ random, level }) =>
    level === "simplest" ? "10.0.0.0/24" : `10.${random.nextInt(0, 255)}.${random.nextInt(0, 255)}.0/24`,
  macaddr: ({ random, level }) => macAddress(level === "simplest" ? undefined : random, 6),
  macaddr8: ({ random, level }) => macAddress(level === "simplest" ? undefined : random, 8),
  ltree: ({ random, level }) => (level === "simplest" ? "a" : `${WORDS[random.nextInt(0, 7)]}.${base36(random, 3)}`),
  tsvector: ({ random, level }) => (level === "simplest" ? "'a'" : `'${WORDS[random.nextInt(0, 7)]}'`),
  bit: ({ random, level, typmod }) => bits(level === "simplest" ? undefined : random, Math.max(typmod, 1)),
  varbit: ({ random, level, typmod }) =>
    bits(level === "simplest" ? undefined : random, Math.min(Math.max(typmod, 1), 8)),
};

const arrayValue: Family = (request, { element }) => {
  const { random, level, wanted } = request;
  const least = wanted.lengthMin;
  const most = Math.max(least, Math.min(wanted.lengthMax ?? 2, Math.max(2, least)));
  const length = level === "simplest" ? least : random.nextInt(least, most);
  const values = Array.from({ length }, () =>
    generateValue({ ...request, type: element ?? "", wanted: NOTHING_WANTED, distinct: false }),
  );

  return values.includes(undefined) ? undefined : `{${values.map((value) => quoteElement(value ?? "")).join(",")}}`;
};

const rangeValue: Family = (request, { subtype }) => {
  const { level, random } = request;
  if (level === "boundary" && random.nextInt(0, 3) === 0) return "empty";
  const ends = [0, 1].map(() => generateValue({ ...request, type: subtype ?? "", typmod: -1, wanted: NOTHING_WANTED }));
  const [first, second] = ends;
  if (first === undefined || second === undefined) return undefined;
  if (level === "simplest") return `[${quoteElement(first)},${quoteElement(first)}]`;
  const [low, high] = isOrdered(first, second) ? [first, second] : [second, first];

  // With the upper end excluded no whole number above the largest one is needed.
  return `[${quoteElement(low)},${quoteElement(high)})`;
};

function isOrdered(first: string, second: string): boolean {
  if ([first, second].every((value) => /^-?\d+$/.test(value))) return BigInt(first) <= BigInt(second);

  return /^-?\d/.test(first) && !/[:-]./.test(first.slice(1)) ? Number(first) <= Number(second) : first <= second;
}

const compositeValue: Family = (request, { attributes }) => {
  const values = (attributes ?? []).map(({ type, typmod }) =>
    generateValue({ ...request, type, typmod, wanted: NOTHING_WANTED }),
  );

  return `(${values.map((value) => (value === undefined ? "" : quoteElement(value))).join(",")})`;
};

function quoteElement(value: string): string {
  return /^[\w.:+-]+$/.test(value) && !/^null$/i.test(value) ? value : `"${value.replace(/[\\"]/g, "\\$&")}"`;
}

function clockTime(random: Random): string {
  return [23, 59, 59].map((most) => String(random.nextInt(0, most)).padStart(2, "0")).join(":");
}

function macAddress(random: Random | undefined, bytes: number): string {
  return Array.from({ length: bytes }, () => (random?.nextInt(0, 255) ?? 2).toString(16).padStart(2, "0")).join(":");
}

function bits(random: Random | undefined, length: number): string {
  return Array.from({ length }, () => random?.nextInt(0, 1) ?? 0).join("");
}
