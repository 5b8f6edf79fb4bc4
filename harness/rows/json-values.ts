/** JSON documents that meet what conditions ask of them and of the places in them; the rest varies (pure). */
import type { Random } from "fast-check";
import { isJsonObject, JSON_TYPES, type Json } from "./json-types.ts";
import { type Family, type Level, pick, type ValueRequest } from "./value-request.ts";
import type { Wanted } from "./wanted.ts";

/** Generates the text of a value of a type that is named as in `pg_type`. */
type GenerateText = (request: ValueRequest, type: string) => string | undefined;

/** The simplest value of a type first. */
const SIMPLE: Readonly<Record<string, readonly Json[]>> = {
  object: [{}, { a: 1 }, { name: "alpha", tags: ["x"] }],
  array: [[], [1, 2], ["a"]],
  string: ["a", ""],
  number: [0, 1.5],
  boolean: [true, false],
  null: [null],
};

/** A column of JSON. */
export function jsonFamily(generateText: GenerateText): Family {
  return (request) => {
    const value = generateDocument(request, simpleValue(request), generateText);

    return value === undefined ? undefined : (SIMPLE_TEXTS.get(value) ?? formatJson(value));
  };
}

/** Most documents are one of these. */
const SIMPLE_TEXTS: ReadonlyMap<Json, string> = new Map(
  Object.values(SIMPLE)
    .flat()
    .map((value) => [value, formatJson(value)]),
);

/** An object where nothing is said of the type, and now and then anything. */
function simpleValue({ wanted: { jsonTypes }, random, level }: ValueRequest): Json {
  const types = jsonTypes ?? (level === "boundary" ? JSON_TYPES : ["object"]);
  const values = types.flatMap((type) => SIMPLE[type] ?? []);

  return (level === "simplest" ? values[0] : pick(random, values)) ?? null;
}

/** A value with what is wanted in it; undefined where a part of it has no value. */
function generateDocument(request: ValueRequest, start: Json, generateText: GenerateText): Json | undefined {
  const { wanted, random, level } = request;
  const hasLength = wanted.lengthMin > 0 || wanted.lengthMax !== undefined;
  let value = hasLength && Array.isArray(start) ? resize(start, wanted, level, random) : start;
  if (wanted.fields.length > 0 && isJsonObject(value)) {
    const parts = new Map(Object.entries(value));
    for (const [key, part] of wanted.fields) {
      const found = part.isNull === true ? undefined : generatePart({ ...request, wanted: part }, generateText);
      if (part.isNull === true) parts.delete(key);
      else if (found === undefined) return undefined;
      else parts.set(key, found);
    }
    value = Object.fromEntries(parts);
  }

  return wanted.includes.map((text): Json => JSON.parse(text)).reduce(merge, value);
}

/** What is at a place in a document: a text, a number or a flag where conditions read it as such. */
function generatePart(request: ValueRequest, generateText: GenerateText): Json | undefined {
  const { wanted, level } = request;
  const { includes, fields } = wanted;
  const types = wanted.jsonTypes ?? SCALARS;
  const isOpen = SCALARS.every((type) => types.includes(type)) && level !== "boundary";
  if (includes.length === 0 && fields.length === 0 && (isOpen || isReadAsText(wanted))) {
    const type = wanted.cast ?? (types.includes("string") ? "text" : types.includes("number") ? "numeric" : "bool");
    const text = generateText({ ...request, typmod: -1 }, type);

    return text === undefined ? undefined : scalarOf(text, type, types);
  }
  // What a place must equal has nothing beside it.
  const start = simpleValue({
    ...request,
    wanted: { ...wanted, jsonTypes: types },
    level: includes.length > 0 ? "simplest" : level,
  });

  return generateDocument(request, start, generateText);
}

const SCALARS = ["string", "number", "boolean"];

function isReadAsText({ cast, oneOf, noneOf, bounds, patterns, contains, lacks, fold, ...wanted }: Wanted): boolean {
  const isOfText = wanted.jsonTypes?.includes("array") !== true || wanted.jsonTypes.includes("string");
  const hasLength = isOfText && (wanted.lengthMin > 0 || wanted.lengthMax !== undefined);

  return (
    hasLength ||
    [cast, oneOf, fold].some((part) => part !== undefined) ||
    [noneOf, bounds, patterns, contains, lacks].some(({ length }) => length > 0)
  );
}

/** The text as a number or a flag where it is read as one; a number that JavaScript would round stays a text. */
function scalarOf(text: string, type: string, types: readonly string[]): Json {
  const read = /^(?:int|float|numeric)/.test(type) ? "number" : type === "bool" ? "boolean" : "string";
  if (types.includes("string") && !(read !== "string" && types.includes(read))) return text;
  if (text === "true" || text === "false") return text === "true";
  const number = Number(text);

  return text !== "" && (Number.isSafeInteger(number) || (Number.isFinite(number) && text.includes(".")))
    ? number
    : text;
}

/** The array with a number of elements that fits. */
function resize(array: readonly Json[], wanted: Wanted, level: Level, random: Random): Json {
  const { lengthMin, lengthMax = Math.max(array.length, lengthMin) } = wanted;
  const length =
    level === "boundary" && lengthMax <= LENGTH_USUAL && random.nextInt(0, 1) === 0
      ? lengthMax
      : Math.min(Math.max(array.length, lengthMin), Math.max(lengthMax, lengthMin));

  return Array.from({ length }, (_, index) => array[index] ?? index + 1);
}

/** Longer arrays are made only where they must be. */
const LENGTH_USUAL = 50;

/** The value, such that it contains another one (PostgreSQL manual, 8.14.3 jsonb Containment and Existence). */
function merge(value: Json, part: Json): Json {
  if (isJsonObject(value) && isJsonObject(part)) {
    const merged = Object.entries(part).map(([key, inner]) => [
      key,
      key in value ? merge(value[key] ?? null, inner) : inner,
    ]);

    return { ...value, ...Object.fromEntries(merged) };
  }
  if (!Array.isArray(value) || !Array.isArray(part)) return part;
  const known = new Set(value.map(formatJson));

  return [...value, ...part.filter((element) => !known.has(formatJson(element)))];
}

/** As PostgreSQL writes jsonb: shorter keys first. */
function formatJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(formatJson).join(", ")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, part]) => ({ bytes: Buffer.from(key), key, part }));
  entries.sort((left, right) => left.bytes.length - right.bytes.length || left.bytes.compare(right.bytes));

  return `{${entries.map(({ key, part }) => `${JSON.stringify(key)}: ${formatJson(part)}`).join(", ")}}`;
}
