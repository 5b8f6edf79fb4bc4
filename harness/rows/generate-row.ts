/** One row of a table: a way to satisfy each CHECK, and a cell for each column that is written (pure). */
import type { Random } from "fast-check";
import { compute } from "./computed-values.ts";
import { type Alternative, type Demand, isContradictory, MIRRORED } from "./demands.ts";
import { findDivisors } from "./number-values.ts";
import type { ColumnPlan, RowPlan, TablePlan } from "./row-plan.ts";
import { isFitting, swapCase } from "./text-values.ts";
import type { Cell, Level } from "./value-request.ts";
import { generateValue } from "./values.ts";
import { collectWanted, narrowWanted, type Wanted } from "./wanted.ts";

/** A row before its parents are known. */
export interface Row {
  readonly cells: Readonly<Record<string, Cell>>;
  /** For each foreign key, which of the parent's rows; taken modulo their number. Absent: the columns are NULL. */
  readonly picks: Readonly<Record<string, number>>;
  /** For each CHECK, which alternative the row satisfies. */
  readonly alternatives: readonly number[];
  /** Cells that stay as they are, those of sequences included. */
  readonly fixed?: Readonly<Record<string, Cell>>;
}

/** Rows by `schema.name` of their table. */
export type Dataset = Readonly<Record<string, readonly Row[]>>;

/** Values that the user gives for some columns of a table, for one row at a time; by `schema.name` of the table. */
export type Hints = Readonly<Record<string, (random: Random) => Readonly<Record<string, string | null>>>>;

export interface RowRequest {
  readonly plan: RowPlan;
  readonly of: TablePlan;
  readonly level: Level;
  readonly random: Random;
  readonly hints?: Hints;
  /** True where a cell is NULL, or a parent left out, only if a CHECK demands it. */
  readonly isComplete?: boolean;
}

/** Out of so many nullable columns one is NULL in an ordinary row. */
const NULLS_ONE_IN = 6;

/**
 * Generates a row.
 * @param alternatives which one of each CHECK it satisfies (default: chosen at random, the first one if simplest)
 */
export function generateRow(request: RowRequest, alternatives: readonly number[] = chooseAlternatives(request)): Row {
  const { of } = request;
  const demands = demandsOf(of, alternatives);
  const cells: Record<string, Cell> = {};
  const given = request.hints?.[of.key]?.(request.random) ?? {};
  for (const column of of.columns) {
    const { name } = column.column;
    cells[name] = name in given ? given[name] : generateCell(request, column, demands, cells);
  }
  computeCells(demands, cells, given);

  return { cells, picks: generatePicks(request, demands), alternatives };
}

/** For each CHECK an alternative at random (the first one if simplest) that goes with those of the other CHECKs. */
function chooseAlternatives({ of, level, random }: RowRequest): readonly number[] {
  const starts = of.checks.map(({ length }) =>
    level === "simplest" || length < 2 ? 0 : random.nextInt(0, length - 1),
  );
  const known = recall(knownChoices, of);
  const key = starts.join();
  const chosen = known.get(key) ?? findAgreeing(of.checks, starts);
  known.set(key, chosen);

  return chosen;
}

/** A search for alternatives that go together ends after so many steps. */
const STEPS_MAX = 200;

/** The first alternatives from the given ones on that do not contradict each other; the given ones if there are none. */
function findAgreeing(checks: TablePlan["checks"], starts: readonly number[]): readonly number[] {
  const chosen: number[] = [];
  let steps = 0;
  const chooseFrom = (at: number, demands: Alternative): boolean => {
    const check = checks[at];
    if (check === undefined) return true;
    for (let step = 0; step < check.length && steps < STEPS_MAX; step += 1) {
      steps += 1;
      const index = ((starts[at] ?? 0) + step) % check.length;
      const joined = [...demands, ...(check[index] ?? [])];
      chosen[at] = index;
      if (!isContradictory(joined) && chooseFrom(at + 1, joined)) return true;
    }

    return false;
  };

  return chooseFrom(0, []) ? chosen : starts;
}

type Known<Value> = WeakMap<TablePlan, Map<string, Value>>;

const knownChoices: Known<readonly number[]> = new WeakMap();
const knownDemands: Known<Alternative> = new WeakMap();
/** Rows of a table satisfy the same few alternatives again and again. */
const KNOWN_MAX = 1_000;

function recall<Value>(cache: Known<Value>, of: TablePlan): Map<string, Value> {
  const found = cache.get(of);
  if (found !== undefined && found.size <= KNOWN_MAX) return found;
  const known = new Map<string, Value>();
  cache.set(of, known);

  return known;
}

/** The demands of the alternatives that a row satisfies. */
export function demandsOf(of: TablePlan, alternatives: readonly number[]): Alternative {
  const known = recall(knownDemands, of);
  const key = alternatives.join();
  const demands =
    known.get(key) ??
    of.checks.flatMap((check, index) => check[(alternatives[index] ?? 0) % Math.max(check.length, 1)] ?? []);
  known.set(key, demands);

  return demands;
}

/** A trigger that counts must not leave the range of the type. */
const COUNTER_BOUNDS = [
  { operator: ">", value: "-30000" },
  { operator: "<", value: "30000" },
] as const;

/**
 * Generates one cell.
 * @param cells those of the same row that are known: the column may be compared with them
 */
