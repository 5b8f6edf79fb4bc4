/**
 * Runs suites on releases: all properties of every release, a few at a time. The order in which they end does not affect
 * the result.
 */

import { AssertionError } from "node:assert";
import type { DatabaseProvider } from "../database/database-provider.ts";
import { HarnessError, Inconclusive, LimitError, UnansweredError, UnmetNeedError } from "../errors.ts";
import type { CrashServer } from "../fault/crash-server.ts";
import { findOrigin } from "../files/load-module.ts";
import { type CheckResult, checkProperty } from "../property/check-property.ts";
import type { CaseKind, Property, Question } from "../property/property.ts";
import type { TestContext } from "../property/test-context.ts";
import type { Note, PropertyResult, QuestionResult, ReleaseResult, UnmetNeed } from "../property/verdict.ts";
import type { Release } from "../release/release.ts";
import { Coverage } from "../rows/coverage.ts";
import { compareWithKnown } from "./compare-known.ts";
import { type JobKind, type KindedJob, runByKind } from "./concurrency-limit.ts";
import type { Suite } from "./load-suite.ts";
import { addMissing } from "./missing-needs.ts";
import type { RowChoice } from "./test-resources.ts";

/** Cases of a property by default; the case of a migration has a database of its own. */
export const DEFAULT_RUNS: Readonly<Record<CaseKind, number>> = {
  call: 100,
  schedule: 20,
  migration: 6,
  fault: 4,
  crash: 4,
  once: 1,
};

/** Cases on the way from the first counterexample to the smallest. */
const SHRINKS_MAX: Readonly<Record<CaseKind, number>> = {
  call: 300,
  schedule: 150,
  migration: 60,
  fault: 30,
  crash: 15,
  once: 20,
};

/** More examples than these are an enumeration, of which a run takes only a part. */
const EXAMPLES_MAX = 12;

/** Counts the cases of a property by default: as many as its kind allows, but each of a few examples. */
export function defaultRuns({ caseKind, examples }: Pick<Property, "caseKind" | "examples">): number {
  const { length } = examples;

  return length > EXAMPLES_MAX || caseKind === "once" || caseKind === "crash"
    ? DEFAULT_RUNS[caseKind]
    : Math.max(DEFAULT_RUNS[caseKind], length);
}

/** A release, and the suite that is run on it. */
export interface SuiteTarget {
  readonly release: Release;
  readonly suite: Suite;
}

export interface SuiteRunOptions {
  readonly seed: number;
  /** Cases of each property; by default what its kind allows. */
  readonly runs?: number;
  /** The most cases of a property by default. */
  readonly runsMax?: number;
  /** Ends each property with its first kind of failure. */
  readonly firstKindOnly?: boolean;
  /** A server that may be crashed; without it, properties that need one are inconclusive. */
  readonly crashServer?: CrashServer;
  /** Which rows the rules of any migration try; by default all. */
  readonly rows?: RowChoice;
  /** How many properties are checked at the same time; a few by default. */
  readonly concurrency?: number;
  readonly onProgress?: (event: SuiteProgress) => void;
}

export interface SuiteProgress {
  readonly kind: "started" | "finished";
  readonly release: string;
  readonly id: string;
  readonly title: string;
  readonly result?: PropertyResult;
  /** Properties of this release that are finished, and all of them. */
  readonly done: number;
  readonly total: number;
}

/**
 * Checks all properties and measures all questions. Of several migrations, one whose needs are not met is unknown.
 * @throws HarnessError if one of them failed for a reason of the harness's own
 */
export async function runSuites(
  targets: readonly SuiteTarget[],
  databases: DatabaseProvider,
  options: SuiteRunOptions,
): Promise<readonly ReleaseResult[]> {
  const isOneOfMany = targets.length > 1;
  const runs = targets.map((target) => new ReleaseRun(target, databases, options, isOneOfMany));
  try {
    await runByKind(
      runs.flatMap((run) => run.jobs),
      options.concurrency,
    );
  } finally {
    await Promise.all(runs.map((run) => run.close()));
  }

  return runs.map((run) => run.result);
}

class ReleaseRun {
  readonly #release: Release;
  readonly #suite: Suite;
  readonly #databases: DatabaseProvider;
  readonly #options: SuiteRunOptions;
  readonly #results = new Map<string, PropertyResult>();
  readonly #answers = new Map<string, QuestionResult>();
  readonly #coverage = new Coverage();
  readonly #notes: Note[] = [];
  readonly #isOneOfMany: boolean;
  #need: UnmetNeed | undefined;
  /** What contexts leave to the end of the release. */
  readonly #atEnd: (() => Promise<void>)[] = [];
  /** Contexts that no property uses at the moment: calls leave them as they found them. */
  readonly #idle: TestContext[] = [];

  constructor(
    { release, suite }: SuiteTarget,
    databases: DatabaseProvider,
    options: SuiteRunOptions,
    isOneOfMany: boolean,
  ) {
    this.#release = release;
    this.#suite = suite;
    this.#databases = databases;
    this.#options = options;
    this.#isOneOfMany = isOneOfMany;
  }

