/** The values that unique keys hold already (pure). */
import type { Cell } from "./generate-row.ts";
import type { TablePlan, UniqueKey } from "./row-plan.ts";

type Cells = Readonly<Record<string, Cell>>;

export class TakenKeys {
  readonly #values = new Map<UniqueKey, Set<string>>();

  /** True if a unique key of the table holds the row's values already. */
  has({ uniqueKeys }: TablePlan, cells: Cells): boolean {
    return uniqueKeys.some((key) => {
      const value = keyValue(key, cells);

      return value !== undefined && this.#values.get(key)?.has(value) === true;
    });
  }

  add({ uniqueKeys }: TablePlan, cells: Cells): void {
    for (const key of uniqueKeys) {
      const value = keyValue(key, cells);
      const values = this.#values.get(key) ?? new Set();
      this.#values.set(key, values);
      if (value !== undefined) values.add(value);
    }
  }
}

/** What a unique key compares; undefined where NULLs make it always distinct. */
function keyValue(
  { columns, folded, nullsNotDistinct, partial }: UniqueKey,
  cells: Cells,
): string | undefined {
  const values = columns.map((column) => cells[column] ?? null);
  // A partial key is taken for a whole one: rows that differ satisfy it, too.
  if ((values.includes(null) && !nullsNotDistinct) || (partial && columns.length === 0)) return undefined;

  return JSON.stringify(folded ? values.map((value) => value?.toLowerCase() ?? null) : values);
}
