/**
 * Scans the text of a function body or DO block for what it names (pure). Statements may be strings that are built and
 * executed, so that this is roughly true: a name too many hides a fault, one too few reports what is right.
 */
import type {
  AssignedColumn,
  AttributeSetting,
  DroppedKind,
  DroppedObject,
  NamedObjects,
  RenamedObject,
  WriteKind,
  WrittenName,
} from "./named-objects.ts";

const NAME = '(?:"(?:[^"]|"")+"|[\\p{L}_][\\p{L}\\p{N}_$]*)';
const QUALIFIED = `${NAME}(?:\\s*\\.\\s*${NAME})*`;
const LIST = `${QUALIFIED}(?:\\s*\\([^()]*\\))?(?:\\s*,\\s*${QUALIFIED}(?:\\s*\\([^()]*\\))?)*`;
/** What is put together at run time: a place of format(), or the end of a string that continues with a variable. */
const UNKNOWN_NAME = `"?%(?:\\d+\\$)?[IsL]|"?'+\\s*\\|\\|`;

const WRITES: readonly (readonly [words: string, as: readonly WriteKind[]])[] = [
  ["INSERT\\s+INTO|COPY", ["insert"]],
  ["UPDATE(?:\\s+ONLY)?", ["update"]],
  ["DELETE\\s+FROM(?:\\s+ONLY)?|TRUNCATE(?:\\s+TABLE)?(?:\\s+ONLY)?", ["delete"]],
  ["MERGE\\s+INTO|REFRESH\\s+MATERIALIZED\\s+VIEW(?:\\s+CONCURRENTLY)?", ["insert", "update", "delete"]],
];

/** Before a name that is put together at run time, these may write any table. */
const WRITING = `${WRITES.map(([words]) => words).join("|")}|(?:ALTER|DROP)\\s+TABLE(?:\\s+IF\\s+EXISTS)?(?:\\s+ONLY)?`;
/** And these may name anything. */
const NAMING = `${WRITING}|(?:ALTER|DROP)\\s+\\w+(?:\\s+IF\\s+EXISTS)?`;

/** Names everything that the body of a function or a DO block names. */
export function scanBody(body: string): Partial<NamedObjects> {
  const text = body.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, " ");

  return {
    written: WRITES.flatMap(([words, as]) =>
      find(text, `\\b(?:${words})\\s+(${LIST})`)
        .flatMap(parseNames)
        .map((table) => ({ table, as })),
    ),
    assigned: scanAssignments(text),
    dropped: scanDropped(text),
    renamed: scanRenamed(text),
    settings: scanSettings(text),
    replaced: find(text, `\\bCREATE\\s+OR\\s+REPLACE\\s+(?:VIEW|FUNCTION|PROCEDURE)\\s+(${QUALIFIED})`).map(parseName),
    called: find(
      text,
      `(?<!\\b(?:FUNCTION|PROCEDURE|TABLE|INTO|VIEW)\\s+(?:IF\\s+\\w+\\s+EXISTS\\s+)?)\\b(${QUALIFIED})\\s*\\(`,
    ).map(parseName),
    isDynamic: new RegExp(`\\b(?:${NAMING})\\s+(?:${UNKNOWN_NAME})`, "iu").test(text),
    writesUnknown: new RegExp(`\\b(?:${WRITING})\\s+(?:${UNKNOWN_NAME})`, "iu").test(text),
  };
}

/** `col =`, `NEW.col :=`, `(a, b) =`, `INTO NEW.col`, and ALTER COLUMN … TYPE. A whole `NEW :=` assigns all columns. */
function scanAssignments(text: string): AssignedColumn[] {
  const single = find(text, `(${QUALIFIED})(?:\\s*\\[[^\\]]*\\])?\\s*(?::=|=(?!>))`);
  const lists = find(text, `\\((\\s*${NAME}(?:\\s*,\\s*${NAME})*\\s*)\\)\\s*=`);
  const into = find(text, `\\bINTO\\s+(?:STRICT\\s+)?(${LIST})`);
  const retyped = find(text, `\\bALTER\\s+(?:COLUMN\\s+)?(${NAME})\\s+(?:SET\\s+DATA\\s+)?TYPE\\b`);
  const names = [...single, ...lists, ...into].flatMap(parseNames).map(({ name }) => name);
  const isWhole = names.some((name) => /^new$/i.test(name)) || new RegExp(`(?:${UNKNOWN_NAME})\\s*=`, "iu").test(text);

  const isCast = !/\bUSING\b/i.test(text);

  return [
    ...(isWhole ? [{}] : [...new Set(names)].map((column) => ({ column }))),
    ...retyped.flatMap(parseNames).map(({ name }) => ({ column: name, isCast })),
  ];
}

