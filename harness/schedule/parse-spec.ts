/**
 * Parses an isolation spec (pure): splits it into tokens, as PostgreSQL's own scanner does, then descends recursively with
 * a method for each rule of the grammar, and checks that names are defined, and only once.
 */
import assert from "node:assert";
import { HarnessError } from "../errors.ts";
import { suggest } from "../text/suggest.ts";
import type { SessionStep } from "./schedule.ts";
import {
  type Blocker,
  type PermutationStep,
  SPEC_KEYWORDS,
  type Spec,
  type SpecKeyword,
  type SpecSession,
} from "./spec.ts";

/**
 * Parses the text of a spec.
 * @param file the spec's name in an error
 * @throws HarnessError with line and column: a syntax error, a step named twice, a step that is not defined
 */
export function parseSpec(text: string, file = "the spec"): Spec {
  return new Parser(tokenizeSpec(text, file), file).spec();
}

class Parser {
  readonly #tokens: readonly SpecToken[];
  readonly #file: string;
  readonly #sessions = new Set<string>();
  readonly #steps = new Map<string, string>();
  #position = 0;

  constructor(tokens: readonly SpecToken[], file: string) {
    this.#tokens = tokens;
    this.#file = file;
  }

  spec(): Spec {
    const setup: string[] = [];
    while (this.#is("keyword", "setup")) setup.push(...this.#block("setup"));
    const [teardown] = this.#block("teardown");
    const sessions: SpecSession[] = [];
    do {
      sessions.push(this.#session());
    } while (this.#is("keyword", "session"));
    const permutations: (readonly PermutationStep[])[] = [];
    while (this.#is("keyword", "permutation")) permutations.push(this.#permutation());
    this.#expect("end", "session, permutation or the end");

    return { setup, ...(teardown === undefined ? {} : { teardown }), sessions, permutations };
  }

  #session(): SpecSession {
    this.#keyword("session");
    const name = this.#newName("session", this.#sessions);
    this.#sessions.add(name);
    const [setup] = this.#block("setup");
    const steps: SessionStep[] = [];
    do {
      this.#keyword("step");
      const step = this.#newName("step", this.#steps);
      this.#steps.set(step, name);
      steps.push({ name: step, sql: this.#expect("sql", "SQL in braces").text });
    } while (this.#is("keyword", "step"));
    const [teardown] = this.#block("teardown");

    return {
      name,
      ...(setup === undefined ? {} : { setup }),
      steps,
      ...(teardown === undefined ? {} : { teardown }),
    };
  }

  #permutation(): readonly PermutationStep[] {
    const { line } = this.#keyword("permutation");
    const steps: PermutationStep[] = [];
    const blocking: { readonly blocker: SpecToken; readonly step: string }[] = [];
    do {
      const step = this.#knownStep("the name of a step").text;
      const blockers = this.#is("sign", "(") ? this.#blockers() : [];
      steps.push({ step, blockers: blockers.map(({ blocker }) => blocker) });
      blocking.push(
        ...blockers.flatMap(({ blocker, token }) => (blocker.kind === "next" ? [] : [{ blocker: token, step }])),
      );
    } while (this.#is("name"));

    for (const { blocker, step } of blocking) {
      if (!steps.some((one) => one.step === blocker.text)) {
        throw this.#error(blocker, `the permutation of line ${line} does not have the step ${blocker.text}`);
      }
      if (this.#steps.get(blocker.text) === this.#steps.get(step)) {
        throw this.#error(blocker, `${blocker.text} cannot block ${step}, a step of the same session`);
      }
    }

    return steps;
  }

  /** With the token that names the blocking step. */
  #blockers(): { readonly blocker: Blocker; readonly token: SpecToken }[] {
    const blockers: { readonly blocker: Blocker; readonly token: SpecToken }[] = [];
    do {
      this.#position += 1;
      const token = this.#peek();
      blockers.push({ blocker: this.#blocker(), token });
    } while (this.#is("sign", ","));
    if (!this.#is("sign", ")")) throw this.#missing("a comma or a closing parenthesis");
    this.#position += 1;

    return blockers;
  }

  #blocker(): Blocker {
    if (this.#is("sign", "*")) {
      this.#position += 1;
      return { kind: "next" };
    }
    const step = this.#knownStep("a step or *").text;
    if (!this.#is("keyword", "notices")) {
      return { kind: "step", step };
    }
    this.#position += 1;

    return { kind: "notices", step, count: Number(this.#expect("number", "a number of notices").text) };
  }

  /** The SQL of the block, or nothing. */
  #block(keyword: "setup" | "teardown"): [string] | [] {
    if (!this.#is("keyword", keyword)) return [];
    this.#position += 1;

    return [this.#expect("sql", "SQL in braces").text];
  }

  #knownStep(expected: string): SpecToken {
    const token = this.#expect("name", expected);
    if (!this.#steps.has(token.text)) {
      const near = suggest(token.text, [...this.#steps.keys()]);
      const hint = near === undefined ? "" : `; is ${near} meant?`;
      throw this.#error(token, `no session has a step ${token.text}${hint}`);
    }

    return token;
  }

  #newName(what: string, known: { has(name: string): boolean }): string {
    const token = this.#expect("name", `the name of the ${what}`);
    if (known.has(token.text)) {
      throw this.#error(token, `there is already a ${what} ${token.text}`);
    }

    return token.text;
  }

  #keyword(keyword: SpecKeyword): SpecToken {
    if (!this.#is("keyword", keyword)) throw this.#missing(keyword);

    return this.#expect("keyword", keyword);
  }

  #expect(kind: SpecToken["kind"], expected: string): SpecToken {
    const token = this.#peek();
    if (token.kind !== kind) throw this.#missing(expected);
    this.#position += 1;

    return token;
  }

  #is(kind: SpecToken["kind"], text?: string): boolean {
    const token = this.#peek();

    return token.kind === kind && (text === undefined || token.text === text);
  }

  #peek(): SpecToken {
    const token = this.#tokens[Math.min(this.#position, this.#tokens.length - 1)];
    assert(token !== undefined, "A list of tokens has an end");

    return token;
  }

  #missing(expected: string): HarnessError {
    const token = this.#peek();
    const found = token.kind === "sql" ? "SQL in braces" : token.kind === "end" ? token.text : `"${token.text}"`;

    return this.#error(token, `${expected} is missing before ${found}`);
  }

  #error(position: SpecPosition, what: string): HarnessError {
    return specError(this.#file, position, what);
  }
}

/** The first line and the first column are 1. */
interface SpecPosition {
  readonly line: number;
  readonly column: number;
}

type SpecToken = SpecPosition &
  (
    | { readonly kind: "keyword"; readonly text: SpecKeyword }
    | { readonly kind: "name" | "sql" | "number" | "sign" | "end"; readonly text: string }
  );

const TOKEN =
  /(?<blank>[ \t\r\f\n]+|#[^\n\r]*)|"(?<quoted>(?:[^"\n]|"")*)"|\{[ \t\r\f]*(?<sql>[^}]*?)[ \t\r\f]*\}|(?<bare>[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*)|(?<number>\d+)|(?<sign>[(),*])/y;

/**
 * Splits the text of a spec.
 * @param file the spec's name in an error
 * @throws HarnessError with line and column where a character is not valid, or a quote or brace not closed
 */
function tokenizeSpec(text: string, file: string): readonly SpecToken[] {
  const tokens: SpecToken[] = [];
  let line = 1;
  let lineStart = 0;

  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    const position = { line, column: at - lineStart + 1 };
    if (match?.groups === undefined) throw specError(file, position, describeInvalid(text, at));
    const token = toToken(match.groups);
    if (token !== undefined) {
      tokens.push({ ...token, ...position });
    }
    const [matched] = match;
    const lineFeeds = matched.split("\n").length - 1;
    line += lineFeeds;
    lineStart = lineFeeds === 0 ? lineStart : at + matched.lastIndexOf("\n") + 1;
  }

  return [...tokens, { kind: "end", text: "the end of the spec", line, column: text.length - lineStart + 1 }];
}

/** An error in a spec: `file, line 3, column 7: …` */
function specError(file: string, { line, column }: SpecPosition, what: string): HarnessError {
  return new HarnessError(`${file}, line ${line}, column ${column}: ${what}`, "Fix the spec, and run again");
}

type TokenText = {
  [Kind in SpecToken["kind"]]: Omit<SpecToken & { readonly kind: Kind }, keyof SpecPosition>;
}[SpecToken["kind"]];

function toToken({
  blank,
  quoted,
  sql,
  bare,
  number,
  sign,
}: Record<string, string | undefined>): TokenText | undefined {
  if (blank !== undefined) return undefined;
  if (quoted !== undefined) {
    return { kind: "name", text: quoted.replaceAll('""', '"') };
  }
  if (sql !== undefined) {
    return { kind: "sql", text: sql };
  }
  if (bare !== undefined) {
    const keyword = SPEC_KEYWORDS.find((one) => one === bare);
    return keyword === undefined ? { kind: "name", text: bare } : { kind: "keyword", text: keyword };
  }

  return number === undefined ? { kind: "sign", text: sign ?? "" } : { kind: "number", text: number };
}

function describeInvalid(text: string, at: number): string {
  switch (text[at]) {
    case '"':
      return "a name in quotes is not closed on its line";
    case "{":
      return "an SQL block is not closed";
    default:
      return `unexpected character "${String.fromCodePoint(text.codePointAt(at) ?? 0)}"`;
  }
}
