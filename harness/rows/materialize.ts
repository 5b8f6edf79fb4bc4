/**
 * From a dataset to rows with values for their parents (pure): required parents are added where there is none, collisions
 * in a unique key are repaired, and a row that cannot be repaired is left out.
 */
import type { Random } from "fast-check";
import { type MaterializedTable, type Outcome, type PendingRow, toBatches } from "./batches.ts";
import type { Demand } from "./demands.ts";
import type { Dataset } from "./generate-row.ts";
import { computeCells, demandsOf, generateCell, generateRow, type Hints, type Row } from "./generate-row.ts";
import { type ExistingRows, KnownRows } from "./known-rows.ts";
import type { Link } from "./links.ts";
import {
  type ChildOf,
  equateCells,
  findConstantColumns,
  findGrowingLink,
  findMisfit,
  generateParent,
  isAccepted,
} from "./parent-rows.ts";
import { type KnownRow, linkLater, nullableColumns, type Parents, parentKey } from "./parents.ts";
import { hashSeed, randomFrom } from "./random-from.ts";
import type { RowPlan, TablePlan } from "./row-plan.ts";
import type { Cell } from "./value-request.ts";

export interface MaterializeOptions {
  readonly existing?: ExistingRows;
  readonly hints?: Hints;
}

/** A child that is inserted together with each row of a table, by the child's table and the name of its foreign key. */
export interface Companion {
  readonly table: string;
  readonly link: string;
}

const REPAIRS_MAX = 25;
/** A child that collides with those of so many parents gets a new parent, and so do later ones at their first collision. */
const GROW_AFTER = 8;
/** Parents of parents are added down to this depth: beyond it, required keys form a cycle. */
const DEPTH_MAX = 8;

interface LinkAttempt {
  readonly attempt: number;
  /** The link that gets one more parent once all known ones were tried. */
  readonly growing: Link | undefined;
  /** The columns of all keys that attempts violated. */
  readonly colliding: ReadonlySet<string>;
  readonly depth: number;
  /** Columns whose cells are settled. */
  readonly set: Set<string>;
  /** Those of them that a CHECK settles: no parent may have the value. */
  readonly constant: readonly string[];
  readonly demands: readonly Demand[];
}

/** Materializes datasets that follow each other: rows of earlier ones serve as parents, and their keys are taken. */
export class Materializer {
  readonly #plan: RowPlan;
  readonly #hints: Hints;
  /** Rows of earlier datasets, and those that were there. */
  readonly known: KnownRows;
  /** What the rows of some tables, by their key, need at the end of the transaction. */
  readonly companions = new Map<string, Companion>();
  readonly #nextIds = new Map<string, number>();
  readonly #pending = new Map<string, PendingRow[]>();
  /** Rows that are to be inserted together with a child which is not there yet. */
  readonly #awaiting = new Set<PendingRow>();
  readonly #crowded = new Set<Link>();
  #sent: readonly MaterializedTable[] = [];

