/** Chooses the parents of rows among those that are known (pure). */
import type { Link } from "./links.ts";
import type { TablePlan } from "./row-plan.ts";
import type { Cell } from "./value-request.ts";

/** A row with the values that children refer to, those of sequences included. */
export type KnownRow = Readonly<Record<string, Cell>>;

export class Parents {
  readonly #rows = new Map<string, KnownRow[]>();
  readonly #free = new Map<Link, FreeIndices>();
  /** By table, and by columns. */
  readonly #groups = new Map<string, Map<string, Groups>>();

  /** The known rows of a table, to read. */
  of(table: string): readonly KnownRow[] {
    return this.#rows.get(table) ?? [];
  }

  /** @returns the index of the new row */
  add(table: string, row: KnownRow): number {
    const rows = this.#rows.get(table) ?? [];
    this.#rows.set(table, rows);
    rows.push(row);

    return rows.length - 1;
  }

  replace(table: string, index: number, row: KnownRow): void {
    const rows = this.#rows.get(table);
    if (rows === undefined) return;
    rows[index] = row;
    this.#groups.delete(table);
  }

  /** Marks a parent as having a child by this link. */
  use(link: Link, index: number): void {
    const free = this.#free.get(link) ?? new FreeIndices();
    this.#free.set(link, free);
    free.take(index);
  }

  /**
   * Finds a parent whose key agrees with the columns that are set, and that has no child yet where it may have only one.
   * @param pick where to start, modulo the number of parents
   * @param accepts what else is asked of the parent
   * @returns its index; undefined if there is none
   */
  find(
    link: Link,
    child: { readonly cells: KnownRow; readonly set: ReadonlySet<string> },
    pick: number,
    accepts: (parent: KnownRow) => boolean = () => true,
  ): number | undefined {
    const parents = this.of(link.parent);
    const free = link.exclusive ? this.#free.get(link) : undefined;
    const start = parents.length === 0 ? 0 : pick % parents.length;
    const agreeing = this.#agreeing(link, child);
    for (const [from, end] of [
      [start, parents.length],
      [0, start],
    ] as const) {
      for (let index = next(from, free, agreeing); index < end; index = next(index + 1, free, agreeing)) {
        const parent = parents[index] ?? {};
        if (isSuitable(link, parent) && accepts(parent)) return index;
      }
    }

    return undefined;
  }

  /** The parents that agree with the columns that are set, in their order; undefined where none is set. */
  #agreeing(
    { parent, columns, references }: Link,
    { cells, set }: { readonly cells: KnownRow; readonly set: ReadonlySet<string> },
  ): readonly number[] | undefined {
    const fixed = columns.flatMap((column, at) =>
      set.has(column) ? [{ column, reference: references[at] ?? "" }] : [],
    );
    if (fixed.length === 0) return undefined;
    const names = fixed.map(({ reference }) => reference);
    const groups = this.#groups.get(parent) ?? new Map<string, Groups>();
    this.#groups.set(parent, groups);
    const key = JSON.stringify(names);
    const group = groups.get(key) ?? { grouped: 0, byValue: new Map<string, number[]>() };
    groups.set(key, group);
    const rows = this.of(parent);
    for (; group.grouped < rows.length; group.grouped += 1) {
      const value = JSON.stringify(names.map((name) => rows[group.grouped]?.[name]));
      const found = group.byValue.get(value);
      if (found === undefined) group.byValue.set(value, [group.grouped]);
      else found.push(group.grouped);
    }

    return group.byValue.get(JSON.stringify(fixed.map(({ column }) => cells[column]))) ?? [];
  }
}

/** True where a row has the key that a child refers to, and what the child's conditions ask of its parent. */
function isSuitable({ references, favoured }: Link, parent: KnownRow): boolean {
  return (
    references.every((name) => typeof parent[name] === "string") &&
    Object.entries(favoured).every(([name, values]) => values.includes(parent[name] ?? ""))
  );
}

/** The rows of a table by their values in some columns. */
interface Groups {
  /** How many of the rows are in. */
  grouped: number;
  readonly byValue: Map<string, number[]>;
}

/** The first index from here on that is free and among the agreeing ones; infinite if there is none. */
function next(from: number, free: FreeIndices | undefined, agreeing: readonly number[] | undefined): number {
  if (agreeing === undefined) return free?.next(from) ?? from;
  let low = 0;
  for (let high = agreeing.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((agreeing[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  while (low < agreeing.length && free !== undefined && free.next(agreeing[low] ?? 0) !== agreeing[low]) low += 1;

  return agreeing[low] ?? Number.POSITIVE_INFINITY;
}

/** Finds the next index that is not taken in nearly constant time: each taken one points towards it. */
class FreeIndices {
  readonly #after = new Map<number, number>();

  take(index: number): void {
    this.#after.set(index, index + 1);
  }

  next(from: number): number {
    let found = from;
    for (let after = this.#after.get(found); after !== undefined; after = this.#after.get(found)) found = after;
    for (let index = from; index < found; ) {
      const after = this.#after.get(index) ?? found;
      this.#after.set(index, found);
      index = after;
    }

    return found;
  }
}

/** The key of a parent, by the child's columns. */
export function parentKey(link: Link, parent: KnownRow): Record<string, Cell> {
  return Object.fromEntries(link.columns.map((column, index) => [column, parent[link.references[index] ?? ""]]));
}

/** The columns of a link that may be NULL. */
export function nullableColumns(of: TablePlan, link: Link): readonly string[] {
  return link.columns.filter((name) => of.table.columns.some((column) => column.name === name && !column.notNull));
}

/** The columns of foreign keys that close a cycle: they are set when all rows are there. */
export function linkLater(
  { links }: TablePlan,
  { cells, picks }: { readonly cells: KnownRow; readonly picks: Readonly<Record<string, number>> },
  parents: Parents,
): Record<string, string> {
  const later: Record<string, string> = {};
  for (const link of links) {
    const pick = link.later ? picks[link.name] : undefined;
    const index = pick === undefined ? undefined : parents.find(link, { cells, set: new Set() }, pick);
    if (index === undefined) continue;
    if (link.exclusive) parents.use(link, index);
    const key = parentKey(link, parents.of(link.parent)[index] ?? {});
    for (const [column, value] of Object.entries(key))
      if (typeof value === "string" && cells[column] === null) later[column] = value;
  }

  return later;
}
