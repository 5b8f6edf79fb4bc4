/**
 * SQL as PostgreSQL's parser has it. Each text is read once: the same ones come again and again, in each database.
 */
import type { Statement } from "pgsql-ast-parser";
import type { ParsedStatement, Parser } from "../../release/parser.ts";
import { nodesOf, type SyntaxNode, stringOf, stringsIn, within } from "../../release/syntax.ts";
import { treeFor } from "./tree.ts";

/** A statement of a text. */
export interface ReadStatement {
  readonly node: string;
  readonly tree: object;
  /** The statement alone. */
  readonly text: string;
  /** All nodes of its tree, the root first. */
  readonly nodes: () => readonly SyntaxNode[];
  /** The words of the code that it holds; undefined where that is not in a language that is known. */
  readonly code: () => readonly Word[] | undefined;
  /** Where it stands in its text. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** The statement as pg-mem has it; undefined where nothing is left to do. @throws Error of a form that it has not */
  readonly forMemory: () => Statement | undefined;
}

/** A word of code in small letters, without its quotes; or what a string says. */
export interface Word {
  readonly text: string;
  readonly isString: boolean;
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
        : {
            statements: parsed.statements.map((statement, at, { length }) =>
              this.#statement(statement, text, { isFirst: at === 0, isLast: at === length - 1 }),
            ),
          };
    if (this.#read.size >= TEXTS_MAX) this.#read.clear();
    this.#read.set(text, read);

    return read;
  }

  #statement(
    { node, tree, start, end }: ParsedStatement,
    whole: string,
    place: Pick<ReadStatement, "isFirst" | "isLast">,
  ): ReadStatement {
    const nodes = once(() => nodesOf(node, tree, () => -1));

    return {
      node,
      tree,
      text: whole.slice(start, end),
      nodes,
      code: once(() => this.#wordsOf(nodes())),
      ...place,
      forMemory: once(() => treeFor(nodes()[0] as SyntaxNode)),
    };
  }

  #wordsOf(nodes: readonly SyntaxNode[]): readonly Word[] | undefined {
    const definitions = nodes.filter(({ kind }) => kind === "DefElem");
    const saying = (name: string): readonly string[] =>
      definitions
        .filter((definition) => stringOf(definition, "defname") === name)
        .flatMap(within)
        .flatMap(({ kind, fields }) => (kind === "String" ? [String(fields["sval"] ?? "")] : []));
    const [language = "plpgsql"] = saying("language");
    const [code, ...more] = saying("as");
    // A body that was parsed with the statement holds no definitions: where it writes nothing, its calls are left.
    if (nodes[0]?.fields["sql_body"] !== undefined) {
      return nodes.some(({ kind }) => WRITING.test(kind)) ? undefined : nodes.flatMap(callsIn);
    }
    if (code === undefined || more.length > 0 || !["plpgsql", "sql"].includes(language)) return undefined;

    return this.#parser.scan(code).map(({ name, start, end }) => wordOf(name, code.slice(start, end)));
  }
}

const WRITING = /^(Insert|Update|Delete|Merge)Stmt$/;

function callsIn(node: SyntaxNode): Word[] {
  return node.kind === "FuncCall"
    ? stringsIn(node, "funcname").map((text) => ({ text, isString: false }))
    : [];
}

function wordOf(token: string, text: string): Word {
  if (!token.endsWith("SCONST")) return { text: text.replaceAll('"', "").toLowerCase(), isString: false };

  // Between its quotes, of whichever kind.
  return { text: text.replace(/^(?:E?'|\$\w*\$)/i, ""), isString: true };
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;

  return () => {
    made ??= { value: make() };

    return made.value;
  };
}
