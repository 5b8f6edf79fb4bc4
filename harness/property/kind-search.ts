/**
 * Finds the kinds of failures of a property with fast-check. After a kind is found and shrunk, the search goes on with
 * the case that showed it, in which the kinds that are known pass. While a kind is shrunk, a smaller case that fails in
 * another way is no step: it waits, and is then shrunk by itself.
 */
import { asyncProperty, check, PreconditionFailure, stringify } from "fast-check";
import { type CaseSource, checkInBatches, stopCheck } from "./batch-check.ts";
import type { CaseRunner } from "./case-runner.ts";
import { nameKind } from "./kind.ts";
import { listViolations, type Property } from "./property.ts";
import type { TestContext } from "./test-context.ts";
import type { KindResult, Violation } from "./verdict.ts";

/** A property with more kinds than these has values of the cases in their names. */
export const KINDS_MAX = 20;

/** So many cases per run asked for are tried at most, to have enough that can be decided. */
const ATTEMPTS_PER_RUN = 5;

/** A kind as it was found, which is not yet compared with the known failures. */
export type FoundKind = Omit<KindResult, "expected" | "because"> & { readonly path: string };

/** fast-check's path to a case: its position among the generated ones, then one index for each step of shrinking. */
type Path = readonly number[];

class ViolationError extends Error {
  readonly found: FoundKind;

  constructor(found: FoundKind) {
    super(found.violation.got);
    this.found = found;
  }
}

export interface SearchOptions {
  readonly seed: number;
  readonly runs: number;
  /** The most cases tried on the way from the first counterexample of a kind to the smallest. */
  readonly shrinksMax: number;
  /** Ends the search with the first kind. */
  readonly firstKindOnly?: boolean;
}

export class KindSearch<Context extends TestContext> {
  /** In the order in which they were found. */
  readonly kinds: FoundKind[] = [];
  /** True if there are more kinds than are reported. */
  isCut = false;
  readonly #property: Property<Context>;
  readonly #context: Context;
  readonly #runner: CaseRunner;
  readonly #options: SearchOptions;
  /** Smaller cases that failed in another way while a kind was shrunk. */
  readonly #waiting: FoundKind[] = [];
  #knownToHold: readonly boolean[] = [];
  /** The generated case that showed the last kind, and all that is wrong with it: it is not run again. */
  #last: { readonly position: number; readonly violations: readonly Violation[] } | undefined;
  /** What is wrong with cases that failed or were met while shrinking: other kinds shrink through the same ones. */
  readonly #met = new Map<string, readonly Violation[]>();

  constructor(property: Property<Context>, context: Context, runner: CaseRunner, options: SearchOptions) {
    this.#property = property;
    this.#context = context;
    this.#runner = runner;
    this.#options = options;
  }

