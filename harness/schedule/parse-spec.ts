/**
 * Parses an isolation spec (pure): a recursive descent with a method for each rule of the grammar, and checks that names
 * are defined, and only once.
 */
import type { HarnessError } from "../errors.ts";
import { nearest } from "../text/suggest.ts";
import type { SessionStep } from "./schedule.ts";
import type { Blocker, PermutationStep, Spec, SpecKeyword, SpecSession } from "./spec.ts";
import { type SpecPosition, type SpecToken, specError, tokenizeSpec } from "./spec-tokens.ts";

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
  readonly #sessions = new Map<string, SpecPosition>();
  /** By the step's name, the name of its session. */
  readonly #steps = new Map<string, string>();
  #at = 0;

  constructor(tokens: readonly SpecToken[], file: string) {
    this.#tokens = tokens;
    this.#file = file;
  }

  spec(): Spec {
    const setup: string[] = [];
    while (this.#isNext("setup")) {
      setup.push(this.#block("setup"));
    }
    const teardown = this.#optionalBlock("teardown");
    const sessions: SpecSession[] = [];
    do {
      sessions.push(this.#session());
    } while (this.#isNext("session"));
    const permutations: (readonly PermutationStep[])[] = [];
    while (this.#isNext("permutation")) {
      permutations.push(this.#permutation());
    }
    this.#expect("end", sessions.length > 0 ? "session, permutation or the end" : "a session");

    return { setup, ...(teardown === undefined ? {} : { teardown }), sessions, permutations };
  }

  #session(): SpecSession {
    this.#keyword("session");
    const { name, position } = this.#name("the name of the session");
    this.#unique("session", name, position, this.#sessions);
    this.#sessions.set(name, position);
    const setup = this.#optionalBlock("setup");
    const steps: SessionStep[] = [];
    do {
      steps.push(this.#step(name));
    } while (this.#isNext("step"));
    const teardown = this.#optionalBlock("teardown");

    return {
      name,
      ...(setup === undefined ? {} : { setup }),
      steps,
      ...(teardown === undefined ? {} : { teardown }),
    };
  }

  #step(session: string): SessionStep {
    this.#keyword("step");
    const { name, position } = this.#name("the name of the step");
    this.#unique("step", name, position, this.#steps);
    this.#steps.set(name, session);

    return { name, sql: this.#expect("sql", "SQL in braces").text };
  }

  #permutation(): readonly PermutationStep[] {
    const { line, column } = this.#keyword("permutation");
    const steps: PermutationStep[] = [];
    const named: { readonly blocker: string; readonly of: string; readonly position: SpecPosition }[] = [];
    do {
      const { name, position } = this.#name("the name of a step");
      this.#known(name, position);
      const blockers = this.#isSign("(") ? this.#blockers() : [];
      steps.push({ step: name, blockers: blockers.map(({ blocker }) => blocker) });
      for (const { blocker, position: at } of blockers) {
        if (blocker.kind !== "next") {
          named.push({ blocker: blocker.step, of: name, position: at });
        }
      }
    } while (this.#peek().kind === "name");
    this.#checkBlockers(named, steps, { line, column });

    return steps;
  }

  #blockers(): { readonly blocker: Blocker; readonly position: SpecPosition }[] {
    const blockers: { readonly blocker: Blocker; readonly position: SpecPosition }[] = [];
    do {
      this.#at += 1;
      blockers.push(this.#blocker());
    } while (this.#isSign(","));
    if (!this.#isSign(")")) {
      throw this.#unexpected("a comma or a closing parenthesis");
    }
    this.#at += 1;

    return blockers;
  }

  #blocker(): { readonly blocker: Blocker; readonly position: SpecPosition } {
    const position = this.#peek();
    if (this.#isSign("*")) {
      this.#at += 1;
      return { blocker: { kind: "next" }, position };
    }
    const { name: step } = this.#name("a step or *");
    this.#known(step, position);
    if (!this.#isNext("notices")) {
      return { blocker: { kind: "step", step }, position };
    }
    this.#keyword("notices");
    const count = Number(this.#expect("number", "a number of notices").text);

    return { blocker: { kind: "notices", step, count }, position };
  }

  /** A blocker is a step of the same permutation and of another session. */
  #checkBlockers(
    named: readonly { readonly blocker: string; readonly of: string; readonly position: SpecPosition }[],
    steps: readonly PermutationStep[],
    permutation: SpecPosition,
  ): void {
    for (const { blocker, of, position } of named) {
      if (!steps.some(({ step }) => step === blocker)) {
        throw this.#error(
          position,
          `the permutation of line ${permutation.line} does not have the step ${blocker}`,
        );
      }
      if (this.#steps.get(blocker) === this.#steps.get(of)) {
        throw this.#error(position, `${blocker} cannot block ${of}, a step of the same session`);
      }
    }
  }

  #optionalBlock(keyword: "setup" | "teardown"): string | undefined {
    return this.#isNext(keyword) ? this.#block(keyword) : undefined;
  }

  #block(keyword: "setup" | "teardown"): string {
    this.#keyword(keyword);

    return this.#expect("sql", "SQL in braces").text;
  }

  #known(name: string, position: SpecPosition): void {
    if (!this.#steps.has(name)) {
      const near = nearest(name, [...this.#steps.keys()]);
      throw this.#error(
        position,
        `no session has a step ${name}${near === undefined ? "" : `; is ${near} meant?`}`,
      );
    }
  }

  #unique(what: string, name: string, position: SpecPosition, known: ReadonlyMap<string, unknown>): void {
    if (known.has(name)) {
      throw this.#error(position, `there is already a ${what} ${name}`);
    }
  }

  #name(what: string): { readonly name: string; readonly position: SpecPosition } {
    const { text, line, column } = this.#expect("name", what);

    return { name: text, position: { line, column } };
  }

  #keyword(keyword: SpecKeyword): SpecToken {
    if (!this.#isNext(keyword)) {
      throw this.#unexpected(keyword);
    }

    return this.#expect("keyword", keyword);
  }

  #expect(kind: SpecToken["kind"], what: string): SpecToken {
    const token = this.#peek();
    if (token.kind !== kind) {
      throw this.#unexpected(what);
    }
    this.#at += 1;

    return token;
  }

  #isNext(keyword: SpecKeyword): boolean {
    const { kind, text } = this.#peek();

    return kind === "keyword" && text === keyword;
  }

  #isSign(sign: string): boolean {
    const { kind, text } = this.#peek();

    return kind === "sign" && text === sign;
  }

  #peek(): SpecToken {
    const token = this.#tokens[Math.min(this.#at, this.#tokens.length - 1)];
    if (token === undefined) {
      throw new RangeError("A list of tokens has an end");
    }

    return token;
  }

  #unexpected(wanted: string): HarnessError {
    const token = this.#peek();
    const found =
      token.kind === "sql" ? "SQL in braces" : token.kind === "end" ? token.text : `"${token.text}"`;

    return this.#error(token, `${wanted} is missing before ${found}`);
  }

  #error(position: SpecPosition, what: string): HarnessError {
    return specError(this.#file, position, what);
  }
}
