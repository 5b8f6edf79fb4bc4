/**
 * What triggers refuse, as far as their text shows it: the conditions under which a PL/pgSQL function raises an error for
 * every row (pure).
 */
import type { Parser } from "../release/parser.ts";
import { parseAlternatives } from "./conditions.ts";
import type { Alternative, Demand } from "./demands.ts";
import { moveTo, rootOf } from "./json-places.ts";
import type { TableModel } from "./schema-model.ts";

/**
 * The ways to avoid each error of a table's triggers: `IF NEW.state <> 'new' THEN RAISE EXCEPTION` asks for the state
 * `new`. Only what decides alone counts: no condition inside another one, after a RETURN in one, or on a column that the
 * function sets.
 */
export function parseRefusals({ triggers, columns }: TableModel, parser: Parser): readonly (readonly Alternative[])[] {
  const names = new Set(columns.map(({ name }) => name));
  const bodies = new Set(triggers.filter(({ conditional }) => !conditional).map(({ body }) => body));

  return [...bodies].flatMap((body) => {
    const assigned = findAssigned(body);

    return listRefused(body).map((condition) =>
      parseAlternatives(parser, condition.replace(NEW_COLUMN, '"new.$1"'), { negated: true }).map((demands) =>
        demands.flatMap((demand) => onRow(demand, names, assigned)),
      ),
    );
  });
}

/** `IF NEW.a IS NULL THEN RETURN NEW; END IF` before an error: half of the rows avoid what is not understood. */
export function parseEscapes({ triggers, columns }: TableModel): readonly (readonly Alternative[])[] {
  const bodies = triggers.filter(({ conditional }) => !conditional).map(({ body }) => body.replace(/--[^\n]*/g, ""));
  const names = bodies.flatMap((body) =>
    [...body.matchAll(ESCAPE)].flatMap(([, absent, present]) => (absent ?? present ?? "").toLowerCase()),
  );

  return columns
    .filter(({ name, notNull }) => !notNull && names.includes(name))
    .map(({ name }) => [[{ kind: "null", column: name, isNull: true }], []]);
}

const ESCAPE =
  /\bif\s+new\s*\.\s*"?(\w+)"?\s+is\s+null\s+then\s+return\s+new\s*;(?=[\s\S]*\braise\s+exception\b)|\bif\s+new\s*\.\s*"?(\w+)"?\s+is\s+not\s+null\s+then\b(?=[\s\S]*\braise\s+exception\b)/gi;

/** The columns of the new row that a function sets: `NEW.a := 1`, `SELECT … INTO NEW.a, NEW.b`. */
function findAssigned(body: string): ReadonlySet<string> {
  const targets = [
    ...body.matchAll(/(?:;|\b(?:then|else|begin|loop)\b)\s*(new\s*\.\s*"?\w+"?)\s*:?=/gi),
    ...body.matchAll(/\binto\s+(?:strict\s+)?(new\s*\.\s*"?\w+"?(?:\s*,\s*new\s*\.\s*"?\w+"?)*)/gi),
  ].flatMap(([, target = ""]) => [...target.matchAll(NEW_COLUMN)].map(([, name = ""]) => name.toLowerCase()));

  return new Set(targets);
}

const NEW_COLUMN = /\bnew\s*\.\s*"?(\w+)"?/gi;

/** The demand on a column of the new row; nothing for one on a variable, on another table, or on a column that is set. */
function onRow(demand: Demand, names: ReadonlySet<string>, assigned: ReadonlySet<string>): readonly Demand[] {
  const column = (name: string): string | undefined => {
    const found = name.startsWith("new.") ? rootOf(name).slice(4).toLowerCase() : "";

    return names.has(found) && !assigned.has(found) ? moveTo(found, name) : undefined;
  };
  const own = column(demand.column);
  if (own === undefined || demand.kind === "computed") return [];
  if (demand.kind !== "columns" && demand.kind !== "divisible") return [{ ...demand, column: own }];
  const other = column(demand.other);

  return other === undefined ? [] : [{ ...demand, column: own, other }];
}

interface Block {
  /** Whether every row that is inserted reaches it, as far as the branches before raise. */
  reached: boolean;
  readonly kind: "if" | "case" | "loop";
}

/** The conditions under which the body raises an error, whatever else holds. */
function listRefused(body: string): readonly string[] {
  const words = [...body.matchAll(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|[\w$]+|\S/g)].filter(
    ([word]) => !/^(?:--|\/\*)/.test(word),
  );
  const at = (index: number): string => words[index]?.[0].toLowerCase() ?? "";
  const refused: string[] = [];
  const blocks: Block[] = [];
  const isReached = (): boolean => blocks.every(({ reached }) => reached);
  for (let index = 0; index < words.length; index += 1) {
    const word = at(index);
    const starts = index === 0 || STARTS.has(at(index - 1));
    if (word === "return" && blocks.length > 0 && isReached()) return refused;
    if (word === "end" && /^(?:if|case|loop)$/.test(at(index + 1))) {
      blocks.pop();
      index += 1;
    } else if (starts && /^(?:loop|for|foreach|while)$/.test(word)) {
      blocks.push({ kind: "loop", reached: false });
      while (at(index) !== "loop" && index < words.length) index += 1;
    } else if (starts && (word === "if" || word === "case")) {
      blocks.push({ kind: word, reached: true });
    }
    const block = blocks.at(-1);
    const isCondition =
      (starts && word === "if") || /^els(?:e)?if$/.test(word) || (word === "when" && block?.kind === "case");
    if (word === "else" && block !== undefined && starts) block.reached = false;
    if (!isCondition || block === undefined) continue;
    const then = findThen(at, index, words.length);
    const condition = body.slice((words[index]?.index ?? 0) + word.length, words[then]?.index);
    const raises = at(then + 1) === "raise" && !/^(?:debug|log|info|notice|warning)$/.test(at(then + 2));
    if (raises && isReached()) refused.push(condition);
    // Only what is inserted passes such a condition.
    else block.reached = block.reached && /^\s*tg_op\s*=\s*'INSERT'\s*$/i.test(condition);
    index = then;
  }

  return refused;
}

/** What a statement follows. */
const STARTS: ReadonlySet<string> = new Set([";", "then", "else", "begin", "loop"]);

/** The THEN of a condition, which may hold a CASE of its own. */
function findThen(at: (index: number) => string, from: number, end: number): number {
  let open = 0;
  for (let index = from + 1; index < end; index += 1) {
    if (at(index) === "case") open += 1;
    if (at(index) === "end") open -= 1;
    if (at(index) === "then" && open === 0) return index;
  }

  return end;
}
