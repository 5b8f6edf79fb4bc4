/**
 * Reads a release for mutation: every statement with its tree, its tokens and its body. What cannot be located with
 * certainty is not mutated: it is a miss.
 */
import { getListNames, type ListedStep, listSteps } from "../release/lists.ts";
import { loadParser, type Parser } from "../release/parser.ts";
import type { Release, Step } from "../release/release.ts";
import { findStatementStarts } from "../release/script-part.ts";
import { getChildren, getString, getStrings, getTypeName, type SyntaxNode } from "../release/syntax.ts";
import type { Body, BodyPart, Declaration } from "./body.ts";
import { UnknownBody } from "./body-cursor.ts";
import { findDefinedColumns } from "./columns.ts";
import { containsQuery, outlineBody, outlineTree } from "./cross-check-body.ts";
import { Fragment } from "./fragment.ts";
import type { Span } from "./mutant.ts";
import { readBody } from "./read-body.ts";
import type { DefinedColumn, Sibling, Subject } from "./subject.ts";
import { type SqlToken, scanTokens } from "./tokens.ts";

interface SubjectReading {
  readonly subjects: readonly Subject[];
  /** What is not mutated, as `path:line: reason`. */
  readonly misses: readonly string[];
}

/** Reads all statements of a release but its baseline. @throws HarnessError if the parser cannot be loaded */
export async function readSubjects(release: Release): Promise<SubjectReading> {
  const parser = await loadParser();
  const steps = listSteps(release);
  const columns = listSteps(release, getListNames(release)).flatMap(({ step }) => readColumns(parser, step));
  const readings = steps.map((listed) => new StepReader(parser, listed, columns).read());

  return {
    subjects: readings.flatMap(({ subjects }) => subjects),
    misses: readings.flatMap(({ misses }) => misses),
  };
}

function readColumns(parser: Parser, step: Step): DefinedColumn[] {
  return step.statements.flatMap(({ kind, text }) => {
    const place = { kind: "statement" as const, start: 0, end: text.length };

    return kind === "sql" ? findDefinedColumns(Fragment.read(parser, text, place, [])?.nodes ?? []) : [];
  });
}

interface BodyReading {
  readonly body?: Body;
  readonly fragments: readonly Fragment[];
  readonly ofPart: ReadonlyMap<BodyPart, Fragment>;
}

const NO_BODY: BodyReading = { fragments: [], ofPart: new Map() };

class StepReader {
  readonly #parser: Parser;
  readonly #listed: ListedStep;
  readonly #columns: readonly DefinedColumn[];
  readonly #misses: string[] = [];

  constructor(parser: Parser, listed: ListedStep, columns: readonly DefinedColumn[]) {
    this.#parser = parser;
    this.#listed = listed;
    this.#columns = columns;
  }

