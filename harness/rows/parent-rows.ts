/** What a row asks of its parents, and the parents that are added for it (pure). */
import { type Comparison, compareNumbers, type Demand } from "./demands.ts";
import { demandsOf, generateCell, generateRow, type Hints, type Row } from "./generate-row.ts";
import type { Link } from "./links.ts";
import { hashSeed, randomFrom } from "./random-from.ts";
import type { RowPlan, TablePlan } from "./row-plan.ts";
import { isFitting } from "./text-values.ts";
import type { Cell } from "./value-request.ts";
import { collectWanted } from "./wanted.ts";

type Cells = Readonly<Record<string, Cell>>;

interface LinkConditions {
  /** To which a CHECK leaves some constants. */
  readonly constant: readonly string[];
  readonly pairs: readonly Extract<Demand, { readonly kind: "columns" }>[];
}

const known = new WeakMap<readonly Demand[], LinkConditions>();

/** What the demands of a row say of the columns of its foreign keys. */
function conditionsOf({ links }: TablePlan, demands: readonly Demand[]): LinkConditions {
  const columns = links.flatMap((link) => link.columns);
  const conditions = known.get(demands) ?? {
    constant: columns.filter((name) => collectWanted(demands, name).oneOf !== undefined),
    pairs: demands
      .filter((demand) => demand.kind === "columns")
      .filter(({ column, other }) => columns.includes(column) || columns.includes(other)),
  };
  known.set(demands, conditions);

  return conditions;
}

/** The columns of foreign keys to which a CHECK of the row leaves some constants: the parent must have that value. */
export function findConstantColumns(of: TablePlan, demands: readonly Demand[], cells: Cells): readonly string[] {
  return conditionsOf(of, demands).constant.filter((name) => typeof cells[name] === "string");
}

/** What the CHECKs of a row say of its parent's key, such as its length; true where they say nothing. */
export function isAccepted({ columns, references }: Link, demands: readonly Demand[], parent: Cells): boolean {
  return columns.every((column, at) => {
    const wanted = collectWanted(demands, column);
    const value = parent[references[at] ?? ""];

    return (
      typeof value !== "string" ||
      (!wanted.noneOf.includes(value) && isFitting(value, { ...wanted, bounds: [] }, wanted.lengthMax))
    );
  });
}

/**
 * Finds a foreign key for which another parent has to be chosen, since a CHECK compares its column with that of another
 * one, such as `from_id <> to_id`: the one that should be greater.
 */
export function findMisfit(of: TablePlan, demands: readonly Demand[], cells: Cells): Link | undefined {
  const misfit = conditionsOf(of, demands).pairs.find(({ column, operator, other }) => {
    const [left, right] = [cells[column], cells[other]];

    return typeof left === "string" && typeof right === "string" && !compareCells(left, operator, right);
  });
  if (misfit === undefined) return undefined;
  const [own, others] = [misfit.column, misfit.other].map((name) =>
    of.links.find(({ columns }) => columns.includes(name)),
  );

  return misfit.operator.startsWith("<") ? (others ?? own) : (own ?? others);
}

/** Gives the columns that a CHECK equates with those of parents, such as `owner_id = member_id`, the parent's value. */
export function equateCells(
  of: TablePlan,
  demands: readonly Demand[],
  cells: Record<string, Cell>,
  set: ReadonlySet<string>,
): void {
  for (const { column, operator, other } of conditionsOf(of, demands).pairs) {
    if (operator !== "=" || set.has(column) === set.has(other)) continue;
    const [source, target] = set.has(column) ? [column, other] : [other, column];
    if (typeof cells[source] === "string" && typeof cells[target] === "string") cells[target] = cells[source];
  }
}

function compareCells(left: string, operator: Comparison, right: string): boolean {
  const [first, second] = [Number(left), Number(right)];
  if (!Number.isNaN(first) && !Number.isNaN(second)) return compareNumbers(first, operator, second);

  return compareNumbers(left < right ? -1 : left > right ? 1 : 0, operator, 0);
}

/** What a parent is generated for. */
export interface ChildOf {
  readonly table: TablePlan;
  readonly link: Link;
  readonly child: Cells;
  /** The columns of the child that are settled: the parent has their values. */
  readonly set: ReadonlySet<string>;
  readonly demands: readonly Demand[];
}

/**
 * The simplest parent for a child.
 * @returns the row, and its cells that must stay as they are
 */
export function generateParent(
  plan: RowPlan,
  of: TablePlan,
  { link, child, set, demands }: ChildOf,
  { hints, depth }: { readonly hints: Hints; readonly depth: number },
): { readonly row: Row; readonly fixed: Record<string, Cell> } {
  const random = randomFrom(hashSeed(`${of.key} ${depth}`));
  const row = generateRow({ plan, of, level: "simplest", random, hints });
  const cells: Record<string, Cell> = { ...row.cells };
  const fixed: Record<string, Cell> = {};
  for (const [name, values] of Object.entries(link.favoured)) fixed[name] = values[0];
  for (const [at, column] of link.columns.entries()) {
    const name = link.references[at] ?? "";
    const planned = of.columns.find((candidate) => candidate.column.name === name);
    const one = { ...link, columns: [column], references: [name] };
    if (set.has(column)) fixed[name] = child[column];
    else if (planned !== undefined && (typeof cells[name] !== "string" || !isAccepted(one, demands, cells))) {
      // A parent needs a value where a child refers to it.
      const required = {
        ...planned,
        column: { ...planned.column, notNull: true },
        hasConstantDefault: false,
      };
      const request = { plan, of, level: "ordinary", random } as const;
      const asked = demands.filter((demand) => demand.column === column && demand.kind !== "columns");
      const own = demandsOf(of, row.alternatives).filter(({ kind }) => kind !== "columns");
      const wanted = [...own, ...asked.map((demand) => ({ ...demand, column: name }))];
      cells[name] = generateCell(request, required, wanted, {});
    }
  }

  return { row: { ...row, cells }, fixed };
}

/** The link that gets one more parent once all known ones collide: where a unique key has foreign keys' columns alone. */
export function findGrowingLink(
  { key, links }: TablePlan,
  collision: { readonly columns: readonly string[] } | undefined,
): Link | undefined {
  const linked = new Set(links.flatMap(({ columns }) => columns));

  return collision?.columns.every((column) => linked.has(column))
    ? links.findLast(({ required, parent }) => required && parent !== key)
    : undefined;
}
