/** Removes the schema of a name, which then depends on the search path. */
import { getChildren, getString, getStrings, type SyntaxNode } from "../../release/syntax.ts";
import { type Operator, removed } from "../operator.ts";

export const schemaStripped: Operator = {
  family: "name",
  sentence: "A name is not qualified",
  *mutate(subject) {
    for (const { nodes, tokens } of subject.fragments) {
      const names = nodes.flatMap(qualifiedNames);
      for (const [at, token] of tokens.entries()) {
        const [dot, name] = [tokens[at + 1], tokens[at + 2]];
        if (dot?.text !== "." || name === undefined || tokens[at - 1]?.text === ".") continue;
        if (names.includes(plain(`${token.text}.${name.text}`))) yield removed({ start: token.start, end: name.start });
      }
    }
  },
  examples: {
    "SELECT own.f(t.a) FROM own.t;": ["SELECT f(t.a) FROM own.t;", "SELECT own.f(t.a) FROM t;"],
    "DROP FUNCTION own.f(INT);": ["DROP FUNCTION f(INT);"],
    "CREATE INDEX i ON own.t (a);": ["CREATE INDEX i ON t (a);"],
    "SELECT t.a, 'own.t' FROM t": [],
  },
};

/** `schema.name` of each table and function that a node names. */
function qualifiedNames(node: SyntaxNode): string[] {
  const schema = node.kind === "RangeVar" ? getString(node, "schemaname") : "";
  const listed = ["funcname", "objname"].map((field) => getStrings(node, field));
  const dropped = node.kind === "DropStmt" ? getChildren(node, "objects").map((list) => getStrings(list, "items")) : [];
  const pairs = [...listed, ...dropped].filter(({ length }) => length === 2).map((names) => names.join("."));

  return schema === "" ? pairs : [...pairs, `${schema}.${getString(node, "relname")}`];
}

function plain(name: string): string {
  return name.includes('"') ? name.replaceAll('"', "") : name.toLowerCase();
}
