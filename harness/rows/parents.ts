/** Chooses the parents of rows among those that are known (pure). */
import type { Link, TablePlan } from "./row-plan.ts";
import type { Cell } from "./value-request.ts";

/** A row with the values that children refer to, those of sequences included. */
export type KnownRow = Readonly<Record<string, Cell>>;

export class Parents {
  readonly #rows = new Map<string, KnownRow[]>();
  readonly #free = new Map<Link, FreeIndices>();

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
    if (rows !== undefined) rows[index] = row;
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
   * @returns its index; undefined if there is none
   */
  find(
    link: Link,
    child: { readonly cells: KnownRow; readonly set: ReadonlySet<string> },
    pick: number,
  ): number | undefined {
    const parents = this.of(link.parent);
    const free = link.exclusive ? this.#free.get(link) : undefined;
    const isUsable = (parent: KnownRow | undefined): boolean =>
      link.columns.every((column, at) => {
        const value = parent?.[link.references[at] ?? ""];

        return typeof value === "string" && (!child.set.has(column) || value === child.cells[column]);
      });
    const start = parents.length === 0 ? 0 : pick % parents.length;
    for (const [from, end] of [
      [start, parents.length],
      [0, start],
    ] as const) {
      for (let index = free?.next(from) ?? from; index < end; index = free?.next(index + 1) ?? index + 1) {
        if (isUsable(parents[index])) return index;
      }
    }

    return undefined;
  }
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
