/**
 * A text that decides or is stored is empty. What is only shown is left alone, because nobody promised its words: a label
 * of a report, the words of a notice, the text of an error of a script. The words of an error that a function
 * raises are seen by its callers.
 */

import { around, type SyntaxNode } from "../../release/syntax.ts";
import { type Examples, operator, replaced } from "../operator.ts";
import { bodyStatements, constantsIn, isReport, tokenOf } from "../sites.ts";
import type { Subject } from "../subject.ts";

export const stringEmptied = operator("string-emptied", "expression", "A text is empty", function* (subject) {
  for (const site of constantsIn(subject)) {
    const token = tokenOf(site);
    const said = site.fragment.kind === "expression" && isSaid(subject, site.fragment.start);
    if (token?.kind === "string" && token.text !== "''" && !said && !isLabel(subject, site.node)) {
      yield replaced(token, "''");
    }
  }
  if (subject.node !== "CreateFunctionStmt") return;
  for (const { tokens } of bodyStatements(subject, "raise")) {
    const words = tokens.find(({ kind }) => kind === "string");
    // Its parameters must go with the text, or PL/pgSQL would refuse the function.
    if (tokens[1]?.word === "EXCEPTION" && words === tokens[2] && words !== undefined) {
      yield replaced(words, `'${(words.text.replaceAll("%%", "").match(/%/g) ?? []).join(" ")}'`);
    }
  }
});

/** Part of what RAISE says, or of a command that is put together. */
function isSaid(subject: Subject, start: number): boolean {
  return bodyStatements(subject, "raise", "execute").some(({ parts }) =>
    parts.some((part) => part.start === start),
  );
}

/** A column of a report, or what a CASE makes of one. */
function isLabel(subject: Subject, node: SyntaxNode): boolean {
  const result = node.field === "result" || node.field === "defresult";

  return (isReport(subject) && (node.field === "val" || result)) || around(node, "CommentStmt") !== undefined;
}

export const examples: Examples = {
  makes: [
    {
      of: "SELECT 'label' AS a FROM t WHERE b = 'x';",
      mutants: ["SELECT 'label' AS a FROM t WHERE b = '';"],
    },
    {
      of: "INSERT INTO t VALUES ('x', a || E'\\'');",
      mutants: ["INSERT INTO t VALUES ('', a || E'\\'');", "INSERT INTO t VALUES ('x', a || '');"],
    },
    {
      of: "CREATE FUNCTION f() RETURNS VOID LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no %', 1; END$$;",
      mutants: [
        "CREATE FUNCTION f() RETURNS VOID LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION '%', 1; END$$;",
      ],
    },
  ],
  leaves: [
    "SELECT CASE WHEN a THEN 'yes' END",
    "DO $$BEGIN RAISE NOTICE 'x %', 'y'; RAISE EXCEPTION 'z'; END$$",
  ],
};