  async run(): Promise<void> {
    const { seed, runs, firstKindOnly = false } = this.#options;
    const toCase = (given: unknown): unknown => this.#context.fitCase?.(given) ?? given;
    const source = {
      cases: this.#property.given.map(toCase, (given) => given),
      seed,
      numRuns: runs,
      examples: this.#property.examples.map((example): [unknown] => [toCase(example)]),
    };
    this.#knownToHold = await checkInBatches(this.#property, this.#context, source);
    let found = await this.#search(source, []);
    while (found !== undefined && this.#runner.failure === undefined) {
      this.isCut = this.kinds.length === KINDS_MAX;
      if (this.isCut) return;
      this.kinds.push(found);
      if (firstKindOnly) return;
      const next = this.#waiting.shift();
      found =
        next === undefined
          ? await this.#search(source, this.#last === undefined ? [] : [this.#last.position])
          : ((await this.#search(source, parsePath(next.path), next.kind)) ?? next);
    }
  }

  /** Checks the cases from the path on, and shrinks the first one with a kind that is not known. */
  async #search(source: CaseSource, start: Path, kind?: string): Promise<FoundKind | undefined> {
    const descent = new Descent(start, this.#options.shrinksMax, kind);
    const details = await check(
      asyncProperty(source.cases, (given) => this.#runCase(given, descent)),
      {
        ...source,
        numRuns: Math.max(1, this.#options.runs - this.#runner.decided),
        path: start.join(":"),
        maxSkipsPerRun: ATTEMPTS_PER_RUN - 1,
      },
    );
    const error = details.errorInstance;
    // Without an error, too many cases were discarded.
    if (!details.failed || error === null) return undefined;
    if (!(error instanceof ViolationError)) throw error;

    return error.found;
  }

  async #runCase(given: unknown, descent: Descent): Promise<void> {
    const { isShrinking } = descent;
    const path = descent.next();
    if (path === undefined) throw stopCheck();
    const violations = await this.#listViolations(given, path[0] ?? 0, isShrinking);
    const unknown = violations
      .map((violation) => this.#toFound(given, path, violation))
      .filter(({ kind }) => !this.kinds.some((known) => known.kind === kind));
    const failed = unknown.find(({ kind }) => kind === (descent.kind ?? unknown[0]?.kind));
    if (isShrinking) this.#keepWaiting(unknown.filter(({ kind }) => kind !== descent.kind));
    else if (failed === undefined) this.#runner.decided += 1;
    else this.#last = { position: path[0] ?? 0, violations };
    if (failed === undefined) return;
    descent.descend(path, failed.kind);
    throw new ViolationError(failed);
  }

  async #listViolations(given: unknown, position: number, isShrinking: boolean): Promise<readonly Violation[]> {
    if (!isShrinking && this.#knownToHold[position] === true) return [];
    if (!isShrinking && this.#last?.position === position) return this.#last.violations;
    const name = stringify(given);
    const met = this.#met.get(name);
    if (met !== undefined) return met;
    const checked = await this.#runner.run(
      async () => listViolations(await this.#property.holds(given, this.#context)),
      isShrinking,
    );
    if (checked !== undefined && this.#runner.failure === undefined) {
      if (isShrinking || checked.length > 0) this.#met.set(name, checked);

      return checked;
    }
    if (this.#runner.failure !== undefined || this.#runner.isHopeless) throw stopCheck();
    throw new PreconditionFailure();
  }

  #toFound(given: unknown, path: Path, violation: Violation): FoundKind {
    return {
      kind: nameKind(violation),
      runs: this.#runner.decided + 1,
      shrinks: path.length - 1,
      path: path.join(":"),
      counterexample: given,
      violation,
    };
  }

  #keepWaiting(found: readonly FoundKind[]): void {
    for (const one of found) {
      if (!this.#waiting.some(({ kind }) => kind === one.kind)) this.#waiting.push(one);
    }
  }
}

/** Follows fast-check from case to case, to know the path of each. */
class Descent {
  kind: string | undefined;
  readonly #start: Path;
  #failed: Path | undefined;
  #index = -1;
  #shrinksLeft: number;

  /** @param kind the kind that the case at the start showed, if it is one on the way to a smaller counterexample */
  constructor(start: Path, shrinksMax: number, kind: string | undefined) {
    this.#start = start;
    this.#shrinksLeft = shrinksMax;
    this.kind = kind;
  }

  get isShrinking(): boolean {
    return this.kind !== undefined;
  }

  /** The path of the next case; undefined if it is not to be run. */
  next(): Path | undefined {
    this.#index += 1;
    if (this.#failed !== undefined) {
      if (this.#shrinksLeft === 0) return undefined;
      this.#shrinksLeft -= 1;

      return [...this.#failed, this.#index];
    }
    if (this.isShrinking && this.#index > 0) return undefined;
    const [first = 0] = this.#start.slice(-1);

    return [...this.#start.slice(0, -1), first + this.#index];
  }

  /** The case at the path failed: those that follow are smaller ones. */
  descend(path: Path, kind: string): void {
    this.kind = kind;
    this.#failed = path;
    this.#index = -1;
  }
}

function parsePath(path: string): Path {
  return path.split(":").map(Number);
}
