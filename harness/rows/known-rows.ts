/** The rows that are known of each table: parents for others, and the keys that they take (pure). */
import type { Link } from "./links.ts";
import { type KnownRow, Parents } from "./parents.ts";
import type { RowPlan, TablePlan } from "./row-plan.ts";
import { TakenKeys, type UniqueKey } from "./unique-keys.ts";

/** Rows that are there already, by table: each column as text, or null. They serve as parents, and their keys are taken. */
export type ExistingRows = Readonly<Record<string, readonly Readonly<Record<string, string | null>>[]>>;

/** The parents that triggers insert for a row, and where they are among the known rows. */
export type Implied = readonly { readonly base: Link; readonly index: number }[];

export class KnownRows {
  readonly #plan: RowPlan;
  readonly parents = new Parents();
  readonly #taken = new TakenKeys();

  constructor(plan: RowPlan, existing: ExistingRows) {
    this.#plan = plan;
    for (const of of plan.tables)
      for (const row of existing[of.key] ?? []) {
        this.parents.add(of.key, row);
        this.#taken.add(of.uniqueKeys, row);
      }
    for (const of of plan.tables) this.#useParents(of);
  }

  /** Adds a row, and the parents that triggers insert for it. */
  add(of: TablePlan, row: KnownRow): { readonly index: number; readonly implied: Implied } {
    this.#take(of, row);
    const implied = of.bases.map((base) => ({ base, index: this.parents.add(base.parent, baseRow(base, row)) }));

    return { index: this.parents.add(of.key, row), implied };
  }

  /** What became of a row: an empty one is no parent. */
  settle(
    of: TablePlan,
    row: KnownRow,
    { index, implied }: { readonly index: number; readonly implied: Implied },
  ): void {
    this.parents.replace(of.key, index, row);
    this.#take(of, row);
    for (const { base, index: at } of implied) this.parents.replace(base.parent, at, baseRow(base, row));
  }

  /** Takes over the rows of tables that triggers fill: those that are there, and no others, are parents. */
  learn(found: ExistingRows): void {
    for (const [key, rows] of Object.entries(found)) {
      const of = this.#plan.byKey.get(key);
      if (of === undefined) continue;
      const names = of.primaryKey.length > 0 ? of.primaryKey : of.table.columns.map(({ name }) => name);
      const there = new Map(rows.map((row) => [textOf(row, names), row]));
      for (const [index, row] of this.parents.of(key).entries()) {
        const text = textOf(row, names);
        this.parents.replace(key, index, there.get(text) ?? {});
        there.delete(text);
      }
      for (const row of there.values()) {
        this.parents.add(key, row);
        this.#taken.add(of.uniqueKeys, row);
      }
      this.#useParents(of);
    }
  }

  /** Finds columns whose values a unique key has already: of the table, or of a parent that comes with the row. */
  findCollision(of: TablePlan, row: KnownRow): { readonly columns: readonly string[] } | undefined {
    const news = [...of.bases, ...of.links.filter(({ joint }) => joint)];

    return (
      this.#taken.findCollision(of.uniqueKeys, row) ??
      news.find((base) => this.#taken.findCollision(this.#keysOf(base), baseRow(base, row)) !== undefined)
    );
  }

  #take(of: TablePlan, row: KnownRow): void {
    this.#taken.add(of.uniqueKeys, row);
    for (const base of of.bases) this.#taken.add(this.#keysOf(base), baseRow(base, row));
  }

  /** The unique keys of a parent that a child's columns decide. */
  #keysOf({ parent, references }: Link): readonly UniqueKey[] {
    const keys = this.#plan.byKey.get(parent)?.uniqueKeys ?? [];

    return keys.filter(({ columns, partial }) => !partial && columns.every((column) => references.includes(column)));
  }

  /** Children that are there already leave their parents no second one where there may be only one. */
  #useParents(of: TablePlan): void {
    const rows = this.parents.of(of.key);
    for (const link of rows.length === 0 ? [] : of.links.filter(({ exclusive }) => exclusive)) {
      const children = new Set(rows.map((row) => textOf(row, link.columns)));
      for (const [index, parent] of this.parents.of(link.parent).entries())
        if (children.has(textOf(parent, link.references))) this.parents.use(link, index);
    }
  }
}

function textOf(row: KnownRow, names: readonly string[]): string {
  return JSON.stringify(names.map((name) => row[name]));
}

/** What a row says of the parent that a trigger inserts for it. */
function baseRow({ columns, references }: Link, row: KnownRow): KnownRow {
  return Object.fromEntries(references.map((reference, at) => [reference, row[columns[at] ?? ""]]));
}
