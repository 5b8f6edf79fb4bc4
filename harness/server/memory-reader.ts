/**
 * SQL as PostgreSQL's parser has it, and as pg-mem's has it. Each text is read once: the same ones come again and again,
 * in each database.
 */
import type { Statement } from "pgsql-ast-parser";
import type { ParsedStatement, Parser, ScannedToken } from "../release/parser.ts";
import { nodesOf, type SyntaxNode } from "../release/syntax.ts";

/** A statement of a text. */
export interface ReadStatement {
  readonly node: string;
  readonly tree: object;
  /** The statement alone. */
  readonly text: string;
  /** All nodes of its tree, the root first. */
  readonly nodes: () => readonly SyntaxNode[];
}

/** Statements, or what the parser would not take. */
export type Read = { readonly statements: readonly ReadStatement[] } | { readonly message: string };

/** What makes pg-mem's own tree of a text. It throws what is wrong with it. */
export type OtherParser = (text: string) => readonly Statement[];

/** Texts that are remembered; cases have so many that all of them would be too many. */
const TEXTS_MAX = 2_000;

export class MemoryReader {
  readonly #parser: Parser;
  readonly #parseOther: OtherParser;
  readonly #read = new Map<string, Read>();
  readonly #others = new Map<string, readonly Statement[]>();

  constructor(parser: Parser, parseOther: OtherParser) {
    this.#parser = parser;
    this.#parseOther = parseOther;
  }

  read(text: string): Read {
    return remembered(this.#read, text, () => {
      const parsed = this.#parser.parse(text);

      return "message" in parsed
        ? parsed
        : { statements: parsed.statements.map((statement) => readStatement(statement, text)) };
    });
  }

  scan(text: string): readonly ScannedToken[] {
    return this.#parser.scan(text);
  }

  /** What pg-mem runs. @throws what its parser says of a text that it does not take */
  forMemory(text: string): readonly Statement[] {
    return remembered(this.#others, text, () => this.#parseOther(text));
  }
}

function readStatement({ node, tree, start, end }: ParsedStatement, whole: string): ReadStatement {
  let nodes: readonly SyntaxNode[] | undefined;

  return {
    node,
    tree,
    text: whole.slice(start, end),
    nodes: () => {
      nodes ??= nodesOf(node, tree, () => -1);

      return nodes;
    },
  };
}

function remembered<Value>(known: Map<string, Value>, text: string, make: () => Value): Value {
  const found = known.get(text);
  if (found !== undefined) return found;
  const made = make();
  if (known.size >= TEXTS_MAX) known.clear();
  known.set(text, made);

  return made;
}
