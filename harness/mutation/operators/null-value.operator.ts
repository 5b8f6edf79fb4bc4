/** Replaces a value with NULL that is stored, returned, assigned or passed to a function of the release. */
import { findAncestor, getStrings, type SyntaxNode } from "../../release/syntax.ts";
import { type Operator, replaced } from "../operator.ts";
import { childSites, findNodes, type NodeSite } from "../sites.ts";
import type { Subject } from "../subject.ts";
import type { SqlToken } from "../tokens.ts";

export const nullValue: Operator = {
  family: "expression",
  sentence: "A value is NULL",
  *mutate(subject) {
    for (const { node, fragment } of [...storedValues(subject), ...passedArguments(subject)]) {
      const span = node.fields["isnull"] === true ? undefined : fragment.span(node);
      if (span !== undefined) yield replaced(span, "NULL");
    }
    for (const { kind, parts } of subject.body?.statements ?? []) {
      const [part] = parts;
      const isValue = part?.role === "value" && (kind === "return" || kind === "assignment");
      if (isValue && subject.fragmentOf(part) !== undefined) yield replaced(part, "NULL");
    }
    for (const { value } of subject.variables) if (value !== undefined) yield replaced(value, "NULL");
  },
  examples: {
    "INSERT INTO t VALUES (f(1), NULL, 'x');": [
      "INSERT INTO t VALUES (NULL, NULL, 'x');",
      "INSERT INTO t VALUES (f(1), NULL, NULL);",
    ],
    "UPDATE t SET a = a + 1 WHERE b = 2;": ["UPDATE t SET a = NULL WHERE b = 2;"],
    "SELECT own.f(a, 1), lower(b);": ["SELECT own.f(NULL, 1), lower(b);", "SELECT own.f(a, NULL), lower(b);"],
    "DO $$DECLARE a TEXT := 'x'; BEGIN SELECT 1 INTO a; a := 2; END$$;": [
      "DO $$DECLARE a TEXT := NULL; BEGIN SELECT 1 INTO a; a := 2; END$$;",
      "DO $$DECLARE a TEXT := 'x'; BEGIN SELECT NULL INTO a; a := 2; END$$;",
      "DO $$DECLARE a TEXT := 'x'; BEGIN SELECT 1 INTO a; a := NULL; END$$;",
    ],
    "SELECT a, lower(b) FROM t WHERE c = 1": [],
  },
};

/** The values that INSERT and UPDATE write, and SELECT … INTO reads. */
function storedValues(subject: Subject): NodeSite[] {
  const rows = findNodes(subject, "List").filter(
    ({ node }) => node.field === "valuesLists" && findAncestor(node, "InsertStmt"),
  );
  const targets = findNodes(subject, "ResTarget").filter(({ node: { field, parent }, fragment }) => {
    const written = parent?.kind === "UpdateStmt" || parent?.field === "selectStmt";

    return field === "targetList" && (written || readsInto(fragment.tokens, parent));
  });

  return [
    ...rows.flatMap((row) => childSites(row, "items")),
    ...targets.flatMap((target) => childSites(target, "val")),
  ];
}

function readsInto(tokens: readonly SqlToken[], parent: SyntaxNode | undefined): boolean {
  return parent?.parent === undefined && tokens[0]?.word === "SELECT" && tokens.some(({ word }) => word === "INTO");
}

/** Arguments of functions with a schema: calls of PostgreSQL's own functions have none. */
function passedArguments(subject: Subject): NodeSite[] {
  const calls = findNodes(subject, "FuncCall").filter(({ node }) => {
    const [schema, name] = getStrings(node, "funcname");

    return name !== undefined && schema !== "pg_catalog";
  });

  return calls.flatMap((call) => childSites(call, "args"));
}
