/** Reads what ALTER COLUMN … TYPE … USING makes of a column (pure). */
import type { Parser } from "../../../harness/release/parser.ts";
import type { Statement } from "../../../harness/release/release.ts";
import { getChildren, getString, listNodes, listSubtree, type SyntaxNode } from "../../../harness/release/syntax.ts";

export interface Conversion {
  /** The name of the table as the statement has it. */
  readonly table: string;
  readonly column: string;
  /** As SQL. */
  readonly expression: string;
}

/** Each USING that does more than to cast its column. */
export function readConversions(parser: Parser, statements: readonly Statement[]): readonly Conversion[] {
  return statements
    .filter(({ node, text }) => node === "AlterTableStmt" && /\bUSING\b/i.test(text))
    .flatMap(({ text }) => {
      const parsed = parser.parse(text);
      const nodes = "statements" in parsed ? parsed.statements.flatMap(({ node, tree }) => listNodes(node, tree)) : [];
      const table = getString(nodes.find(({ kind }) => kind === "RangeVar") ?? NOTHING, "relname");
      const parts = splitCommands(parser, text);
      const commands = nodes.filter(({ kind }) => kind === "AlterTableCmd");

      return commands.flatMap((command, index) => {
        const expression = parts[index];
        if (expression === undefined || getString(command, "subtype") !== "AT_AlterColumnType") return [];
        const column = getString(command, "name");

        return isCast(command) ? [] : [{ table, column, expression }];
      });
    });
}

const NOTHING: SyntaxNode = { kind: "", fields: {}, at: -1, parent: undefined, field: "", children: [] };
/** A constant is the limit of a type. */
const CAST = new Set(["TypeCast", "TypeName", "ColumnRef", "String", "CollateClause", "Integer", "A_Const", "ival"]);

function isCast(command: SyntaxNode): boolean {
  const using = getChildren(command, "def").flatMap((column) => getChildren(column, "raw_default"));

  return using
    .flatMap(listSubtree)
    .every(({ kind, field }) => CAST.has(kind) || field === "typmods" || kind === "ival");
}

/** What follows USING in each of the commands, which commas outside of parentheses separate. */
function splitCommands(parser: Parser, text: string): readonly (string | undefined)[] {
  const found: (string | undefined)[] = [];
  let depth = 0;
  let from: number | undefined;
  const close = (end: number): void => {
    found.push(from === undefined ? undefined : text.slice(from, end).trim());
    from = undefined;
  };
  for (const { start, end } of parser.scan(text)) {
    const word = text.slice(start, end).toUpperCase();
    if (word === "(" || word === "[") depth += 1;
    if (word === ")" || word === "]") depth -= 1;
    if (depth > 0) continue;
    if (word === "USING") from = end;
    if (word === ",") close(start);
  }
  close(text.trimEnd().replace(/;$/, "").length);

  return found;
}
