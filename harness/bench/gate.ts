/**
 * Defines a gate as data: what to measure, on which rows, which plan is expected. Its budget is in `thresholds.json`,
 * under its id.
 */
import assert from "node:assert";
import type { Database } from "../database/database-provider.ts";
import type { Release, Step } from "../release/release.ts";
import type { CountName } from "./plans/facts.ts";

/** The statements that fill a baseline database: the same number of rows and seed give the same rows. */
export type FillStatements = (rows: number, seed: number) => Iterable<string>;

/** Rows that are generated on the server. */
export interface Volume {
  /** Rows of the table that grows, smallest first. */
  readonly sizes: readonly number[];
  readonly fill: (rows: number, seed: number) => readonly string[];
  /**
   * Makes the statements for a baseline that needs or accepts other rows; undefined if those of `fill` serve.
   * @param baseline has no rows, and is left as it was
   * @throws HarnessError if it accepts no row
   */
  readonly adapt?: (baseline: Database, release: Release) => Promise<FillStatements | undefined>;
  /** The statements that migrate the rows, once the release's schema exists. */
  readonly migrateData: (rows: number) => readonly string[];
  /** Disk space per row in bytes, indexes included; a high estimate. */
  readonly bytesPerRow: number;
}

/**
 * How far a release is applied when a gate measures: `baseline` not at all, `schema` without the last step of
 * `migrate`, `migrated` with migrated rows, `controlled` after the controlled rollback.
 */
export type ReleaseState = "baseline" | "schema" | "migrated" | "controlled";

/** A query, measured by EXPLAIN. */
export interface BenchQuery {
  /** Such as `3.2-migration-verification.sql #2`: its number among the statements, which comments do not change. */
  readonly name: string;
  readonly sql: string;
}

/** A call of the release's interface. */
export interface BenchCall {
  readonly name: string;
  /** The call whose plans are read. */
  readonly sql: string;
  /** Call number `index` of a workload of such calls; by default all are the same. */
  readonly workload?: (index: number, rows: number) => string;
  /** True if the release must refuse it. */
  readonly refused?: boolean;
}

/** Whole steps, measured from outside, one statement at a time. */
export interface StepSequence {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** What a gate measures of a release; an empty list if the release has nothing of the kind. */
export type GateSubjects =
  | { readonly kind: "queries"; readonly select: (release: Release) => readonly BenchQuery[] }
  | { readonly kind: "call"; readonly select: (release: Release) => readonly BenchCall[] }
  | { readonly kind: "step-sequence"; readonly select: (release: Release) => readonly StepSequence[] }
  | {
      readonly kind: "indexes";
      readonly select: (release: Release) => readonly BenchQuery[];
      /** The release's missing lists: any index might serve a query of one of these. */
      readonly missingLists: (release: Release) => readonly string[];
      /** The writes that pay for the indexes. */
      readonly workload: (release: Release) => readonly BenchCall[];
      /** `keep-hot-updates`: no unused index prevents heap-only updates. `used`: each index serves some query. */
      readonly requirement: "keep-hot-updates" | "used";
    };

/** The expected plan at the largest size: on 50 rows a sequential scan is right. */
export interface PlanShape {
  /** Names of indexes that the plan uses. */
  readonly uses?: readonly string[];
  /** Node types, such as `Seq Scan`, that occur neither in the plan nor in a plan inside it. */
  readonly never?: readonly string[];
}

/** Plain statements that do the same work in the same state: time is judged as a multiple of theirs. */
export interface Reference {
  /** Statement number `index` of a workload; of a step sequence only the first is used. */
  readonly sql: (index: number, rows: number) => string;
  /** The rows at which both are timed: few for a step sequence, which needs a new database for each run. */
  readonly rows: number;
}

export type SummaryFigure = CountName | "time" | "ratio" | "growth" | "writersBlocked" | "sleepShare";

export interface Gate {
  readonly kind: "gate";
  readonly id: string;
  readonly rule: string;
  readonly title: string;
  readonly data: Volume;
  readonly state: ReleaseState;
  readonly subjects: GateSubjects;
  readonly plan: PlanShape;
  readonly reference?: Reference | undefined;
  /** The figures that the summary of a run shows, by label. */
  readonly summary: Readonly<Record<string, SummaryFigure>>;
}

interface GateDefinition extends Pick<Gate, "data">, Partial<Pick<Gate, "state" | "plan" | "reference" | "summary">> {
  readonly measure: GateSubjects;
}

/** Defines a gate. The id begins with the number of the rule that it guards: `P1-lookup`. */
export function gate(id: string, title: string, definition: GateDefinition): Gate {
  const rule = /^P\d+(?=-|$)/.exec(id)?.[0];
  assert(rule !== undefined, `The id of a gate begins with the number of a performance rule: ${id}`);
  const { data, state = "migrated", measure: subjects, plan = {}, reference, summary = {} } = definition;

  return { kind: "gate", id, rule, title, data, state, subjects, plan, reference, summary };
}

/** The queries among the statements of the steps, or only those under an EXPLAIN of the release's own. */
export function listQueries(steps: readonly Step[] = [], kind: "all" | "explained" = "all"): readonly BenchQuery[] {
  return steps.flatMap((step) =>
    step.statements
      .filter((statement) => statement.kind === "sql")
      .flatMap(({ node, text }, index) =>
        node === "ExplainStmt" || (kind === "all" && node === "SelectStmt")
          ? [{ name: `${step.path} #${index + 1}`, sql: text.replace(EXPLAIN, "") }]
          : [],
      ),
  );
}

const EXPLAIN = /^EXPLAIN\s*(\([^)]*\)|ANALYZE\s+VERBOSE|ANALYZE|VERBOSE)?\s*/i;
