/**
 * What rows of organizations need besides the columns of the contract (pure): values for other required columns, and the
 * rows that they refer to, as the schema's catalog asks for them. The same organization always gets the same.
 */
import { escapeIdentifier, escapeLiteral } from "pg";
import { generateRow, type Hints } from "../../../harness/rows/generate-row.ts";
import { Materializer } from "../../../harness/rows/materialize.ts";
import { randomFrom } from "../../../harness/rows/random-from.ts";
import type { RowPlan, TablePlan } from "../../../harness/rows/row-plan.ts";
import type { Cell } from "../../../harness/rows/value-request.ts";

export type NamedCells = Readonly<Record<string, Cell>>;

/** Rows are generated so many at a time. */
const CHUNK = 50;
/** The first rows are for organizations whose ids are not numbered. */
const UNNUMBERED = 8;
const NUMBERED = "00000000-0000-4000-8000-";

export class AccountRows {
  readonly #plan: RowPlan;
  readonly #of: TablePlan;
  readonly #hints: Hints;
  readonly #attempt: number;
  readonly #materializer: Materializer;
  readonly #rows: NamedCells[] = [];
  readonly #parents = new Map<string, NamedCells[]>();

  /** @param attempt 0 for the simplest rows; others where the server refuses those */
  constructor(plan: RowPlan, of: TablePlan, hints: Hints, attempt = 0) {
    this.#plan = plan;
    this.#of = of;
    this.#hints = hints;
    this.#attempt = attempt;
    this.#materializer = new Materializer(plan, { hints });
  }

  /** The columns of organizations that need a value: what has a default is left to it. */
  get columns(): readonly string[] {
    const row = this.#row(0);

    return this.#of.columns
      .filter(
        ({ column, hasConstantDefault }) =>
          typeof row[column.name] === "string" &&
          (column.default === null || hasConstantDefault || this.#isHinted(column.name)),
      )
      .map(({ column }) => column.name);
  }

  /** The value of an organization's column. */
  value(id: string, column: string): string | null {
    return this.#row(rowNumber(id))[column] ?? null;
  }

  /** INSERTs of the rows that these organizations refer to, as far as they are not there; parents come first. */
  insertParents(ids: readonly string[]): readonly string[] {
    return this.findParents(ids).flatMap(({ of, rows }) => rows.map((row) => formatParent(of, row)));
  }

  /** The rows that these organizations refer to; parents come first. */
  findParents(ids: readonly string[]): readonly { readonly of: TablePlan; readonly rows: readonly NamedCells[] }[] {
    const needed = new Map<TablePlan, Set<NamedCells>>();
    for (const id of ids) this.#collectParents(this.#of, this.#row(rowNumber(id)), needed);

    return this.#plan.tables.map((of) => ({ of, rows: [...(needed.get(of) ?? [])] }));
  }

  #isHinted(column: string): boolean {
    return column in (this.#hints[this.#of.key]?.(randomFrom(0)) ?? {});
  }

  #row(number: number): NamedCells {
    while (this.#rows.length <= number) this.#generate();

    return this.#rows[number] ?? {};
  }

  #generate(): void {
    const random = randomFrom(this.#rows.length + this.#attempt);
    const level = this.#attempt === 0 ? "simplest" : "ordinary";
    const request = { plan: this.#plan, of: this.#of, level, random, hints: this.#hints } as const;
    const rows = Array.from({ length: CHUNK }, () => generateRow(request));
    for (const { of, rows: made } of this.#materializer.next({ [this.#of.key]: rows })) {
      const known = of === this.#of ? this.#rows : (this.#parents.get(of.key) ?? []);
      if (of !== this.#of) this.#parents.set(of.key, known);
      known.push(...made.map(({ cells }) => cells));
    }
    // A key that leaves room for fewer rows.
    while (this.#rows.length % CHUNK !== 0 || this.#rows.length === 0) this.#rows.push(this.#rows.at(-1) ?? {});
  }

  #collectParents(of: TablePlan, row: NamedCells, needed: Map<TablePlan, Set<NamedCells>>): void {
    for (const { columns, parent, references } of of.links) {
      const table = this.#plan.byKey.get(parent);
      const found = this.#parents
        .get(parent)
        ?.find((known) => columns.every((column, at) => row[column] === known[references[at] ?? ""]));
      if (table === undefined || found === undefined || needed.get(table)?.has(found)) continue;
      needed.set(table, (needed.get(table) ?? new Set()).add(found));
      this.#collectParents(table, found, needed);
    }
  }
}

/** Numbered organizations follow each other, so that their rows are generated once; the others are few. */
function rowNumber(id: string): number {
  return id.startsWith(NUMBERED)
    ? UNNUMBERED + Number(id.slice(NUMBERED.length)) - 1
    : Number.parseInt(id.slice(-1), 16) % UNNUMBERED;
}

function formatParent({ table, counted }: TablePlan, row: NamedCells): string {
  const entries = Object.entries(row).filter(([, value]) => value !== undefined);
  const columns = entries.map(([name]) => escapeIdentifier(name)).join(", ");
  const values = entries.map(([, value]) => (typeof value === "string" ? escapeLiteral(value) : "NULL")).join(", ");
  const always = table.columns.some(
    ({ name, identity }) => identity === "a" && counted.some(({ column }) => column === name),
  );

  return `INSERT INTO ${escapeIdentifier(table.schema)}.${escapeIdentifier(table.name)} (${columns})
${always ? "OVERRIDING SYSTEM VALUE " : ""}VALUES (${values}) ON CONFLICT DO NOTHING;`;
}