export function generateCell(
  { plan, level: wish, random, isComplete = false }: RowRequest,
  { column, distinct, literals, hasConstantDefault, isCounter, isGuarded }: ColumnPlan,
  demands: readonly Demand[],
  cells: Readonly<Record<string, Cell>>,
): Cell {
  const needed = withColumns(collectWanted(demands, column.name), column.name, cells);
  const wanted = isCounter ? { ...needed, bounds: [...needed.bounds, ...COUNTER_BOUNDS] } : needed;
  // What a condition that is not understood says of odd values is unknown: most are ordinary ones.
  const level = isGuarded && wish === "boundary" && random.nextInt(1, 4) > 1 ? "ordinary" : wish;
  if (wanted.isNull === true) return null;
  const mayBeNull = !column.notNull && wanted.isNull === undefined;
  if (level === "simplest" && hasConstantDefault && wanted.isNull === undefined) return undefined;
  if (level === "simplest" && mayBeNull) return null;
  if (mayBeNull && !isComplete && random.nextInt(1, level === "boundary" ? 2 : NULLS_ONE_IN) === 1) return null;
  if (hasConstantDefault && wanted.isNull === undefined && random.nextInt(1, 4) === 1) return undefined;
  const value = generateValue({
    types: plan.schema.types,
    type: column.type,
    typmod: column.typmod,
    wanted,
    level,
    literals,
    distinct,
    random,
  });

  return value ?? (column.default !== null ? undefined : mayBeNull || !column.notNull ? null : undefined);
}

/** Sets the columns that a CHECK equates with an expression of others, but those that are given. */
export function computeCells(demands: Alternative, cells: Record<string, Cell>, given: Readonly<Record<string, Cell>>) {
  for (const demand of demands) {
    if (demand.kind !== "computed" || demand.column in given || !(demand.column in cells)) continue;
    const value = compute(demand.expression, cells);
    if (value !== undefined) cells[demand.column] = value;
  }
}

/** What relates the column to others of the row becomes what their values ask of it. */
function withColumns(wanted: Wanted, column: string, cells: Readonly<Record<string, Cell>>): Wanted {
  const compared = wanted.pairs.flatMap((pair): readonly Demand[] => {
    const isLeft = pair.column === column;
    const value = cells[isLeft ? pair.other : pair.column];
    if (pair.kind === "divisible" && !isLeft && value === undefined) return smallNumber(column, wanted);
    if (typeof value !== "string") return [];
    if (pair.kind === "columns")
      return [{ kind: "compare", column, operator: isLeft ? pair.operator : MIRRORED[pair.operator], value }];
    if (isLeft) return [{ kind: "multiple", column, of: value }];
    const values = findDivisors(value, wanted);

    return values.length === 0 ? [] : [{ kind: "in", column, values, not: false }];
  });

  return compared.length === 0 ? wanted : narrowWanted(wanted, compared);
}

/** What another column will be a multiple of, which has to fit its type. */
function smallNumber(column: string, { bounds }: Wanted): readonly Demand[] {
  return bounds.some(({ value }) => Math.abs(Number(value)) > DIVISOR_MAX)
    ? []
    : [
        { kind: "compare", column, operator: ">=", value: String(-DIVISOR_MAX) },
        { kind: "compare", column, operator: "<=", value: String(DIVISOR_MAX) },
      ];
}

const DIVISOR_MAX = 100;

/** Optional parents are left out in one row of four. Picks lean towards the first row, which then has several children. */
function generatePicks(
  { of, level, random, isComplete = false }: RowRequest,
  demands: readonly Demand[],
): Record<string, number> {
  const picks: Record<string, number> = {};
  for (const { name, required, columns } of of.links) {
    const nulls = demands.filter((demand) => demand.kind === "null" && columns.includes(demand.column));
    if (nulls.some((demand) => demand.kind === "null" && demand.isNull)) continue;
    if (required || nulls.length > 0 || isComplete || (level !== "simplest" && random.nextInt(1, 4) > 1)) {
      picks[name] = level === "simplest" || random.nextInt(0, 2) === 0 ? 0 : random.nextInt(0, 999_999);
    }
  }

  return picks;
}

/** Demands that a text in other letters may satisfy, too. */
const FOLDABLE: readonly Demand["kind"][] = ["length", "null", "pattern", "contains"];

/** A copy of a row, the case of its texts swapped where asked: a unique key may fold case or not. */
export function copyRow(row: Row, { plan, of, random }: Omit<RowRequest, "level">, swapped: boolean): Row {
  const isText = (type: string): boolean => plan.schema.types.get(type)?.category === "S";
  const demands = demandsOf(of, row.alternatives);
  const fixed = new Set(demands.filter(({ kind }) => !FOLDABLE.includes(kind)).map(({ column }) => column));
  const swap = (name: string, value: string): string => {
    const changed = swapCase(value, random);

    return isFitting(changed, collectWanted(demands, name)) ? changed : value;
  };
  const cells = Object.fromEntries(
    of.columns.map(({ column }) => {
      const value = row.cells[column.name];

      return [
        column.name,
        swapped &&
        typeof value === "string" &&
        isText(column.type) &&
        !of.primaryKey.includes(column.name) &&
        !fixed.has(column.name)
          ? swap(column.name, value)
          : value,
      ];
    }),
  );

  return { ...row, cells };
}
