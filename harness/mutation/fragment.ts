/**
 * Locates the nodes of a parse tree. A fragment is a part of a source that PostgreSQL's parser accepts: a statement, or a
 * query or an expression of a PL/pgSQL body. The tree does not say where a node begins and ends: the parser has to read the
 * same node from a span, so that a span is right or missing.
 */
import { createByteIndex, type ParsedStatement, type Parser } from "../release/parser.ts";
import { listNodes, listSubtree, type SyntaxNode } from "../release/syntax.ts";
import type { Span } from "./mutant.ts";
import { bracketDepth, findPartner, type SqlToken } from "./tokens.ts";

/** A node may end so many tokens after the last position in its tree. */
const TOKENS_BEYOND_MAX = 12;

const SELECT = "SELECT ";

interface FragmentPlace extends Span {
  readonly kind: "statement" | "query" | "expression";
}

export class Fragment implements Span {
  readonly kind: FragmentPlace["kind"];
  readonly source: string;
  readonly start: number;
  readonly end: number;
  readonly tokens: readonly SqlToken[];
  readonly nodes: readonly SyntaxNode[];
  readonly #parser: Parser;
  readonly #spans = new Map<SyntaxNode, Span | undefined>();

  private constructor(
    parser: Parser,
    source: string,
    { start, end, kind }: FragmentPlace,
    tokens: readonly SqlToken[],
    nodes: readonly SyntaxNode[],
  ) {
    this.#parser = parser;
    this.source = source;
    this.start = start;
    this.end = end;
    this.kind = kind;
    this.tokens = tokens;
    this.nodes = nodes;
  }

  /** The fragment at a span of the source; undefined if the parser does not accept it. */
  static read(
    parser: Parser,
    source: string,
    place: FragmentPlace & { readonly text?: string },
    tokens: readonly SqlToken[],
  ): Fragment | undefined {
    const prefix = place.kind === "expression" ? SELECT : "";
    const text = prefix + (place.text ?? source.slice(place.start, place.end));
    const statement = only(parser, text);

    if (statement === undefined) return undefined;

    const toIndex = createByteIndex(text);
    const toPosition = (location: number) => place.start + toIndex(location) - prefix.length;
    const inside = tokens.filter(({ start, end }) => start >= place.start && end <= place.end);

    return new Fragment(parser, source, place, inside, listNodes(statement.node, statement.tree, toPosition));
  }

  text({ start, end }: Span): string {
    return this.source.slice(start, end);
  }

  /** The index of the token that begins at a position, or -1. */
  tokenAt(position: number): number {
    return this.tokens.findIndex(({ start }) => start === position);
  }

  of(...kinds: readonly string[]): SyntaxNode[] {
    return this.nodes.filter(({ kind }) => kinds.includes(kind));
  }

  /** The span of an expression without parentheses around it; undefined if it is uncertain. */
  span(node: SyntaxNode): Span | undefined {
    if (!this.#spans.has(node)) this.#spans.set(node, this.#find(node));

    return this.#spans.get(node);
  }

  #find(node: SyntaxNode): Span | undefined {
    const places = listSubtree(node).flatMap(({ at }) => (at < 0 ? [] : [this.tokenAt(at)]));

    if (places.length === 0 || places.includes(-1)) return undefined;

    const wanted = shapeOf(node.fields);
    let [first, last] = [Math.min(...places), Math.max(...places)];

    for (let tries = 0; tries < TOKENS_BEYOND_MAX && last < this.tokens.length; tries += 1, last += 1) {
      [first, last] = balanced(this.tokens, first, last);
      const [from, to] = [this.tokens[first], this.tokens[last]];
      if (from === undefined || to === undefined) return undefined;
      if (this.#shapeOf({ start: from.start, end: to.end }) === `${node.kind} ${wanted}`) {
        return { start: from.start, end: to.end };
      }
    }

    return undefined;
  }

  #shapeOf(span: Span): string | undefined {
    const statement = only(this.#parser, SELECT + this.text(span));
    const { targetList } = (statement?.tree ?? {}) as {
      targetList?: readonly { ResTarget?: { val?: object; name?: string } }[];
    };
    const target = targetList?.length === 1 ? targetList[0]?.ResTarget : undefined;

    if (target?.val === undefined || target.name !== undefined) return undefined;

    const [kind, fields] = Object.entries(target.val)[0] ?? ["", {}];

    return `${kind} ${shapeOf(fields)}`;
  }
}

function only(parser: Parser, text: string): ParsedStatement | undefined {
  const parsed = parser.parse(text);

  return "statements" in parsed && parsed.statements.length === 1 ? parsed.statements[0] : undefined;
}

function shapeOf(fields: unknown): string {
  return JSON.stringify(fields, (name, value: unknown) =>
    name === "location" || name === "rexpr_list_start" || name === "rexpr_list_end" ? undefined : value,
  );
}

/** The smallest range of tokens around this one with balanced brackets. */
function balanced(tokens: readonly SqlToken[], first: number, last: number): [number, number] {
  let [from, to] = [first, last];

  for (let index = from; index <= to; index += 1) {
    const token = tokens[index];
    const depth = token === undefined ? 0 : bracketDepth(token);
    const partner = depth === 0 ? index : findPartner(tokens, index);
    if (partner === -1) break;
    if (partner > to) to = partner;
    if (partner < from) {
      from = partner;
      index = from - 1;
    }
  }

  return [from, to];
}
