/**
 * What a DO block or a function may do to the tables in memory (pure). pg-mem runs none of it, so it is passed over
 * where it certainly defines nothing, and writes no rows but to tables that are named: they are not asked about then.
 */
import type { Word } from "./reader.ts";

/** The tables that it may put rows into, or why it is not passed over. */
export type Effects = { readonly objection: string } | { readonly inserts: readonly string[] };

/** Code that says none of these defines no table anew, and hangs nothing on one. */
const DEFINING = [
  ...["alter", "create", "table", "trigger", "rule", "policy", "domain", "inherit", "inherits", "schema"],
  ...["owned", "extension", "cascade", "truncate"],
];
/** What writes rows in ways that are not looked through, or runs what cannot be seen. */
const HIDING = ["merge", "copy", "call", "set_config", "query_to_xml", "dblink", "dblink_exec"];
/** Where a statement begins, behind these. */
const BEFORE = [";", "begin", "then", "else", "loop"];

/** @param words of the whole code, comments left out */
export function effectsOf(words: readonly Word[]): Effects {
  const inserts: string[] = [];
  for (const [at, word] of words.entries()) {
    if (word.isString) continue;
    if (mayDefine(words, at)) return { objection: "pg-mem runs no such code, and it may change tables" };
    const target = writtenBy(words, at);
    if (target !== undefined && /^(pg_|information_schema$)/.test(target)) {
      return { objection: "pg-mem runs no such code, and it writes to the catalog" };
    }
    if (target !== undefined && word.text === "insert") inserts.push(target);
  }

  return { inserts };
}

function mayDefine(words: readonly Word[], at: number): boolean {
  const word = words[at]?.text ?? "";
  const before = words[at - 1]?.text ?? ";";
  const after = words[at + 1]?.text;
  switch (word) {
    case "drop":
      // An index finds what is there without it.
      return after !== "index";
    case "set":
    case "reset":
      return BEFORE.includes(before) && after !== "constraints";
    case "execute":
      return !isGrant(words, at);
    default:
      return DEFINING.includes(word) || HIDING.includes(word);
  }
}

/** The table that a statement writes to, which begins here; without its schema, but for the catalog's. */
function writtenBy(words: readonly Word[], at: number): string | undefined {
  const [word, next] = [words[at], words[at + 1]];
  if (word?.isString !== false) return undefined;
  const start =
    (word.text === "insert" && next?.text === "into") || (word.text === "delete" && next?.text === "from")
      ? at + 2
      : at + 1;
  if (start === at + 1 && word.text !== "update") return undefined;
  const from = words[start]?.text === "only" ? start + 1 : start;
  const [name, dot, inside] = words.slice(from, from + 3).map(({ text }) => text);

  return dot === "." && name !== "pg_catalog" && name !== "information_schema" ? inside : name;
}

/** What is executed says who may do what, and nothing else; or it is no statement, but the right to execute. */
function isGrant(words: readonly Word[], at: number): boolean {
  const [first, second, third] = words.slice(at + 1);
  if (first?.text === "on") return true;
  const said = first?.text === "format" && second?.text === "(" ? third : first;
  // Whatever is put into it ends no statement, either.
  const isOne = words.every(({ isString, text }) => !isString || !text.includes(";"));

  return isOne && said?.isString === true && /^\s*(grant|revoke)\b/i.test(said.text);
}
