/**
 * NULL where a value is stored, returned, assigned, or handed to a function of the release's own.
 */

import { around, childrenIn, type SyntaxNode, stringsIn } from "../../release/syntax.ts";
import { type Examples, operator, replaced } from "../operator.ts";
import { nodesIn, type Site } from "../sites.ts";
import type { Subject } from "../subject.ts";

export const nullValue = operator("null-value", "expression", "A value is NULL", function* (subject) {
  for (const { node, fragment } of [...stored(subject), ...handedOver(subject)]) {
    const span = node.fields["isnull"] === true ? undefined : fragment.span(node);
    if (span !== undefined) yield replaced(span, "NULL");
  }
  for (const { kind, parts } of subject.body?.statements ?? []) {
    const [part] = parts;
    const isValue = part?.role === "value" && (kind === "return" || kind === "assignment");
    if (isValue && subject.fragmentOf(part) !== undefined) yield replaced(part, "NULL");
  }
  for (const { value } of subject.variables) if (value !== undefined) yield replaced(value, "NULL");
});

/** What INSERT and UPDATE write, and SELECT … INTO reads. */
function stored(subject: Subject): Site[] {
  const rows = nodesIn(subject, "List").filter(
    ({ node }) => node.field === "valuesLists" && around(node, "InsertStmt"),
  );
  const values = rows.flatMap(({ node, fragment }) =>
    childrenIn(node, "items").map((item) => ({ node: item, fragment })),
  );
  const targets = nodesIn(subject, "ResTarget").filter(({ node, fragment }) => {
    const { parent } = node;
    if (node.field !== "targetList") return false;

    return (
      parent?.kind === "UpdateStmt" || parent?.field === "selectStmt" || readsInto(fragment.tokens, parent)
    );
  });

  return [
    ...values,
    ...targets.flatMap(({ node, fragment }) =>
      childrenIn(node, "val").map((value) => ({ node: value, fragment })),
    ),
  ];
}

function readsInto(tokens: readonly { readonly word: string }[], parent: SyntaxNode | undefined): boolean {
  return (
    parent?.parent === undefined && tokens[0]?.word === "SELECT" && tokens.some(({ word }) => word === "INTO")
  );
}

/** Arguments of functions that are called with their schema: PostgreSQL's own are called without. */
function handedOver(subject: Subject): Site[] {
  return nodesIn(subject, "FuncCall")
    .filter(({ node }) => {
      const [schema, name] = stringsIn(node, "funcname");

      return name !== undefined && schema !== "pg_catalog";
    })
    .flatMap(({ node, fragment }) =>
      childrenIn(node, "args").map((argument) => ({ node: argument, fragment })),
    );
}

export const examples: Examples = {
  makes: [
    {
      of: "INSERT INTO t VALUES (f(1), NULL, 'x');",
      mutants: ["INSERT INTO t VALUES (NULL, NULL, 'x');", "INSERT INTO t VALUES (f(1), NULL, NULL);"],
    },
    { of: "UPDATE t SET a = a + 1 WHERE b = 2;", mutants: ["UPDATE t SET a = NULL WHERE b = 2;"] },
    {
      of: "SELECT own.f(a, 1), lower(b);",
      mutants: ["SELECT own.f(NULL, 1), lower(b);", "SELECT own.f(a, NULL), lower(b);"],
    },
    {
      of: "DO $$DECLARE a TEXT := 'x'; BEGIN SELECT 1 INTO a; a := 2; END$$;",
      mutants: [
        "DO $$DECLARE a TEXT := NULL; BEGIN SELECT 1 INTO a; a := 2; END$$;",
        "DO $$DECLARE a TEXT := 'x'; BEGIN SELECT NULL INTO a; a := 2; END$$;",
        "DO $$DECLARE a TEXT := 'x'; BEGIN SELECT 1 INTO a; a := NULL; END$$;",
      ],
    },
  ],
  leaves: ["SELECT a, lower(b) FROM t WHERE c = 1"],
};
