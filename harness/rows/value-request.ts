/** What a generator of values is asked for, and what all of them use (pure). */
import type { Random } from "fast-check";
import type { SchemaModel, TypeModel } from "./schema-model.ts";
import type { Wanted } from "./wanted.ts";

/** PostgreSQL's own text, null for NULL, undefined for the column's DEFAULT. */
export type Cell = string | null | undefined;

/** How far a value leans towards the odd: `simplest` is the smallest one, without any chance. */
export type Level = "simplest" | "ordinary" | "boundary";

export interface ValueRequest {
  readonly types: SchemaModel["types"];
  /** OID of the type. */
  readonly type: string;
  readonly typmod: number;
  readonly wanted: Wanted;
  readonly level: Level;
  /** Literals that the schema or the migration uses: values that something may depend on. */
  readonly literals: readonly string[];
  /** True where values should rarely repeat. */
  readonly distinct: boolean;
  readonly random: Random;
}

/** The values of some types: text as PostgreSQL writes it; undefined if none satisfies what is wanted. */
export type Family = (request: ValueRequest, type: TypeModel) => string | undefined;

export const WORDS = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel"];

export function base36(random: Random, length: number): string {
  return Array.from({ length }, () => random.nextInt(0, 35).toString(36)).join("");
}

export function pick<Item>(random: Random, items: readonly Item[]): Item | undefined {
  return items.length === 0 ? undefined : items[random.nextInt(0, items.length - 1)];
}
