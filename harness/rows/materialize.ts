/**
 * From a dataset to rows with values for their parents (pure): required parents are added where there is none, collisions
 * in a unique key are repaired, and a row that cannot be repaired is left out.
 */

import { type Dataset, randomFrom } from "./dataset.ts";
import { type Cell, demandsOf, generateCell, generateRow, type Hints, type Row } from "./generate-row.ts";
import type { Link, RowPlan, TablePlan } from "./row-plan.ts";
import { TakenKeys } from "./taken-keys.ts";

/** A row as it is sent: every cell is known, but those that the server fills. */
export interface MaterializedRow {
  readonly cells: Readonly<Record<string, Cell>>;
  /** Columns that an UPDATE sets once all tables are filled, since their parents come later. */
  readonly later: Readonly<Record<string, string>>;
  /** For each foreign key the pick, for the server to choose another parent where this one was not accepted. */
  readonly picks: Readonly<Record<string, number>>;
}

export interface MaterializedTable {
  readonly of: TablePlan;
  readonly rows: readonly MaterializedRow[];
}

/** Rows that are there already, by table: each column as text, or null. They serve as parents, and their keys are taken. */
export type ExistingRows = Readonly<Record<string, readonly Readonly<Record<string, string | null>>[]>>;

export interface MaterializeOptions {
  readonly existing?: ExistingRows;
  readonly hints?: Hints;
}

/** Values of serial and identity columns start at another number in each table: equal ids would hide faults. */
const IDS_STEP = 1_000;
const REPAIRS_MAX = 25;

/** The first value of the sequences of a table: also where the loader sets them. */
export function firstId(plan: RowPlan, of: TablePlan): number {
  return 1 + IDS_STEP * (1 + (plan.tables.indexOf(of) % 30));
}

/** Materializes a dataset; tables come in the order of insertion. */
export function materialize(
  plan: RowPlan,
  dataset: Dataset,
  options: MaterializeOptions = {},
): readonly MaterializedTable[] {
  return new Materializer(plan, options).next(dataset);
}

type KnownRow = Record<string, Cell>;

/** Materializes datasets that follow each other: rows of earlier ones serve as parents, and their keys are taken. */
export class Materializer {
  readonly #plan: RowPlan;
  readonly #options: MaterializeOptions;
  readonly #rows = new Map<string, MaterializedRow[]>();
  /** Rows with the values that children refer to, sequences included. */
  readonly #known = new Map<string, KnownRow[]>();
  readonly #taken = new TakenKeys();
  readonly #usedParents = new Map<string, Set<number>>();

