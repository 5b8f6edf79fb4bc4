/**
 * What a gate is: what to measure, on which data, which shape its plan has, and under which id its budget lies in
 * `thresholds.json`. A gate is data; it knows nothing of servers, of clocks, or of how a plan is read.
 */
import assert from "node:assert";
import type { Release, Statement, Step } from "../release/release.ts";
import type { CountName } from "./plans/facts.ts";

/** Rows as they are made on the server: the same text and the same seed make the same rows. */
export interface Volume {
  /** How many rows of the table that grows, smallest first. */
  readonly sizes: readonly number[];
  /** The statements that fill a database of the baseline. */
  readonly fill: (rows: number, seed: number) => readonly string[];
  /** The statements that bring a release's own contents in, once its schema is there. */
  readonly settle: (rows: number) => readonly string[];
  /** What the data of one row takes on disk, indexes included, in bytes: an estimate that is rather too high. */
  readonly bytesPerRow: number;
}

/**
 * How far a release is applied where a gate measures: `baseline` not at all, `schema` all of migrating but its last
 * step, `migrated` and settled in, `controlled` rolled back again with everything kept.
 */
export type State = "baseline" | "schema" | "migrated" | "controlled";

/** One query, looked at by EXPLAIN. */
export interface Query {
  /** Such as `3.2-migration-verification.sql #2`: its place among the statements, which comments do not change. */
  readonly name: string;
  readonly sql: string;
}

/** One call of the release's interface, and many of the same kind, each a transaction of its own. */
export interface Call {
  readonly name: string;
  /** The one that is looked at plan by plan. */
  readonly sql: string;
  /** The call number `index` of a longer use; the same index is the same call on every run. */
  readonly use?: (index: number, rows: number) => string;
  /** True where the release has to refuse it. */
  readonly refused?: boolean;
}

/** A list of whole steps, measured from outside, a statement at a time. */
export interface Passage {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** What a gate measures of a release; what the release does not have is an empty list. */
export type Subjects =
  | { readonly kind: "queries"; readonly of: (release: Release) => readonly Query[] }
  | { readonly kind: "call"; readonly of: (release: Release) => readonly Call[] }
  | { readonly kind: "passage"; readonly of: (release: Release) => readonly Passage[] }
  | {
      readonly kind: "indexes";
      readonly of: (release: Release) => readonly Query[];
      /** The lists of queries that the release does not have: any index may be there for one of theirs. */
      readonly lacking: (release: Release) => readonly string[];
      /** What the indexes are paid for with. */
      readonly use: (release: Release) => readonly Call[];
      /** `repaid`: no index costs the use its heap-only updates in vain. `chosen`: each index serves some query. */
      readonly demand: "repaid" | "chosen";
    };

/** What the plans must look like. It is judged at the largest size: on 50 rows a sequential scan is no fault. */
export interface Shape {
  /** Indexes that the plan uses, by name. */
  readonly uses?: readonly string[];
  /** Node types that occur nowhere in the plan or in a plan inside of it: `Seq Scan`. */
  readonly never?: readonly string[];
}

/**
 * Statements that do the same work plainly, in the same state: time decides as a multiple of what they take, in turns.
 * For a call they are asked for by the number of the repetition; for a passage they are sent once to each clone.
 */
export interface Plain {
  readonly sql: (index: number, rows: number) => string;
  /** Where the two take turns: few rows, where a passage has to be made anew for each turn. */
  readonly rows: number;
}

/** What of a gate is worth a line where releases are put beside each other, by its label. */
export type Glance = Readonly<Record<string, GlanceFigure>>;
export type GlanceFigure = CountName | "time" | "ratio" | "growth" | "shutOut" | "asleep";

export interface Gate {
  readonly kind: "gate";
  readonly id: string;
  readonly rule: string;
  readonly title: string;
  readonly data: Volume;
  readonly state: State;
  readonly subjects: Subjects;
  readonly plan: Shape;
  readonly plain?: Plain;
  readonly glance: Glance;
}

interface Claim {
  readonly data: Volume;
  readonly state?: State;
  readonly measure: Subjects;
  readonly plan?: Shape;
  readonly plain?: Plain;
  readonly glance?: Glance;
}

/** States a gate. The id begins with the number of the rule that it guards: `P1-lookup`. */
export function gate(id: string, title: string, claim: Claim): Gate {
  const rule = /^P\d+(?=-|$)/.exec(id)?.[0];
  assert(rule !== undefined, `The id of a gate begins with the number of a rule of performance: ${id}`);
  const { data, state = "migrated", measure, plan = {}, plain, glance = {} } = claim;

  return {
    kind: "gate",
    id,
    rule,
    title,
    data,
    state,
    subjects: measure,
    plan,
    glance,
    ...(plain && { plain }),
  };
}

/**
 * The statements of the steps that EXPLAIN can look at: queries, or only those that stand under an EXPLAIN of the
 * release's own, named after their place.
 */
export function queriesOf(steps: readonly Step[] = [], kind: "all" | "explained" = "all"): readonly Query[] {
  return steps.flatMap((step) =>
    step.statements
      .filter((statement) => statement.kind === "sql")
      .map((statement, index) => ({ statement, name: `${step.path} #${index + 1}` }))
      .filter(({ statement }) => isQuery(statement, kind))
      .map(({ statement, name }) => ({ name, sql: withoutExplain(statement.text) })),
  );
}

function isQuery({ node }: Statement, kind: "all" | "explained"): boolean {
  return node === "ExplainStmt" || (kind === "all" && node === "SelectStmt");
}

function withoutExplain(sql: string): string {
  return sql.replace(/^EXPLAIN\s*(\([^)]*\)|ANALYZE\s+VERBOSE|ANALYZE|VERBOSE)?\s*/i, "");
}
