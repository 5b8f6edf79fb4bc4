/**
 * Running a suite on releases: every property of every release, a few at a time, so that both the server and this
 * process have work. The order in which they end has no part in the result.
 */
import type { DatabaseProvider } from "../database/databases.ts";
import { HarnessError, Inconclusive, UnansweredError } from "../errors.ts";
import type { CrashServer } from "../fault/crash-server.ts";
import { type Decided, decide } from "../property/check-property.ts";
import type { Cost, Property, Question } from "../property/property.ts";
import type { TestContext } from "../property/test-context.ts";
import type { Measurement, PropertyResult, ReleaseResult } from "../property/verdict.ts";
import type { Release } from "../release/release.ts";
import { inLanes } from "./concurrency-limit.ts";
import type { Suite } from "./load-suite.ts";

/** Cases of a property by default; a migration's case has a database of its own. */
export const DEFAULT_RUNS: Readonly<Record<Cost, number>> = {
  call: 100,
  schedule: 20,
  migration: 6,
  strike: 4,
  crash: 4,
  once: 1,
};

/** What a property is always asked about, unless it is a whole enumeration. */
const EXAMPLES_MAX = 12;

/** Cases of a property where no number is asked for: what its cost allows, and each of its own examples where these are few. */
export function defaultRuns({ cost, examples }: Pick<Property<never>, "cost" | "examples">): number {
  const { length } = examples;

  return length > EXAMPLES_MAX || cost === "once" || cost === "crash"
    ? DEFAULT_RUNS[cost]
    : Math.max(DEFAULT_RUNS[cost], length);
}

/** Cases on the way from the first counterexample to the smallest. */
const SHRINKS_MAX: Readonly<Record<Cost, number>> = {
  call: 300,
  schedule: 150,
  migration: 60,
  strike: 30,
  crash: 15,
  once: 20,
};

export interface Order {
  readonly seed: number;
  /** Cases of each property; by default what its cost allows. */
  readonly runs?: number;
  /** The most that any cost allows, where no number is given. */
  readonly runsMax?: number;
  /** Where the server may be crashed; without it, what needs it is undecided. */
  readonly crashGround?: CrashServer;
  /** How many are decided at the same time; a few by default. */
  readonly lanes?: number;
  readonly onProgress?: (event: SurveyEvent) => void;
}

export interface SurveyEvent {
  readonly kind: "started" | "finished";
  readonly release: string;
  readonly id: string;
  readonly title: string;
  readonly result?: PropertyResult;
  /** Properties of this release that are done, and that there are. */
  readonly done: number;
  readonly total: number;
}

/**
 * Decides all properties and measures all questions.
 * @throws HarnessError when one of them could not be decided for a reason of the harness's own
 */
export async function survey(
  releases: readonly Release[],
  suite: Suite,
  databases: DatabaseProvider,
  order: Order,
): Promise<readonly ReleaseResult[]> {
  const surveys = releases.map((release) => new ReleaseSurvey(release, suite, databases, order));
  const jobs = surveys.flatMap((one) => one.jobs);

  // The long ones first: nothing long is then left for the end, when the other lanes are idle.
  const longestFirst = jobs.toSorted((one, other) => other.weight - one.weight);
  try {
    await inLanes(
      longestFirst.map(({ job }) => job),
      order.lanes,
    );
  } finally {
    await Promise.all(surveys.map((one) => one.close()));
  }

  return surveys.map((one) => one.result);
}

class ReleaseSurvey {
  readonly #release: Release;
  readonly #suite: Suite;
  readonly #databases: DatabaseProvider;
  readonly #order: Order;
  readonly #results = new Map<string, PropertyResult>();
  readonly #measurements = new Map<string, Measurement>();
  /** Worlds in which calls were played, and nobody is at the moment: each case leaves them as it found them. */
  readonly #played: TestContext[] = [];

  constructor(release: Release, suite: Suite, databases: DatabaseProvider, order: Order) {
    this.#release = release;
    this.#suite = suite;
    this.#databases = databases;
    this.#order = order;
  }

  get jobs(): { readonly weight: number; readonly job: () => Promise<void> }[] {
    return [
      ...this.#suite.properties.map((property) => ({
        weight: property.cost === "call" ? 1 : 2,
        job: () => this.#decide(property as Property),
      })),
      ...this.#suite.questions.map((question) => ({
        weight: 0,
        job: () => this.#measure(question as Question),
      })),
    ];
  }

  get result(): ReleaseResult {
    const { name, folder } = this.#release;
    const properties = this.#suite.properties.flatMap(({ id }) => this.#results.get(id) ?? []);
    const questions = this.#suite.questions.flatMap(({ id }) => this.#measurements.get(id) ?? []);

    return { name, folder, properties, questions };
  }

  async #decide(property: Property): Promise<void> {
    const { seed, runsMax = Number.POSITIVE_INFINITY } = this.#order;
    const { runs = Math.min(defaultRuns(property), runsMax) } = this.#order;
    const course = {
      seed,
      runs: property.cost === "once" ? 1 : runs,
      shrinksMax: SHRINKS_MAX[property.cost],
    };
    this.#tell("started", property);
    const work = (world: never) => decide(property as Property<never>, world, course);
    const decided = await (property.cost === "call"
      ? this.#inPlayedWorld(property.id, work)
      : this.#inWorld(property.id, work));
    const result = this.#judged(decided);
    this.#results.set(property.id, result);
    this.#tell("finished", property, result);
  }

  async #measure(question: Question): Promise<void> {
    const { id, title } = question;
    const found = await this.#inWorld(id, async (world) => {
      try {
        return await question.measure(world);
      } catch (error) {
        if (error instanceof Inconclusive || error instanceof UnansweredError) {
          return { answer: `not measured: ${error.message}`, figures: {} };
        }
        throw error;
      }
    });
    this.#measurements.set(id, { id, title, ...found });
  }

  async close(): Promise<void> {
    await Promise.all(this.#played.splice(0).map((world) => world.close()));
  }

  async #inWorld<Result>(id: string, work: (world: never) => Promise<Result>): Promise<Result> {
    const world = this.#openContext();
    try {
      return await this.#named(id, () => work(world as never));
    } finally {
      await world.close();
    }
  }

  /** The same in a world that another property has done with: to migrate a database for each would take as long again. */
  async #inPlayedWorld<Result>(id: string, work: (world: never) => Promise<Result>): Promise<Result> {
    const world = this.#played.pop() ?? this.#openContext();
    try {
      return await this.#named(id, () => work(world as never));
    } finally {
      this.#played.push(world);
    }
  }

  #openContext(): TestContext {
    const { crashGround } = this.#order;

    return this.#suite.openContext({
      release: this.#release,
      databases: this.#databases,
      ...(crashGround === undefined ? {} : { crashServer: crashGround }),
    });
  }

  async #named<Result>(id: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;

      throw new HarnessError(`${this.#release.name}, ${id}: ${error.message}`, error.remedy, error);
    }
  }

  #judged(decided: Decided): PropertyResult {
    const finding = this.#release.findings.find(({ property }) => property === decided.id);
    const expected =
      decided.verdict === "held"
        ? finding === undefined
        : decided.verdict === "violated" && finding !== undefined;

    return { ...decided, expected, ...(finding === undefined ? {} : { because: finding.because }) };
  }

  #tell(kind: SurveyEvent["kind"], { id, title }: Property, result?: PropertyResult): void {
    this.#order.onProgress?.({
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
