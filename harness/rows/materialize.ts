/**
 * From a dataset to rows with values for their parents (pure): required parents are added where there is none, collisions
 * in a unique key are repaired, and a row that cannot be repaired is left out.
 */
import type { Random } from "fast-check";
import type { Dataset } from "./generate-row.ts";
import { computeCells, demandsOf, generateCell, type Hints, type Row } from "./generate-row.ts";
import type { Link } from "./links.ts";
import { findConstantColumns, findGrowingLink, findMisfit, generateParent } from "./parent-rows.ts";
import { type KnownRow, nullableColumns, Parents, parentKey } from "./parents.ts";
import { hashSeed, randomFrom } from "./random-from.ts";
import type { RowPlan, TablePlan } from "./row-plan.ts";
import { TakenKeys, type UniqueKey } from "./unique-keys.ts";
import type { Cell } from "./value-request.ts";

/** A row as it is sent: every cell is known, but those that the server fills. */
export interface MaterializedRow {
  /** Values of sequences included. */
  readonly cells: Readonly<Record<string, Cell>>;
  /** Columns that an UPDATE sets once all tables are filled, since their parents come later. */
  readonly later: Readonly<Record<string, string>>;
  /** For each foreign key the pick, for the server to choose another parent where this one was not accepted. */
  readonly picks: Readonly<Record<string, number>>;
}

export interface MaterializedTable {
  readonly of: TablePlan;
  /** What the table's sequences give to the first row; each further row gets the next number. */
  readonly firstId: number;
  readonly rows: readonly MaterializedRow[];
}

/** What the server did with a row: its cells, with parents that the server chose, or null if it was rejected. */
export type Outcome = Readonly<Record<string, Cell>> | null;

/** Rows that are there already, by table: each column as text, or null. They serve as parents, and their keys are taken. */
export type ExistingRows = Readonly<Record<string, readonly Readonly<Record<string, string | null>>[]>>;

export interface MaterializeOptions {
  readonly existing?: ExistingRows;
  readonly hints?: Hints;
}

const REPAIRS_MAX = 25;
/** A child that collides with those of so many parents gets a new parent, and so do later ones at their first collision. */
const GROW_AFTER = 8;
/** Parents of parents are added down to this depth: beyond it, required keys form a cycle. */
const DEPTH_MAX = 8;

interface PendingRow {
  readonly cells: Record<string, Cell>;
  readonly picks: Row["picks"];
  /** Among the known rows of its table. */
  readonly index: number;
}

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
}

/** Materializes datasets that follow each other: rows of earlier ones serve as parents, and their keys are taken. */
export class Materializer {
  readonly #plan: RowPlan;
  readonly #hints: Hints;
  /** The rows that are known. */
  readonly parents = new Parents();
  readonly #taken = new TakenKeys();
  readonly #nextIds = new Map<string, number>();
  readonly #pending = new Map<string, PendingRow[]>();
  readonly #crowded = new Set<Link>();

