/** What a row asks of its parents, and the parents that are added for it (pure). */
import { type Comparison, compareNumbers, type Demand } from "./demands.ts";
import { generateCell, generateRow, type Hints, type Row } from "./generate-row.ts";
import type { Link } from "./links.ts";
import { hashSeed, randomFrom } from "./random-from.ts";
import type { RowPlan, TablePlan } from "./row-plan.ts";
import type { Cell } from "./value-request.ts";
import { collectWanted } from "./wanted.ts";

type Cells = Readonly<Record<string, Cell>>;

/** The columns of foreign keys to which a CHECK of the row leaves some constants: the parent must have that value. */
export function findConstantColumns({ links }: TablePlan, demands: readonly Demand[], cells: Cells): readonly string[] {
  return links
    .flatMap(({ columns }) => columns)
    .filter((name) => collectWanted(demands, name).oneOf !== undefined && typeof cells[name] === "string");
}

/**
 * Finds a foreign key for which another parent has to be chosen, since a CHECK compares its column with that of another
 * one, such as `from_id <> to_id`: the one that should be greater.
 */
export function findMisfit({ links }: TablePlan, demands: readonly Demand[], cells: Cells): Link | undefined {
  const linkOf = (column: string): Link | undefined => links.find(({ columns }) => columns.includes(column));
  for (const demand of demands) {
    if (demand.kind !== "columns") continue;
    const { column, operator, other } = demand;
    const [left, right] = [cells[column], cells[other]];
    if (typeof left !== "string" || typeof right !== "string" || compareCells(left, operator, right)) continue;
    const [own, others] = [linkOf(column), linkOf(other)];

    return operator.startsWith("<") ? (others ?? own) : (own ?? others);
  }

  return undefined;
}

function compareCells(left: string, operator: Comparison, right: string): boolean {
  const [first, second] = [Number(left), Number(right)];
  if (!Number.isNaN(first) && !Number.isNaN(second)) return compareNumbers(first, operator, second);

  return compareNumbers(left < right ? -1 : left > right ? 1 : 0, operator, 0);
}

/**
 * The simplest parent for a child.
 * @param set the columns of the child that are settled: the parent has their values
 * @returns the row, and its cells that must stay as they are
 */
export function generateParent(
  plan: RowPlan,
  of: TablePlan,
  { link, child, set }: { readonly link: Link; readonly child: Cells; readonly set: ReadonlySet<string> },
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
    if (set.has(column)) fixed[name] = child[column];
    else if (planned !== undefined && typeof cells[name] !== "string") {
      // A parent needs a value where a child refers to it.
      const required = {
        ...planned,
        column: { ...planned.column, notNull: true },
        hasConstantDefault: false,
      };
      const request = { plan, of, level: "ordinary", random } as const;
      cells[name] = generateCell(request, required, [], {});
    }
  }

  return { row: { ...row, cells }, fixed };
}
