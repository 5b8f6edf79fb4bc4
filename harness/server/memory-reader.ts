/**
 * SQL as PostgreSQL's parser has it. Each text is read once: the same ones come again and again, in each database.
 */
import type { Statement } from "pgsql-ast-parser";
import type { ParsedStatement, Parser } from "../release/parser.ts";
import { nodesOf, type SyntaxNode } from "../release/syntax.ts";
import { treeFor } from "./memory-tree.ts";

/** A statement of a text. */
export interface ReadStatement {
  readonly node: string;
  readonly tree: object;
  /** The statement alone. */
  readonly text: string;
  /** All nodes of its tree, the root first. */
  readonly nodes: () => readonly SyntaxNode[];
  /** The statement as pg-mem has it; undefined where nothing is left to do. @throws Error of a form that it has not */
  readonly forMemory: () => Statement | undefined;
}

/** Statements, or what the parser would not take. */
export type Read = { readonly statements: readonly ReadStatement[] } | { readonly message: string };

/** Texts that are remembered; cases have so many that all of them would be too many. */
const TEXTS_MAX = 2_000;

export class MemoryReader {
  readonly #parser: Parser;
  readonly #read = new Map<string, Read>();

  constructor(parser: Parser) {
    this.#parser = parser;
  }

  read(text: string): Read {
    const known = this.#read.get(text);
    if (known !== undefined) return known;
    const parsed = this.#parser.parse(text);
    const read =
      "message" in parsed
        ? parsed
        : { statements: parsed.statements.map((statement) => readStatement(statement, text)) };
    if (this.#read.size >= TEXTS_MAX) this.#read.clear();
    this.#read.set(text, read);

    return read;
  }
}

function readStatement({ node, tree, start, end }: ParsedStatement, whole: string): ReadStatement {
  const nodes = once(() => nodesOf(node, tree, () => -1));

  return {
    node,
    tree,
    text: whole.slice(start, end),
    nodes,
    forMemory: once(() => treeFor(nodes()[0] as SyntaxNode)),
  };
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;

  return () => {
    made ??= { value: make() };

    return made.value;
  };
}
