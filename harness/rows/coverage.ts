/** How well datasets covered a schema: rows and odd values by table and column, and what was never tried (pure). */
import { explainRejection } from "./explain-rejection.ts";
import type { FilledTable } from "./fill-database.ts";
import type { ColumnPlan, Obstacle, TablePlan } from "./row-plan.ts";
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
  /** Those that the column could hold by its type and that were never tried; a CHECK may exclude them. */
  readonly missed: readonly OddValue[];
}

export const ODD_VALUES = [
  "NULL",
  "DEFAULT",
  "empty",
  "longest",
  "mixed case",
  "not ASCII",
  "zero",
  "negative",
  "largest",
] as const;
export type OddValue = (typeof ODD_VALUES)[number];

/** Collects what was loaded over many cases. */
export class Coverage {
  readonly #tables = new Map<string, { readonly of: TablePlan; readonly tally: Tally }>();

  constructor(tables: readonly TablePlan[] = []) {
    this.include(tables);
  }

  /** Adds tables to the report, as far as they are not in it. */
  include(tables: readonly TablePlan[]): void {
    for (const of of tables) if (!this.#tables.has(of.key)) this.#tables.set(of.key, { of, tally: newTally() });
  }

  record(filled: readonly FilledTable[]): void {
    for (const { of, accepted, rejected } of filled) {
      this.add(
        of.key,
        accepted,
        rejected.map((row) => explainRejection(of, row)),
      );
    }
  }

  /** Adds rows of an included table; others are ignored. */
  add(key: string, accepted: readonly Readonly<Record<string, Cell>>[], rejections: readonly Obstacle[] = []): void {
    const found = this.#tables.get(key);
    if (found === undefined) return;
    const { of, tally } = found;
    tally.accepted += accepted.length;
    tally.rejected += rejections.length;
    for (const rejection of rejections) {
      const { reason } = rejection;
      tally.reasons.set(reason, { ...rejection, count: (tally.reasons.get(reason)?.count ?? 0) + 1 });
    }
    for (const row of accepted) for (const column of of.columns) addValue(tally, column, row[column.column.name]);
  }

  /**
   * Tables in the order in which they were included; one without rows is there, too. Plain data, as JSON has it, which
   * does not depend on the order of the rows.
   */
  report(): readonly TableCoverage[] {
    return [...this.#tables.values()].map(({ of, tally }) => reportTable(of, tally));
  }
}

/** Joins the coverage of a release's shards: rows add up, and of the different values it is the most that a shard had. */
export function mergeCoverage(parts: readonly TableCoverage[]): readonly TableCoverage[] {
  const merged = new Map<string, TableCoverage>();
  for (const part of parts) {
    const known = merged.get(part.table);
    merged.set(part.table, known === undefined ? part : mergeTables(known, part));
  }

  return [...merged.values()];
}

function mergeTables(one: TableCoverage, other: TableCoverage): TableCoverage {
  return {
    ...(one.rejected < other.rejected ? other : one),
    accepted: one.accepted + other.accepted,
    rejected: one.rejected + other.rejected,
    columns: one.columns.map((column) => {
      const same = other.columns.find((known) => known.column === column.column) ?? column;
      const tried = ODD_VALUES.filter((value) => column.tried.includes(value) || same.tried.includes(value));
      const missed = column.missed.filter((value) => !tried.includes(value));

      return { ...column, values: Math.max(column.values, same.values), tried, missed };
    }),
  };
}

interface Tally {
  accepted: number;
  rejected: number;
  readonly reasons: Map<string, Obstacle & { readonly count: number }>;
  readonly columns: Map<string, { readonly values: Set<string>; readonly odd: Set<OddValue> }>;
}

function newTally(): Tally {
  return { accepted: 0, rejected: 0, reasons: new Map(), columns: new Map() };
}

function reportTable(of: TablePlan, { accepted, rejected, reasons, columns }: Tally): TableCoverage {
  const [mostFrequent] = [...reasons.values()].sort(
    (left, right) => right.count - left.count || (left.reason < right.reason ? -1 : 1),
  );
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
  if (typeof value === "string" && seen.values.has(value)) return;
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