  constructor(plan: RowPlan, { existing = {}, hints = {} }: MaterializeOptions) {
    this.#plan = plan;
    this.#hints = hints;
    this.known = new KnownRows(plan, existing);
    for (const of of plan.tables) {
      const rows = existing[of.key] ?? [];
      const ids = of.counted.flatMap(({ column }) => rows.map((row) => Number(row[column] ?? 0)));
      this.#nextIds.set(
        of.key,
        ids.reduce((highest, id) => Math.max(highest, id + 1), of.firstId),
      );
    }
  }

  get parents(): Parents {
    return this.known.parents;
  }

  /** The rows of one more dataset; tables come in the order of insertion. */
  next(dataset: Dataset): readonly MaterializedTable[] {
    this.#pending.clear();
    this.#awaiting.clear();
    for (const of of this.#plan.tables) for (const row of dataset[of.key] ?? []) this.#add(of, row, 0, row.fixed);
    for (const of of this.#plan.tables)
      for (const row of this.#pending.get(of.key) ?? []) Object.assign(row.later, linkLater(of, row, this.parents));
    this.#sent = toBatches(this.#plan, this.#pending, this.#awaiting);

    return this.#sent;
  }

  /** Takes over what the server did with the rows of the last dataset: those that it rejected are no parents. */
  settle(tables: readonly { readonly outcomes: readonly Outcome[] }[]): void {
    for (const [at, { of, rows, first }] of this.#sent.entries()) {
      const outcomes = tables[at]?.outcomes ?? [];
      for (const [position, row] of rows.entries()) this.known.settle(of, outcomes[position] ?? {}, row);
      if (first !== undefined) this.known.settle(first.of, outcomes[0] == null ? {} : first.row.cells, first.row);
    }
    for (const row of this.#awaiting) this.known.settle(row.of, {}, row);
  }

  /**
   * @param fixed cells that a child needs as they are
   * @param awaits true where a child follows that is inserted together with the row
   * @returns the index of the row among the known ones; undefined if it cannot be made unique
   */
  #add(of: TablePlan, row: Row, depth: number, fixed: KnownRow = {}, awaits = false): number | undefined {
    const random = randomFrom(hashSeed(`${of.key} ${this.parents.of(of.key).length} ${depth}`));
    const demands = demandsOf(of, row.alternatives);
    let collision: { readonly columns: readonly string[] } | undefined;
    let misfit: Link | undefined;
    const colliding = new Set<string>();
    for (let attempt = 0; attempt < REPAIRS_MAX; attempt += 1) {
      const cells = { ...this.#repair(of, row, random, colliding), ...fixed };
      const constant = findConstantColumns(of, demands, cells);
      const set = new Set([...Object.keys(fixed), ...constant]);
      const growing = misfit ?? (attempt === 0 ? undefined : findGrowingLink(of, collision));
      const chosen = this.#link(of, row.picks, cells, {
        ...{ attempt, growing, colliding, depth, set, constant, demands },
      });
      if (chosen === undefined) return undefined;
      equateCells(of, demands, cells, set);
      const complete = { ...cells, ...this.#ids(of), ...fixed };
      misfit = findMisfit(of, demands, complete);
      collision = this.known.findCollision(of, complete);
      for (const column of misfit?.columns ?? collision?.columns ?? []) colliding.add(column);
      if (misfit !== undefined || collision !== undefined) continue;
      for (const [link, parent] of chosen) this.parents.use(link, parent);
      const kept = this.#keep(of, row.picks, complete, chosen);
      if (awaits) this.#awaiting.add(kept);
      else if (depth <= DEPTH_MAX) this.#addCompanion(kept, depth);

      return kept.index;
    }

    return undefined;
  }

  #keep(of: TablePlan, picks: Row["picks"], cells: KnownRow, chosen: ReadonlyMap<Link, number>): PendingRow {
    // Parents that were added before may be rows of the same table: they have taken ids.
    const next = this.#nextIds.get(of.key) ?? of.firstId;
    const [counted] = of.counted;
    const id = counted === undefined ? next : Number(cells[counted.column]);
    if (id === next) this.#nextIds.set(of.key, next + 1);
    const first = [...this.#awaiting].find((row) =>
      [...chosen].some(([{ parent }, index]) => parent === row.of.key && index === row.index),
    );
    if (first !== undefined) this.#awaiting.delete(first);
    const row = { ...this.known.add(of, cells), of, cells, picks, later: {}, id, ...(first && { first }) };
    this.#pendingOf(of).push(row);

    return row;
  }

  /** Adds the child that is inserted together with a row, where there is to be one. */
  #addCompanion(row: PendingRow, depth: number): void {
    const { of } = row;
    const joint = of.links.find((link) => link.joint);
    const { table, link: name } = this.companions.get(of.key) ?? { table: joint?.parent ?? "", link: joint?.back };
    const child = this.#plan.byKey.get(table);
    const link = child?.links.find((one) => one.name === name && one.parent === of.key);
    if (child === undefined || link === undefined) return;
    const fixed = { ...parentKey(link, row.cells), ...jointKey(joint, row.cells) };
    const random = randomFrom(hashSeed(`${table} ${row.index} ${depth}`));
    const request = { plan: this.#plan, of: child, level: "ordinary", random, hints: this.#hints } as const;
    this.#awaiting.add(row);
    this.#add(child, generateRow({ ...request, isComplete: true }), depth + 1, fixed);
    // Without a child it is sent alone: the server is the judge.
    this.#awaiting.delete(row);
  }

  #pendingOf({ key }: TablePlan): PendingRow[] {
    const pending = this.#pending.get(key) ?? [];
    this.#pending.set(key, pending);

    return pending;
  }

  /** Other values in the columns of keys that collided, and nowhere else: a copy stays like its neighbour. */
  #repair(of: TablePlan, row: Row, random: Random, colliding: Set<string>): Record<string, Cell> {
    const cells: Record<string, Cell> = { ...row.cells };
    if (colliding.size === 0) return cells;
    const demands = demandsOf(of, row.alternatives);
    for (const demand of demands)
      if (demand.kind === "computed" && colliding.has(demand.column))
        for (const name of demand.sources) colliding.add(name);
    const request = { plan: this.#plan, of, level: "ordinary", random } as const;
    const given = this.#hints[of.key]?.(random) ?? {};
    for (const column of of.columns) {
      const { name } = column.column;
      if (name in given) cells[name] = given[name];
      else if (colliding.has(name) && cells[name] !== null) cells[name] = generateCell(request, column, demands, cells);
    }
    computeCells(demands, cells, given);

    return cells;
  }

  /** Sets the columns of foreign keys; undefined where a required parent cannot be had. */
  #link(
    of: TablePlan,
    picks: Row["picks"],
    cells: Record<string, Cell>,
    { attempt, growing, colliding, depth, set, constant, demands }: LinkAttempt,
  ): ReadonlyMap<Link, number> | undefined {
    const chosen = new Map<Link, number>();
    for (const link of of.links) {
      if (link.joint) {
        // The parent, which is inserted together with the row, takes over its key, but for what a sequence gives.
        const parent = this.#plan.byKey.get(link.parent);
        const ids = parentKey(link, parent === undefined ? {} : this.#ids(parent));
        for (const [column, id] of Object.entries(ids)) cells[column] = id ?? cells[column];
        continue;
      }
      const pick = picks[link.name];
      const isSelf = link.parent === of.key;
      const isExhausted = link === growing && this.#isExhausted(link, attempt);
      const shift = link.columns.some((column) => colliding.has(column)) ? attempt : 0;
      const accepts = (parent: KnownRow): boolean => isAccepted(link, demands, parent);
      const found = isExhausted ? undefined : this.parents.find(link, { cells, set }, (pick ?? 0) + shift, accepts);
      const index =
        link.later || (pick === undefined && !link.required)
          ? undefined
          : (found ??
            (isSelf ? undefined : this.#addParent({ table: of, link, child: cells, set, demands }, depth)) ??
            this.#findOther(link, cells, { set, constant }) ??
            (isExhausted || !link.required ? undefined : this.parents.find(link, { cells, set }, pick ?? 0)));
      if (index !== undefined) {
        Object.assign(cells, parentKey(link, this.parents.of(link.parent)[index] ?? {}));
        for (const column of link.columns) set.add(column);
        chosen.set(link, index);
      } else if (!link.required) {
        for (const name of nullableColumns(of, link)) if (!set.has(name) || constant.includes(name)) cells[name] = null;
      } else if (isSelf) {
        // The first row of a table that must refer to itself refers to itself.
        Object.assign(cells, parentKey(link, { ...this.#ids(of), ...cells }));
      } else {
        return undefined;
      }
    }

    return chosen;
  }

  /** A parent without the value that a CHECK wants, which none has: the CHECK may hold in another way. */
  #findOther(link: Link, cells: KnownRow, { set, constant }: Pick<LinkAttempt, "set" | "constant">) {
    const settled = new Set([...set].filter((name) => !constant.includes(name)));

    return link.required && settled.size < set.size ? this.parents.find(link, { cells, set: settled }, 0) : undefined;
  }

  /** True once a child collided with those of enough parents. */
  #isExhausted(link: Link, attempt: number): boolean {
    const { length } = this.parents.of(link.parent);
    if (attempt !== (this.#crowded.has(link) ? 1 : Math.min(length, GROW_AFTER))) return false;
    if (length > GROW_AFTER) this.#crowded.add(link);

    return true;
  }

  #addParent(child: ChildOf, depth: number): number | undefined {
    const { link, set, table } = child;
    const of = this.#plan.byKey.get(link.parent);
    if (of === undefined || depth > DEPTH_MAX) return undefined;
    const joint = of.links.find((one) => one.joint && one.parent === table.key);
    const back = joint === undefined ? {} : parentKey(joint, { ...child.child, ...this.#ids(table) });
    // A sequence gives a number of its own.
    const counted = of.counted.map(({ column }) => column);
    if (link.columns.some((column, at) => set.has(column) && counted.includes(link.references[at] ?? "")))
      return undefined;
    const { row, fixed } = generateParent(this.#plan, of, child, { hints: this.#hints, depth });
    const index = this.#add(of, row, depth + 1, { ...fixed, ...back }, joint !== undefined);
    const added = index === undefined ? undefined : this.parents.of(of.key)[index];

    return added !== undefined && link.references.every((name) => typeof added[name] === "string") ? index : undefined;
  }

  /** The values that sequences will give to the next row. */
  #ids(of: TablePlan): Record<string, string> {
    const id = String(this.#nextIds.get(of.key) ?? of.firstId);

    return Object.fromEntries(of.counted.map(({ column }) => [column, id]));
  }
}

/** What the key of the parent is that is inserted together with a row. */
function jointKey(joint: Link | undefined, row: KnownRow): KnownRow {
  return Object.fromEntries((joint?.references ?? []).map((name, at) => [name, row[joint?.columns[at] ?? ""]]));
}
