/** How well datasets covered a schema: rows and odd values by table and column, and what was never tried (pure). */
import { explainRejection } from "./explain-rejection.ts";
import type { FilledTable } from "./fill-database.ts";
import type { ColumnPlan, RowPlan, TablePlan } from "./row-plan.ts";
import type { Cell } from "./value-request.ts";

export interface TableCoverage {
  readonly table: string;
  readonly accepted: number;
  readonly rejected: number;
  /** The most frequent reason for a rejection, or why no row was generated. */
  readonly reason?: string;
  /** What the user can do about it. */
  readonly advice?: string;
  readonly columns: readonly ColumnCoverage[];
}

export interface ColumnCoverage {
  readonly column: string;
  /** How many different values, NULL not counted. */
  readonly values: number;
  /** The kinds of odd values that were tried. */
  readonly tried: readonly OddValue[];
  /** Those that the column could hold and that were never tried. */
  readonly missed: readonly OddValue[];
}

export type OddValue =
  | "NULL"
  | "DEFAULT"
  | "empty"
  | "longest"
  | "mixed case"
  | "not ASCII"
  | "zero"
  | "negative"
  | "largest";

/** Collects what was loaded over many cases. */
export class Coverage {
  readonly #plan: RowPlan;
  readonly #tables = new Map<string, Tally>();

  constructor(plan: RowPlan) {
    this.#plan = plan;
  }

  record(filled: readonly FilledTable[]): void {
    for (const { of, accepted, rejected } of filled) {
      const tally = this.#tables.get(of.key) ?? newTally();
      this.#tables.set(of.key, tally);
      tally.accepted += accepted.length;
      tally.rejected += rejected.length;
      for (const row of rejected) {
        const { reason, advice } = explainRejection(of, row);
        tally.reasons.set(reason, { count: (tally.reasons.get(reason)?.count ?? 0) + 1, reason, advice });
      }
      for (const row of accepted) for (const column of of.columns) addValue(tally, column, row[column.column.name]);
    }
  }

  /** Tables in the order of the plan; one without rows is there, too. Plain data, as JSON has it. */
  report(): readonly TableCoverage[] {
    return this.#plan.tables.map((of) => reportTable(of, this.#tables.get(of.key) ?? newTally()));
  }
}

interface Tally {
  accepted: number;
  rejected: number;
  readonly reasons: Map<string, { readonly count: number; readonly reason: string; readonly advice: string }>;
  readonly columns: Map<string, { readonly values: Set<string>; readonly odd: Set<OddValue> }>;
}

function newTally(): Tally {
  return { accepted: 0, rejected: 0, reasons: new Map(), columns: new Map() };
}

function reportTable(of: TablePlan, { accepted, rejected, reasons, columns }: Tally): TableCoverage {
  const [mostFrequent] = [...reasons.values()].sort((left, right) => right.count - left.count);
  const { reason, advice } = of.unfillable ?? mostFrequent ?? {};
  const linked = new Set(of.links.flatMap((link) => link.columns));

  return {
    table: of.key,
    accepted,
    rejected,
    ...(reason === undefined ? {} : { reason }),
    ...(advice === undefined ? {} : { advice }),
    columns: of.columns.map((column) => {
      const { name } = column.column;
      const seen = columns.get(name);
      const possible = possibleValues(column, linked.has(name));

      return {
        column: name,
        values: seen?.values.size ?? 0,
        tried: possible.filter((value) => seen?.odd.has(value)),
        missed: possible.filter((value) => !seen?.odd.has(value)),
      };
    }),
  };
}

/** Different values are counted up to this number. */
const VALUES_MAX = 1_000;

function addValue(tally: Tally, { column }: ColumnPlan, value: Cell): void {
  const seen = tally.columns.get(column.name) ?? { values: new Set<string>(), odd: new Set<OddValue>() };
  tally.columns.set(column.name, seen);
  for (const odd of findOddValues(value, column.typmod)) seen.odd.add(odd);
  if (typeof value === "string" && seen.values.size < VALUES_MAX) seen.values.add(value);
}

function findOddValues(value: Cell, typmod: number): readonly OddValue[] {
  if (value === null) return ["NULL"];
  if (value === undefined) return ["DEFAULT"];
  const number = /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined;
  const odd: readonly (readonly [OddValue, boolean])[] = [
    ["empty", value === ""],
    ["longest", typmod > 4 && [...value].length >= typmod - 4],
    ["mixed case", /\p{Lu}/u.test(value) && /\p{Ll}/u.test(value)],
    ["not ASCII", /[^\0-\x7f]/.test(value)],
    ["zero", number === 0],
    ["negative", number !== undefined && number < 0],
    ["largest", number !== undefined && Math.abs(number) >= 32_767],
  ];

  return odd.filter(([, is]) => is).map(([name]) => name);
}

/** A column of a foreign key holds what its parents have, or NULL. */
function possibleValues({ column }: ColumnPlan, isLinked: boolean): readonly OddValue[] {
  const { typeName, notNull, default: value } = column;
  const isText = !isLinked && /^(?:text|character|(?:.*\.)?citext|bpchar)\b.*(?<!\[\])$/.test(typeName);
  const isNumber = !isLinked && /^(?:smallint|integer|bigint|numeric|real|double)\b.*(?<!\[\])$/.test(typeName);

  return [
    ...(notNull ? [] : (["NULL"] as const)),
    ...(value === null ? [] : (["DEFAULT"] as const)),
    ...(isText ? (["empty", "mixed case", "not ASCII"] as const) : []),
    ...(isText && /\(\d+\)/.test(typeName) ? (["longest"] as const) : []),
    ...(isNumber ? (["zero", "negative", "largest"] as const) : []),
  ];
}