  constructor(plan: RowPlan, { existing = {}, hints = {} }: MaterializeOptions) {
    this.#plan = plan;
    this.#hints = hints;
    for (const of of plan.tables) {
      const rows = existing[of.key] ?? [];
      for (const row of rows) {
        this.parents.add(of.key, row);
        this.#taken.add(of.uniqueKeys, row);
      }
      const ids = of.counted.flatMap(({ column }) => rows.map((row) => Number(row[column] ?? 0)));
      this.#nextIds.set(
        of.key,
        ids.reduce((highest, id) => Math.max(highest, id + 1), of.firstId),
      );
    }
    for (const of of plan.tables) this.#useExistingParents(of);
  }

  /** The rows of one more dataset; tables come in the order of insertion. */
  next(dataset: Dataset): readonly MaterializedTable[] {
    this.#pending.clear();
    const first = new Map(this.#nextIds);
    for (const of of this.#plan.tables) for (const row of dataset[of.key] ?? []) this.#add(of, row, 0);

    return this.#plan.tables.flatMap((of) => {
      const rows = this.#pending.get(of.key) ?? [];

      return rows.length === 0
        ? []
        : [
            {
              of,
              firstId: first.get(of.key) ?? 1,
              rows: rows.map(({ cells, picks, index }) => ({
                cells: this.parents.of(of.key)[index] ?? cells,
                picks,
                later: this.#linkLater(of, cells, picks),
              })),
            },
          ];
    });
  }

  /** Takes over what the server did with the rows of the last dataset: those that it rejected are no parents. */
  settle(tables: readonly { readonly of: TablePlan; readonly outcomes: readonly Outcome[] }[]): void {
    for (const { of, outcomes } of tables) {
      for (const [at, { index }] of (this.#pending.get(of.key) ?? []).entries()) {
        const outcome = outcomes[at] ?? {};
        this.parents.replace(of.key, index, outcome);
        this.#taken.add(of.uniqueKeys, outcome);
      }
    }
  }

  /** Children that are there already leave their parents no second one where there may be only one. */
  #useExistingParents(of: TablePlan): void {
    const rows = this.parents.of(of.key);
    for (const link of rows.length === 0 ? [] : of.links.filter(({ exclusive }) => exclusive)) {
      const text = (row: Readonly<Record<string, Cell>>, columns: readonly string[]): string =>
        JSON.stringify(columns.map((column) => row[column]));
      const children = new Set(rows.map((row) => text(row, link.columns)));
      for (const [index, parent] of this.parents.of(link.parent).entries())
        if (children.has(text(parent, link.references))) this.parents.use(link, index);
    }
  }

  /**
   * @param fixed cells that a child needs as they are
   * @returns the index of the row among the known ones; undefined if it cannot be made unique
   */
  #add(of: TablePlan, row: Row, depth: number, fixed: Readonly<Record<string, Cell>> = {}): number | undefined {
    const random = randomFrom(hashSeed(`${of.key} ${this.parents.of(of.key).length} ${depth}`));
    const demands = demandsOf(of, row.alternatives);
    let collision: UniqueKey | undefined;
    let misfit: Link | undefined;
    const colliding = new Set<string>();
    for (let attempt = 0; attempt < REPAIRS_MAX; attempt += 1) {
      const cells = { ...this.#repair(of, row, random, colliding), ...fixed };
      const constant = findConstantColumns(of, demands, cells);
      const set = new Set([...Object.keys(fixed), ...constant]);
      const growing = misfit ?? (attempt === 0 ? undefined : findGrowingLink(of, collision));
      const chosen = this.#link(of, row.picks, cells, { attempt, growing, colliding, depth, set, constant });
      if (chosen === undefined) return undefined;
      const complete = { ...cells, ...this.#ids(of) };
      misfit = findMisfit(of, demands, complete);
      collision = this.#taken.findCollision(of.uniqueKeys, complete);
      for (const column of misfit?.columns ?? collision?.columns ?? []) colliding.add(column);
      if (misfit !== undefined || collision !== undefined) continue;
      this.#taken.add(of.uniqueKeys, complete);
      for (const [link, parent] of chosen) this.parents.use(link, parent);
      // Parents that were added above may be rows of the same table: they have taken ids.
      this.#nextIds.set(of.key, (this.#nextIds.get(of.key) ?? of.firstId) + 1);
      const index = this.parents.add(of.key, complete);
      const pending = this.#pending.get(of.key) ?? [];
      this.#pending.set(of.key, pending);
      pending.push({ cells, picks: row.picks, index });

      return index;
    }

    return undefined;
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
    { attempt, growing, colliding, depth, set, constant }: LinkAttempt,
  ): ReadonlyMap<Link, number> | undefined {
    const chosen = new Map<Link, number>();
    for (const link of of.links) {
      const pick = picks[link.name];
      const isSelf = link.parent === of.key;
      const isExhausted = link === growing && this.#isExhausted(link, attempt);
      const shift = link.columns.some((column) => colliding.has(column)) ? attempt : 0;
      const found = isExhausted ? undefined : this.parents.find(link, { cells, set }, (pick ?? 0) + shift);
      const index =
        link.later || (pick === undefined && !link.required)
          ? undefined
          : (found ??
            (isSelf ? undefined : this.#addParent(link, cells, set, depth)) ??
            this.#findOther(link, cells, { set, constant }));
      if (index !== undefined) {
        Object.assign(cells, parentKey(link, this.parents.of(link.parent)[index] ?? {}));
        for (const column of link.columns) set.add(column);
        chosen.set(link, index);
      } else if (!link.required) {
        for (const name of nullableColumns(of, link)) if (!set.has(name) || constant.includes(name)) cells[name] = null;
      } else if (isSelf) {
        // The first row of a table that must refer to itself refers to itself.
        Object.assign(cells, parentKey(link, { ...cells, ...this.#ids(of) }));
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

  #addParent(
    link: Link,
    child: Readonly<Record<string, Cell>>,
    set: ReadonlySet<string>,
    depth: number,
  ): number | undefined {
    const of = this.#plan.byKey.get(link.parent);
    if (of === undefined || depth > DEPTH_MAX) return undefined;
    // A sequence gives a number of its own.
    const counted = of.counted.map(({ column }) => column);
    if (link.columns.some((column, at) => set.has(column) && counted.includes(link.references[at] ?? "")))
      return undefined;
    const { row, fixed } = generateParent(this.#plan, of, { link, child, set }, { hints: this.#hints, depth });
    const index = this.#add(of, row, depth + 1, fixed);
    const added = index === undefined ? undefined : this.parents.of(of.key)[index];

    return added !== undefined && link.references.every((name) => typeof added[name] === "string") ? index : undefined;
  }

  /** The values that sequences will give to the next row. */
  #ids(of: TablePlan): Record<string, string> {
    const id = String(this.#nextIds.get(of.key) ?? of.firstId);

    return Object.fromEntries(of.counted.map(({ column }) => [column, id]));
  }

  /** Foreign keys that close a cycle are set when all rows are there. */
  #linkLater(of: TablePlan, cells: Readonly<Record<string, Cell>>, picks: Row["picks"]) {
    const later: Record<string, string> = {};
    for (const link of of.links) {
      const pick = link.later ? picks[link.name] : undefined;
      const index = pick === undefined ? undefined : this.parents.find(link, { cells, set: new Set() }, pick);
      if (index === undefined) continue;
      if (link.exclusive) this.parents.use(link, index);
      const key = parentKey(link, this.parents.of(link.parent)[index] ?? {});
      for (const [column, value] of Object.entries(key))
        if (typeof value === "string" && cells[column] === null) later[column] = value;
    }

    return later;
  }
}
