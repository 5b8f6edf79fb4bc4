/** How well datasets covered a schema: rows and odd values by table and column, and what was never tried (pure). */
import type { FilledTable } from "./fill-database.ts";
import type { ColumnPlan, RowPlan } from "./row-plan.ts";
import type { Cell } from "./value-request.ts";

export interface TableCoverage {
  readonly table: string;
  readonly accepted: number;
  readonly rejected: number;
  /** The most frequent reason for a rejection: SQLSTATE, constraint and message. */
  readonly reason?: string;
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
      const tally = this.#tables.get(of.key) ?? {
        accepted: 0,
        rejected: 0,
        reasons: new Map(),
        columns: new Map(),
      };
      this.#tables.set(of.key, tally);
      tally.accepted += accepted.length;
      tally.rejected += rejected.length;
      for (const { code, constraint, message } of rejected) {
        const reason = `${code} ${constraint === "" ? message : constraint}`;
        tally.reasons.set(reason, (tally.reasons.get(reason) ?? 0) + 1);
      }
      for (const row of accepted)
        for (const column of of.columns) note(tally, column, row[column.column.name]);
    }
  }

  /** Tables in the order of the plan; one without rows is there, too. */
  report(): readonly TableCoverage[] {
    return this.#plan.tables.map(({ key, columns, unfillable }) => {
      const tally = this.#tables.get(key);
      const [reason] = [...(tally?.reasons ?? [])]
        .sort((left, right) => right[1] - left[1])
        .map(([text]) => text);
      const why = unfillable ?? reason;

      return {
        table: key,
        accepted: tally?.accepted ?? 0,
        rejected: tally?.rejected ?? 0,
        ...(why === undefined ? {} : { reason: why }),
        columns: columns.map((column) => {
          const seen = tally?.columns.get(column.column.name);
          const tried = possibleValues(column).filter((value) => seen?.odd.has(value));

          return {
            column: column.column.name,
            values: seen?.values.size ?? 0,
            tried,
            missed: possibleValues(column).filter((value) => !tried.includes(value)),
          };
        }),
      };
    });
  }
}

interface Tally {
  accepted: number;
  rejected: number;
  readonly reasons: Map<string, number>;
  readonly columns: Map<string, { readonly values: Set<string>; readonly odd: Set<OddValue> }>;
}

/** Different values are counted up to this number. */
const VALUES_MAX = 1_000;

function note(tally: Tally, { column }: ColumnPlan, value: Cell): void {
  const seen = tally.columns.get(column.name) ?? { values: new Set<string>(), odd: new Set<OddValue>() };
  tally.columns.set(column.name, seen);
  for (const odd of oddValues(value, column.typmod)) seen.odd.add(odd);
  if (typeof value === "string" && seen.values.size < VALUES_MAX) seen.values.add(value);
}

function oddValues(value: Cell, typmod: number): readonly OddValue[] {
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

function possibleValues({ column }: ColumnPlan): readonly OddValue[] {
  const { typeName, notNull, default: value } = column;
  const isText = /^(?:text|character|citext|bpchar|varchar)/.test(typeName);
  const isNumber = /^(?:smallint|integer|bigint|numeric|real|double)/.test(typeName);

  return [
    ...(notNull ? [] : (["NULL"] as const)),
    ...(value === null ? [] : (["DEFAULT"] as const)),
    ...(isText ? (["empty", "mixed case", "not ASCII"] as const) : []),
    ...(isText && /\(\d+\)/.test(typeName) ? (["longest"] as const) : []),
    ...(isNumber ? (["zero", "negative", "largest"] as const) : []),
  ];
}