const DROPPED: readonly (readonly [words: string, kind: DroppedKind])[] = [
  ["(?:FOREIGN\\s+)?TABLE|(?:MATERIALIZED\\s+)?VIEW|SEQUENCE|INDEX(?:\\s+CONCURRENTLY)?", "relation"],
  ["FUNCTION|PROCEDURE|ROUTINE|AGGREGATE", "function"],
  ["TYPE|DOMAIN", "type"],
  ["TRIGGER", "trigger"],
  ["POLICY", "policy"],
  ["RULE", "rule"],
  ["COLUMN", "column"],
  ["CONSTRAINT", "constraint"],
  ["SCHEMA", "schema"],
  ["ROLE|USER", "role"],
];

function scanDropped(text: string): DroppedObject[] {
  return DROPPED.flatMap(([words, kind]) =>
    find(text, `\\bDROP\\s+(?:${words})\\s+(?:IF\\s+EXISTS\\s+)?(${LIST})`)
      .flatMap(parseNames)
      // The table of a trigger or policy stands after ON, and is not looked for: the name alone counts.
      .map((object) => ({ kind, object: kind === "trigger" || kind === "policy" ? { name: object.name } : object })),
  );
}

function scanRenamed(text: string): RenamedObject[] {
  const pattern = `\\bALTER\\s+\\w+\\s+(?:IF\\s+EXISTS\\s+)?(?:ONLY\\s+)?(${QUALIFIED})\\s+RENAME\\s+(?:COLUMN\\s+)?(?:(${NAME})\\s+)?TO\\s+(${NAME})`;

  return [...text.matchAll(new RegExp(pattern, "giu"))].map(([, object = "", part, to = ""]) => ({
    from: parseName(part ?? object).name,
    to: parseName(to).name,
  }));
}

/** GRANT and REVOKE by their roles, OWNER TO, row security and options; the object is any. */
function scanSettings(text: string): AttributeSetting[] {
  const roles = find(text, `\\b(?:GRANT|REVOKE)\\b[^;]*?\\b(?:TO|FROM)\\s+(${NAME}(?:\\s*,\\s*${NAME})*)`).flatMap(
    parseNames,
  );
  const isOpen = new RegExp(`\\b(?:GRANT|REVOKE)\\b[^;]*?\\b(?:TO|FROM)\\s+(?:${UNKNOWN_NAME})`, "iu").test(text);
  const options = find(text, `\\b(?:WITH|SET|RESET)\\s*\\(([^()]*)\\)`).flatMap((list) =>
    [...list.matchAll(/(\w+)\s*(?:=|,|$)/g)].map(([, of]) => ({ attribute: "option" as const, of })),
  );
  const words: readonly (readonly [string, AttributeSetting["attribute"]])[] = [
    ["OWNER\\s+TO", "owner"],
    ["DISABLE\\s+ROW\\s+LEVEL\\s+SECURITY", "row security"],
    ["SECURITY\\s+INVOKER", "security definer"],
    ["VOLATILE", "volatility"],
    ["RESET\\s+ALL", "config"],
  ];

  return [
    ...roles.map(({ name }) => ({ attribute: "grants" as const, of: /^public$/i.test(name) ? "PUBLIC" : name })),
    ...(isOpen ? [{ attribute: "grants" as const }] : []),
    ...options,
    ...words.flatMap(([word, attribute]) => (new RegExp(`\\b${word}\\b`, "i").test(text) ? [{ attribute }] : [])),
  ];
}

function find(text: string, pattern: string): string[] {
  return [...text.matchAll(new RegExp(pattern, "giu"))].map(([, found]) => found ?? "");
}

/** The names of a list: `a.b, "C" (int)`. */
function parseNames(list: string): WrittenName[] {
  return [...list.replace(/\([^()]*\)/g, "").matchAll(new RegExp(QUALIFIED, "giu"))].map(([name]) => parseName(name));
}

function parseName(qualified: string): WrittenName {
  const parts = [...qualified.matchAll(new RegExp(NAME, "giu"))].map(([part]) =>
    part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toLowerCase(),
  );

  return { within: parts.at(-2), name: parts.at(-1) ?? "" };
}