  get jobs(): readonly KindedJob[] {
    const { properties, questions } = this.#suite;

    return [
      ...properties.map((property) => ({ kind: this.#jobKind(property), run: () => this.#check(property) })),
      ...questions.map((question) => ({ kind: "long" as const, run: () => this.#measure(question) })),
    ];
  }

  #jobKind({ caseKind }: Property): JobKind {
    if (caseKind === "crash" && this.#options.crashServer !== undefined) return "exclusive";

    return caseKind === "call" ? "short" : "long";
  }

  get result(): ReleaseResult {
    const { name, folder, origin } = this.#release;
    const properties = this.#suite.properties.flatMap(({ id }) => this.#results.get(id) ?? []);
    const questions = this.#suite.questions.flatMap(({ id }) => this.#answers.get(id) ?? []);
    const coverage = this.#coverage.report();
    const notes = [...new Map(this.#notes.map((note) => [JSON.stringify(note), note])).entries()]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([, note]) => note);

    return {
      ...{ name, folder, ...(origin !== undefined && { migration: origin.migration }), properties, questions },
      ...(this.#need === undefined ? {} : { need: this.#need }),
      ...(notes.length === 0 ? {} : { notes }),
      ...(coverage.length === 0 ? {} : { coverage }),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((context) => context.close()));
    await Promise.all(this.#atEnd.splice(0).map((work) => work()));
  }

  /** What many releases hold would add up until the last one is done. */
  async #closeIfDone(): Promise<void> {
    const { properties, questions } = this.#suite;
    if (this.#results.size === properties.length && this.#answers.size === questions.length) await this.close();
  }

  /** True if the properties are the user's own. */
  get #isForeign(): boolean {
    return this.#release.properties?.startsWith("pg-plumbline/") === false;
  }

  async #check(property: Property): Promise<void> {
    const { id, caseKind } = property;
    const { seed, runsMax = Number.POSITIVE_INFINITY } = this.#options;
    const { runs = Math.min(defaultRuns(property), runsMax) } = this.#options;
    const { firstKindOnly = false } = this.#options;
    const options = { seed, runs: caseKind === "once" ? 1 : runs, shrinksMax: SHRINKS_MAX[caseKind], firstKindOnly };
    this.#report("started", property);
    const checked = await this.#withContext(property, caseKind === "call", (context) =>
      checkProperty(property, context, options),
    ).catch(async (error: unknown) => await this.#leaveUnknown(property, error));
    const known = this.#release.knownFailures.filter((one) => one.property === id);
    const isComplete = !firstKindOnly && runs >= defaultRuns(property);
    const result = compareWithKnown(checked, known, { isComplete });
    this.#results.set(id, result);
    this.#report("finished", property, result);
    await this.#closeIfDone();
  }

  /** The verdict of a migration whose needs are not met; of the only one that is an error. */
  async #leaveUnknown({ id, title, rule }: Property, error: unknown): Promise<CheckResult> {
    if (!(error instanceof UnmetNeedError)) throw error;
    const { history } = this.#release.origin ?? {};
    const { message, remedy } = await addMissing(this.#databases, history, error);
    if (!this.#isOneOfMany || history === undefined) {
      throw new HarnessError(`${this.#release.name}, ${id}: ${message}`, remedy, error);
    }
    this.#need = { message, remedy };
    const { seed } = this.#options;

    return {
      ...{ id, title, rule, seed, reason: message },
      verdict: "unknown",
      runs: 0,
      durationMs: 0,
    };
  }

  async #measure(question: Question): Promise<void> {
    const { id, title } = question;
    const answer = await this.#withContext(question, false, async (context) => {
      try {
        await context.prepare?.();

        return await question.measure(context);
      } catch (error) {
        if (error instanceof Inconclusive || error instanceof UnansweredError || error instanceof LimitError) {
          return { answer: `not measured: ${error.message}`, figures: {} };
        }
        throw error;
      }
    });
    this.#answers.set(id, { id, title, ...answer });
    await this.#closeIfDone();
  }

  /** @param isShared whether a later property may use the context: migrating a database for each would take longer */
  async #withContext<Result>(
    checked: Property | Question,
    isShared: boolean,
    work: (context: TestContext) => Promise<Result>,
  ): Promise<Result> {
    const context = (isShared ? this.#idle.pop() : undefined) ?? this.#openContext(checked);
    try {
      return await work(context);
    } catch (error) {
      if (error instanceof UnmetNeedError) throw error;
      if (error instanceof HarnessError) {
        throw new HarnessError(`${this.#release.name}, ${checked.id}: ${error.message}`, error.remedy, error);
      }
      if (!(error instanceof Error) || !this.#isForeign || error instanceof AssertionError) throw error;
      throw new HarnessError(
        `${this.#release.name}, ${checked.id}: the property threw ${error.name}: ${error.message}${findOrigin(error)}`,
        "Fix the property",
        error,
      );
    } finally {
      if (isShared) this.#idle.push(context);
      else await context.close();
    }
  }

  #openContext(checked: Property | Question): TestContext {
    const { seed, rows, crashServer } = this.#options;
    const resources = {
      release: this.#release,
      databases: this.#databases,
      seed,
      coverage: this.#coverage,
      notes: this.#notes,
      atEnd: (work: () => Promise<void>) => void this.#atEnd.push(work),
      ...(rows === undefined ? {} : { rows }),
      ...(crashServer === undefined ? {} : { crashServer }),
    };

    return this.#suite.openContext(resources, checked);
  }

  #report(kind: SuiteProgress["kind"], { id, title }: Property, result?: PropertyResult): void {
    this.#options.onProgress?.({
      kind,
      release: this.#release.name,
      id,
      title,
      ...(result === undefined ? {} : { result }),
      done: this.#results.size,
      total: this.#suite.properties.length,
    });
  }
}
