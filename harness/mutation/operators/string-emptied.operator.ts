/**
 * Empties a text that is compared or stored, or that a function raises as an error.
 * Texts that are only displayed stay, because no rule depends on them: labels of reports, notices, errors of scripts.
 */
import { findAncestor, type SyntaxNode } from "../../release/syntax.ts";
import { type Operator, replaced } from "../operator.ts";
import { bodyStatements, findConstants, isReport } from "../sites.ts";
import type { Subject } from "../subject.ts";

export const stringEmptied: Operator = {
  family: "expression",
  sentence: "A text is empty",
  *mutate(subject) {
    for (const { node, fragment, token } of findConstants(subject)) {
      const isMessage = fragment.kind === "expression" && isMessagePart(subject, fragment.start);
      if (token.kind === "string" && token.text !== "''" && !isMessage && !isLabel(subject, node)) {
        yield replaced(token, "''");
      }
    }
    if (subject.node !== "CreateFunctionStmt") return;
    for (const { tokens } of bodyStatements(subject, "raise")) {
      const words = tokens.find(({ kind }) => kind === "string");
      // The placeholders stay: PL/pgSQL demands as many as there are arguments.
      if (tokens[1]?.word === "EXCEPTION" && words === tokens[2] && words !== undefined) {
        yield replaced(words, `'${(words.text.replaceAll("%%", "").match(/%/g) ?? []).join(" ")}'`);
      }
    }
  },
  examples: {
    "SELECT 'label' AS a FROM t WHERE b = 'x';": ["SELECT 'label' AS a FROM t WHERE b = '';"],
    "INSERT INTO t VALUES ('x', a || E'\\'');": [
      "INSERT INTO t VALUES ('', a || E'\\'');",
      "INSERT INTO t VALUES ('x', a || '');",
    ],
    "CREATE FUNCTION f() RETURNS VOID LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no %', 1; END$$;": [
      "CREATE FUNCTION f() RETURNS VOID LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION '%', 1; END$$;",
    ],
    "SELECT CASE WHEN a THEN 'yes' END": [],
    "DO $$BEGIN RAISE NOTICE 'x %', 'y'; RAISE EXCEPTION 'z'; END$$": [],
  },
};

/** Whether an argument of RAISE, or a part of the command of EXECUTE, begins there. */
function isMessagePart(subject: Subject, start: number): boolean {
  return bodyStatements(subject, "raise", "execute").some(({ parts }) => parts.some((part) => part.start === start));
}

/** Whether it is a column of a report, or a result of a CASE in one. */
function isLabel(subject: Subject, node: SyntaxNode): boolean {
  const result = node.field === "result" || node.field === "defresult";

  return (isReport(subject) && (node.field === "val" || result)) || findAncestor(node, "CommentStmt") !== undefined;
}