  constructor(plan: RowPlan, options: MaterializeOptions) {
    this.#plan = plan;
    this.#options = options;
    for (const [key, rows] of Object.entries(options.existing ?? {})) {
      const of = plan.byKey.get(key);
      this.#known.set(
        key,
        rows.map((row) => ({ ...row })),
      );
      if (of !== undefined) for (const row of rows) this.#taken.add(of, row);
    }
  }

  /** The rows of one more dataset. */
  next(dataset: Dataset): readonly MaterializedTable[] {
    this.#rows.clear();
    for (const of of this.#plan.tables) for (const row of dataset[of.key] ?? []) this.#add(of, row, 0);
    this.#linkLater(dataset);

    return this.#plan.tables.flatMap((of) => {
      const rows = this.#rows.get(of.key);

      return rows === undefined ? [] : [{ of, rows }];
    });
  }

  /** @returns the index of the row among the known ones; undefined if it cannot be made unique */
  #add(of: TablePlan, row: Row, depth: number): number | undefined {
    const known = this.#known.get(of.key) ?? [];
    this.#known.set(of.key, known);
    const random = randomFrom(hash(`${of.key} ${known.length} ${depth}`));
    for (let attempt = 0; attempt < REPAIRS_MAX; attempt += 1) {
      const cells: Record<string, Cell> = {
        ...(attempt === 0 ? row.cells : this.#repaired(of, row, random)),
      };
      const chosen = this.#link(of, row, cells, attempt, depth);
      if (chosen === undefined) return undefined;
      const complete = { ...cells, ...this.#ids(of, known.length) };
      if (this.#taken.has(of, complete)) continue;
      this.#taken.add(of, complete);
      for (const [link, index] of chosen) this.#use(of, link, index);
      known.push(complete);
      const rows = this.#rows.get(of.key) ?? [];
      this.#rows.set(of.key, rows);
      rows.push({ cells, later: {}, picks: row.picks });

      return known.length - 1;
    }

    return undefined;
  }

  /** Other values in the columns of unique keys. */
  #repaired(of: TablePlan, row: Row, random: ReturnType<typeof randomFrom>): Record<string, Cell> {
    const cells: Record<string, Cell> = { ...row.cells };
    const demands = demandsOf(of, row.alternatives);
    const { hints } = this.#options;
    const request = {
      plan: this.#plan,
      of,
      level: "ordinary",
      random,
      ...(hints === undefined ? {} : { hints }),
    } as const;
    const given = hints?.[of.key]?.(random) ?? {};
    for (const column of of.columns) {
      const { name } = column.column;
      if (name in given) cells[name] = given[name];
      else if (column.distinct && cells[name] !== null)
        cells[name] = generateCell(request, column, demands, cells);
    }

    return cells;
  }

  /** Sets the columns of foreign keys; undefined where a required parent cannot be had. */
  #link(
    of: TablePlan,
    row: Row,
    cells: Record<string, Cell>,
    attempt: number,
    depth: number,
  ): Map<Link, number> | undefined {
    const chosen = new Map<Link, number>();
    const set = new Set<string>();
    for (const link of of.links) {
      const pick = row.picks[link.name];
      if (link.later || (pick === undefined && !link.required)) {
        this.#clear(of, link, cells, set);
        continue;
      }
      const isSelf = link.parent === of.key;
      const index = this.#chooseParent(of, link, cells, set, (pick ?? 0) + attempt, isSelf ? -1 : depth);
      if (index === undefined) {
        if (!link.required) {
          this.#clear(of, link, cells, set);
          continue;
        }
        if (!isSelf) return undefined;
        // The first row of a table that must refer to itself refers to itself.
        const own = { ...cells, ...this.#ids(of, this.#known.get(of.key)?.length ?? 0) };
        for (const [at, column] of link.columns.entries()) cells[column] = own[link.references[at] ?? ""];
        continue;
      }
      const parent = this.#known.get(link.parent)?.[index] ?? {};
      for (const [at, column] of link.columns.entries()) {
        cells[column] = parent[link.references[at] ?? ""];
        set.add(column);
      }
      chosen.set(link, index);
    }

    return chosen;
  }

  /** A parent whose key agrees with the columns that are set, and that has no child yet where it may have only one. */
  #chooseParent(
    of: TablePlan,
    link: Link,
    cells: Readonly<Record<string, Cell>>,
    set: ReadonlySet<string>,
    pick: number,
    depth: number,
  ): number | undefined {
    const parents = this.#known.get(link.parent) ?? [];
    const used = this.#usedParents.get(`${of.key} ${link.name}`);
    const isUsable = (index: number): boolean =>
      !(link.exclusive && used?.has(index)) &&
      link.columns.every((column, at) => {
        const value = parents[index]?.[link.references[at] ?? ""];

        return typeof value === "string" && (!set.has(column) || value === cells[column]);
      });
    for (let step = 0; step < parents.length; step += 1) {
      const index = (pick + step) % parents.length;
      if (isUsable(index)) return index;
    }
    if (depth < 0 || depth > 8) return undefined;

    return this.#addParent(link, cells, set, depth);
  }

  #addParent(
    link: Link,
    cells: Readonly<Record<string, Cell>>,
    set: ReadonlySet<string>,
    depth: number,
  ): number | undefined {
    const parent = this.#plan.byKey.get(link.parent);
    if (parent === undefined) return undefined;
    const { hints } = this.#options;
    const random = randomFrom(hash(`${parent.key} ${depth}`));
    const row = generateRow({
      plan: this.#plan,
      of: parent,
      level: "simplest",
      random,
      ...(hints === undefined ? {} : { hints }),
    });
    const fixed: Record<string, Cell> = {};
    for (const [at, column] of link.columns.entries()) {
      const name = link.references[at] ?? "";
      // A parent needs a value where a child refers to it.
      if (set.has(column)) fixed[name] = cells[column];
      else if (row.cells[name] === null || (name in row.cells && row.cells[name] === undefined)) {
        const column = parent.columns.find((candidate) => candidate.column.name === name);
        if (column !== undefined)
          fixed[name] = generateCell(
            { plan: this.#plan, of: parent, level: "ordinary", random },
            { ...column, column: { ...column.column, notNull: true }, hasConstantDefault: false },
            [],
            {},
          );
      }
    }
    const index = this.#add(parent, { ...row, cells: { ...row.cells, ...fixed } }, depth + 1);
    const added = index === undefined ? undefined : this.#known.get(parent.key)?.[index];

    return added !== undefined && link.references.every((name) => typeof added[name] === "string")
      ? index
      : undefined;
  }

  /** NULL in the columns of a foreign key that may hold it, unless another key has set them. */
  #clear(of: TablePlan, link: Link, cells: Record<string, Cell>, set: ReadonlySet<string>): void {
    const nullable = link.columns.filter((name) =>
      of.columns.some(({ column }) => column.name === name && !column.notNull),
    );
    for (const name of nullable) if (!set.has(name)) cells[name] = null;
  }

  /** The values that sequences will give. */
  #ids(of: TablePlan, index: number): KnownRow {
    const existing = this.#options.existing?.[of.key]?.length ?? 0;
    const written = new Set(of.columns.map(({ column }) => column.name));

    return Object.fromEntries(
      of.table.columns
        .filter(({ name, generated }) => !written.has(name) && generated === "")
        .map(({ name }) => [name, String(firstId(this.#plan, of) + index - existing)]),
    );
  }

  #use(of: TablePlan, link: Link, index: number): void {
    const name = `${of.key} ${link.name}`;
    this.#usedParents.set(name, (this.#usedParents.get(name) ?? new Set()).add(index));
  }

  /** Foreign keys that close a cycle are set when all rows are there. */
  #linkLater(dataset: Dataset): void {
    for (const of of this.#plan.tables) {
      const links = of.links.filter(({ later }) => later);
      if (links.length === 0) continue;
      const existing = this.#options.existing?.[of.key]?.length ?? 0;
      this.#rows.set(
        of.key,
        (this.#rows.get(of.key) ?? []).map((row, index) => {
          const later: Record<string, string> = {};
          for (const link of links) {
            const pick = dataset[of.key]?.[index]?.picks[link.name];
            const own = this.#known.get(of.key)?.[existing + index] ?? {};
            const parent =
              pick === undefined ? undefined : this.#chooseParent(of, link, own, new Set(), pick, -1);
            const values = parent === undefined ? undefined : this.#known.get(link.parent)?.[parent];
            for (const [at, column] of link.columns.entries()) {
              const value = values?.[link.references[at] ?? ""];
              if (typeof value === "string" && row.cells[column] === null) later[column] = value;
            }
          }

          return { ...row, later };
        }),
      );
      if ((this.#rows.get(of.key) ?? []).length === 0) this.#rows.delete(of.key);
    }
  }
}

function hash(text: string): number {
  let value = 7;
  for (const character of text) value = (Math.imul(value, 31) + (character.codePointAt(0) ?? 0)) | 0;

  return value;
}
