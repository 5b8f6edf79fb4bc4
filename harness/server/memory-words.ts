/**
 * What is sent to pg-mem in place of a definition (pure). A session that is alone has nobody to wait for, so an index
 * may as well be made at once; and a check that is not validated binds every write, as one that is does.
 */

import type { ScannedToken } from "../release/parser.ts";
import { childrenIn, type SyntaxNode, stringOf } from "../release/syntax.ts";

/** The statement in words that pg-mem knows; undefined where nothing is left to do. */
export function wordsFor(
  root: SyntaxNode,
  text: string,
  scan: (text: string) => readonly ScannedToken[],
): string | undefined {
  if (childrenIn(root, "cmds").some(isValidation)) return undefined;
  if (root.kind === "CreateStmt") return text;
  const words = root.kind === "IndexStmt" ? ["CONCURRENTLY"] : ["NOT", "VALID"];

  // To scan takes longer than to run, and most statements are as they should be.
  return words.every((word) => text.toUpperCase().includes(word)) ? without(text, scan(text), words) : text;
}

export function isValidation(command: SyntaxNode): boolean {
  return stringOf(command, "subtype") === "AT_ValidateConstraint";
}

/** The text with blanks for these words where they follow each other, but for those in brackets: there they are names. */
function without(text: string, tokens: readonly ScannedToken[], words: readonly string[]): string {
  let depth = 0;
  let left = text;
  const isWord = (token: ScannedToken | undefined, word: string) =>
    token !== undefined && text.slice(token.start, token.end).toUpperCase() === word;
  for (const [index, { name, start }] of tokens.entries()) {
    depth += name === "ASCII_40" ? 1 : name === "ASCII_41" ? -1 : 0;
    const end = tokens[index + words.length - 1]?.end ?? start;
    if (depth === 0 && words.every((word, at) => isWord(tokens[index + at], word))) {
      left = left.slice(0, start) + " ".repeat(end - start) + left.slice(end);
    }
  }

  return left;
}
