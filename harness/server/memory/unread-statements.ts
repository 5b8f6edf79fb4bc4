/**
 * Finds which tables a statement that memory does not run leaves undecided (pure): comments, privileges, time limits,
 * tables of forms that are not read, and code that names all that it inserts into. While tables are empty, such a
 * statement changes nothing else. That it succeeds is assumed; `--server memory,embedded` shows where it does not.
 */
import * as v from "valibot";
import type { ParsedStatement, Parser } from "../../release/parser.ts";
import { getStrings, listNodes, listSubtree, type SyntaxNode } from "../../release/syntax.ts";
import { definitionForm, readForm } from "./statement-forms.ts";
import { demand, type MemorySchema } from "./tables.ts";

const tableForm = v.object({ relation: v.object({ relname: v.string() }) });
const limit = v.object({ sval: v.object({ sval: v.pipe(v.string(), v.regex(/^\d{1,6}m?s$/)) }) });
const limitForm = v.object({
  name: v.picklist(["lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"]),
  args: v.optional(v.strictTuple([v.object({ A_Const: limit })])),
});

/** Words of code that may define something, hide a statement or write rows in ways that are not looked through. */
const UNSAFE = new RegExp(
  [
    "\\b(?:alter|create|table|trigger|rule|policy|domain|inherits?|schema|owned|extension|cascade|truncate)\\b",
    "\\b(?:merge|copy|call|set_config|query_to_xml|dblink\\w*|(?:insert|update|delete|merge)stmt)\\b",
    "\\bdrop (?!index\\b)",
    "(?:^|; |\\bbegin |\\bthen |\\belse |\\bloop )(?:set|reset) (?!constraints\\b)",
    "\\bexecute (?!on\\b|'grant'|format \\( 'grant')",
    "\\bexecute (?!on\\b).*';'|';'.* execute (?!on\\b)",
    "\\b(?:insert into|delete from|update)(?: only)? (?:pg_|information_schema\\b)",
    "\\binsert into (?!\\w+ )",
  ].join("|"),
  "s",
);

/**
 * The tables that are undecided from then on; undefined for a statement that memory must read.
 * @throws Inconclusive for code that may do more
 */
export function findUndecided(
  { node, tree }: ParsedStatement,
  schema: MemorySchema,
  parser: Parser,
): readonly string[] | undefined {
  const { removeType, behavior } = tree as Readonly<Record<string, unknown>>;
  const own = v.is(tableForm, tree) ? [tree.relation.relname] : [];
  const isUndecided = own.some((name) => schema.has(name) && schema.get(name) === undefined);
  const isFunction = removeType === "OBJECT_FUNCTION" && behavior === "DROP_RESTRICT";
  switch (node) {
    case "GrantStmt":
    case "CommentStmt":
      return [];
    case "SelectStmt":
      return setsPathToTables(listNodes(node, tree), schema) ? [] : undefined;
    case "DropStmt":
      return isFunction ? [] : undefined;
    case "VariableSetStmt":
      return v.is(limitForm, tree) ? [] : undefined;
    case "CreateStmt":
      return readForm(definitionForm, { node, tree }) === undefined ? own : undefined;
    case "AlterTableStmt":
    case "IndexStmt":
      return isUndecided ? own : undefined;
    case "DoStmt":
    case "CreateFunctionStmt":
      return findInserted(listNodes(node, tree), parser);
    default:
      return undefined;
  }
}

/** The search_path becomes, for the transaction, the schema of tables that are known: all of them are in one. */
function setsPathToTables(nodes: readonly SyntaxNode[], schema: MemorySchema): boolean {
  const names = (kind: string, field: string) =>
    nodes.flatMap((node) => (node.kind === kind ? [getStrings(node, field).join(".")] : []));
  const calls = names("FuncCall", "funcname");
  const texts = nodes.filter(({ kind }) => kind === "A_Const").map(({ fields }) => v.parse(constantForm, fields));
  const known = ["search_path", ", ", ", pg_temp", ...schema.keys()];

  return (
    calls[0] === "set_config" &&
    calls.slice(1).every((name) => name === "string_agg") &&
    nodes.every(({ kind, fields }) => kind !== "RangeVar" || fields["relname"] === "pg_class") &&
    texts[0]?.sval?.sval === "search_path" &&
    texts.every(({ sval, boolval }) => (sval === undefined ? boolval?.boolval === true : known.includes(sval.sval)))
  );
}

const constantForm = v.object({
  sval: v.optional(v.object({ sval: v.string() })),
  boolval: v.optional(v.object({ boolval: v.optional(v.boolean()) })),
});

function findInserted(nodes: readonly SyntaxNode[], parser: Parser): readonly string[] {
  const option = (name: string) => {
    const found = nodes.filter(({ kind, fields }) => kind === "DefElem" && fields["defname"] === name);
    return found
      .flatMap(listSubtree)
      .flatMap(({ kind, fields }) => (kind === "String" ? [String(fields["sval"] ?? "")] : []));
  };
  const [language = "plpgsql"] = option("language");
  const [body = "", ...more] = option("as");
  const parsed = nodes[0]?.fields["sql_body"];
  const schemas = nodes.slice(0, 1).flatMap((root) => getStrings(root, "funcname").slice(0, -1));
  const isKnown = ["plpgsql", "sql"].includes(language) && schemas.every((schema) => schema === "public");
  const code = parsed === undefined ? readWords(body, parser) : JSON.stringify(parsed).toLowerCase();
  const [unsafe] = UNSAFE.exec(code) ?? [];
  demand(isKnown && more.length === 0, `code in ${language}`);
  demand(unsafe === undefined, `code that may change tables (it contains "${unsafe?.trim().slice(0, 30)}")`);
  return [...code.matchAll(/\binsert into (?:\w+ \. )?(\w+)/g)].map(([, table = ""]) => table);
}

/** The words of code in small letters, without quotes and comments; of a string only what matters to `UNSAFE`. */
function readWords(code: string, parser: Parser): string {
  const words = parser.scan(code).map(({ name, start, end }) => {
    const text = code.slice(start, end);
    if (!name.endsWith("SCONST")) return text.replaceAll('"', "").toLowerCase();
    if (/[;\\]/.test(text)) return "';'";
    return /^('|\$\w*\$)\s*(grant|revoke)\b/i.test(text) ? "'grant'" : "''";
  });
  return words.join(" ");
}