  get #source(): string {
    return this.#listed.step.source;
  }

  read(): SubjectReading {
    const { step } = this.#listed;
    const starts = findStatementStarts(step.source, step.statements);
    const siblings = step.statements.map(({ kind, node, text }, index) => {
      const start = starts[index] ?? 0;
      const span = { start, end: start + text.length };
      const whole = kind === "sql" ? this.#statement(span) : undefined;

      return { node, ...span, tree: whole?.nodes[0], whole };
    });
    const subjects = siblings.flatMap(({ whole }, index) =>
      whole === undefined ? [] : this.#subject(whole, index, siblings),
    );

    return { subjects, misses: this.#misses };
  }

  #statement(span: Span): Fragment | undefined {
    const tokens = scanTokens(this.#parser, this.#source, span);

    return Fragment.read(this.#parser, this.#source, { kind: "statement", ...span }, tokens);
  }

  #subject(whole: Fragment, index: number, siblings: readonly Sibling[]): Subject {
    const [root] = whole.nodes;
    const inside = this.#inside(whole);
    const object = findStatementObject(root);

    return {
      ...this.#listed,
      source: this.#source,
      start: whole.start,
      end: whole.end,
      index,
      siblings,
      node: root?.kind ?? "",
      whole,
      fragments: [whole, ...inside.fragments],
      ...(inside.body && { body: inside.body }),
      fragmentOf: (part) => inside.ofPart.get(part),
      variables: [...readParameters(whole), ...(inside.body?.declared ?? [])],
      columns: this.#columns,
      ...(object !== undefined && { object }),
    };
  }

  #inside(whole: Fragment): BodyReading {
    const language = readLanguage(whole);
    const quoted = whole.tokens.find(({ kind, text }) => kind === "string" && text.startsWith("$"));
    const tag = /^\$[^$]*\$/.exec(quoted?.text ?? "")?.[0] ?? "";
    const span = quoted && { start: quoted.start + tag.length, end: quoted.end - tag.length };

    if (language === undefined) return NO_BODY;
    if (span === undefined) return this.#missed(whole.start, "a body that is not dollar-quoted", NO_BODY);
    if (language === "plpgsql") return this.#plpgsql(whole, span);

    return language === "sql" ? this.#queries(span) : NO_BODY;
  }

  #queries(span: Span): BodyReading {
    const parsed = this.#parser.parse(this.#source.slice(span.start, span.end));
    const statements = "statements" in parsed ? parsed.statements : [];
    const places = statements.map(({ start, end }) => ({ start: span.start + start, end: span.start + end }));

    return { ...NO_BODY, fragments: places.flatMap((place) => this.#statement(place) ?? []) };
  }

  #plpgsql(whole: Fragment, span: Span): BodyReading {
    const parsed = this.#parser.parseBodies(whole.text(whole));
    if ("message" in parsed) return this.#missed(whole.start, parsed.message, NO_BODY);
    const words = outlineTree(parsed.functions);
    const tokens = scanTokens(this.#parser, this.#source, span);
    const body = this.#body(tokens, whole.start);
    if (body === undefined) return NO_BODY;
    if (outlineBody(body, this.#source, span.start).join() !== words.statements.join()) {
      return this.#missed(whole.start, "PL/pgSQL reads its statements differently", NO_BODY);
    }
    const ofPart = new Map<BodyPart, Fragment>();
    for (const part of body.parts) {
      const fragment = containsQuery(words, part.text)
        ? Fragment.read(this.#parser, this.#source, part, tokens)
        : undefined;
      if (fragment === undefined) this.#missed(part.start, `not located: ${part.text.slice(0, 40)}`, undefined);
      else ofPart.set(part, fragment);
    }

    return { body, fragments: [...ofPart.values()], ofPart };
  }

  #body(tokens: readonly SqlToken[], start: number): Body | undefined {
    try {
      return readBody(this.#source, tokens);
    } catch (thrown) {
      if (!(thrown instanceof UnknownBody)) throw thrown;

      return this.#missed(start, thrown.message, undefined);
    }
  }

  #missed<Result>(position: number, why: string, result: Result): Result {
    const line = this.#source.slice(0, position).split("\n").length;
    this.#misses.push(`${this.#listed.step.path}:${line}: ${why}`);

    return result;
  }
}

/** The language of a quoted body; undefined for a statement without one. */
function readLanguage({ nodes }: Fragment): string | undefined {
  const [root] = nodes;

  if (root === undefined || !["DoStmt", "CreateFunctionStmt"].includes(root.kind)) return undefined;

  const options = [...getChildren(root, "options"), ...getChildren(root, "args")];
  const named = options.find(({ fields }) => fields["defname"] === "language");
  const language = named?.children.find(({ kind }) => kind === "String");
  const quoted = options.some(({ fields }) => fields["defname"] === "as");

  return quoted ? (language === undefined ? "plpgsql" : getString(language, "sval").toLowerCase()) : undefined;
}

function readParameters({ nodes }: Fragment): Declaration[] {
  return nodes
    .filter(({ kind, fields }) => kind === "FunctionParameter" && fields["name"] !== undefined)
    .map((node) => {
      const type = getChildren(node, "argType")[0];

      return { name: getString(node, "name"), type: SPELLING[getTypeName(type)] ?? getTypeName(type) };
    });
}

/** The names in a body of types that the parser calls otherwise. */
const SPELLING: Readonly<Record<string, string>> = { int4: "integer", int8: "bigint", bool: "boolean" };

/** The name without its schema; undefined if there is no single object. */
function findStatementObject(root: SyntaxNode | undefined): string | undefined {
  if (root === undefined) return undefined;
  const name = namers[root.kind]?.(root) ?? relationIn(root);

  return name === "" ? undefined : name;
}

const namers: Readonly<Record<string, (node: SyntaxNode) => string>> = {
  CreateFunctionStmt: (node) => getStrings(node, "funcname").at(-1) ?? "",
  IndexStmt: (node) => getString(node, "idxname"),
  DropStmt: namedObject,
  GrantStmt: namedObject,
  AlterFunctionStmt: namedObject,
  RenameStmt: namedObject,
  SelectStmt: (node) => {
    const [first] = getChildren(node, "fromClause");

    return first?.kind === "RangeVar" ? getString(first, "relname") : "";
  },
};

function relationIn(node: SyntaxNode): string {
  const relation = getChildren(node, "relation")[0];

  return relation === undefined ? "" : getString(relation, "relname");
}

function namedObject(node: SyntaxNode): string {
  const objects = [...getChildren(node, "objects"), ...getChildren(node, "object")];
  const [first] = objects;

  if (first === undefined || objects.length > 1) return "";
  if (first.kind === "ObjectWithArgs") return getStrings(first, "objname").at(-1) ?? "";
  if (first.kind === "List") return getStrings(first, "items").at(-1) ?? "";

  return getString(first, "relname");
}
