/**
 * Reading an isolation spec (pure): a recursive descent, a method for each rule of the grammar, and then what the
 * grammar cannot say: that names are there, and there once.
 */
import type { HarnessError } from "../errors.ts";
import { nearest } from "../text/suggest.ts";
import type { Step } from "./schedule.ts";
import type { Blocker, Keyword, PermutationStep, Spec, SpecSession } from "./spec.ts";
import { type Place, specError, type Token, tokensOf } from "./spec-tokens.ts";

/**
 * Reads the text of a spec.
 * @param file how the spec is called in an error
 * @throws HarnessError with line and column: a syntax error, a step named twice, a step that is not defined
 */
export function parseSpec(text: string, file = "the spec"): Spec {
  return new Parser(tokensOf(text, file), file).spec();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #file: string;
  readonly #sessions = new Map<string, Place>();
  /** By the step's name, the name of its session. */
  readonly #steps = new Map<string, string>();
  #at = 0;

  constructor(tokens: readonly Token[], file: string) {
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
    const { name, place } = this.#name("the name of the session");
    this.#unique("session", name, place, this.#sessions);
    this.#sessions.set(name, place);
    const setup = this.#optionalBlock("setup");
    const steps: Step[] = [];
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

  #step(session: string): Step {
    this.#keyword("step");
    const { name, place } = this.#name("the name of the step");
    this.#unique("step", name, place, this.#steps);
    this.#steps.set(name, session);

    return { name, sql: this.#expect("sql", "SQL in braces").text };
  }

  #permutation(): readonly PermutationStep[] {
    const { line, column } = this.#keyword("permutation");
    const steps: PermutationStep[] = [];
    const named: { readonly blocker: string; readonly of: string; readonly place: Place }[] = [];
    do {
      const { name, place } = this.#name("the name of a step");
      this.#known(name, place);
      const blockers = this.#isSign("(") ? this.#blockers() : [];
      steps.push({ step: name, blockers: blockers.map(({ blocker }) => blocker) });
      for (const { blocker, place: at } of blockers) {
        if (blocker.kind !== "next") {
          named.push({ blocker: blocker.step, of: name, place: at });
        }
      }
    } while (this.#peek().kind === "name");
    this.#checkBlockers(named, steps, { line, column });

    return steps;
  }

  #blockers(): { readonly blocker: Blocker; readonly place: Place }[] {
    const blockers: { readonly blocker: Blocker; readonly place: Place }[] = [];
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

  #blocker(): { readonly blocker: Blocker; readonly place: Place } {
    const place = this.#peek();
    if (this.#isSign("*")) {
      this.#at += 1;
      return { blocker: { kind: "next" }, place };
    }
    const { name: step } = this.#name("a step or *");
    this.#known(step, place);
    if (!this.#isNext("notices")) {
      return { blocker: { kind: "step", step }, place };
    }
    this.#keyword("notices");
    const count = Number(this.#expect("number", "a number of notices").text);

    return { blocker: { kind: "notices", step, count }, place };
  }

  /** A blocker is a step of the same permutation and of another session. */
  #checkBlockers(
    named: readonly { readonly blocker: string; readonly of: string; readonly place: Place }[],
    steps: readonly PermutationStep[],
    permutation: Place,
  ): void {
    for (const { blocker, of, place } of named) {
      if (!steps.some(({ step }) => step === blocker)) {
        throw this.#error(
          place,
          `the permutation of line ${permutation.line} does not have the step ${blocker}`,
        );
      }
      if (this.#steps.get(blocker) === this.#steps.get(of)) {
        throw this.#error(place, `${blocker} cannot block ${of}, a step of the same session`);
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

  #known(name: string, place: Place): void {
    if (!this.#steps.has(name)) {
      const meant = nearest(name, [...this.#steps.keys()]);
      throw this.#error(
        place,
        `no session has a step ${name}${meant === undefined ? "" : `; is ${meant} meant?`}`,
      );
    }
  }

  #unique(what: string, name: string, place: Place, known: ReadonlyMap<string, unknown>): void {
    if (known.has(name)) {
      throw this.#error(place, `there is a ${what} ${name} already`);
    }
  }

  #name(what: string): { readonly name: string; readonly place: Place } {
    const { text, line, column } = this.#expect("name", what);

    return { name: text, place: { line, column } };
  }

  #keyword(keyword: Keyword): Token {
    if (!this.#isNext(keyword)) {
      throw this.#unexpected(keyword);
    }

    return this.#expect("keyword", keyword);
  }

  #expect(kind: Token["kind"], what: string): Token {
    const token = this.#peek();
    if (token.kind !== kind) {
      throw this.#unexpected(what);
    }
    this.#at += 1;

    return token;
  }

  #isNext(keyword: Keyword): boolean {
    const { kind, text } = this.#peek();

    return kind === "keyword" && text === keyword;
  }

  #isSign(sign: string): boolean {
    const { kind, text } = this.#peek();

    return kind === "sign" && text === sign;
  }

  #peek(): Token {
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

  #error(place: Place, what: string): HarnessError {
    return specError(this.#file, place, what);
  }
}
