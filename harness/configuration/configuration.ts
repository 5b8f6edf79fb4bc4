/** The settings of a project in `plumbline.config.ts`: plain data, checked when it is loaded. */
import type { Arbitrary } from "fast-check";
import * as v from "valibot";
import { strictObject } from "../release/validate.ts";

/**
 * Values for one column: an arbitrary of text, number, boolean or null, or an SQL expression in which `n` counts the
 * values from 1, such as `'org-' || n`.
 */
export type ColumnSource = Arbitrary<string | number | boolean | null> | string;

/** Values for some columns of a table, or the path of a CSV or JSON file with sample rows. */
export type TableSource = Readonly<Record<string, ColumnSource>> | string;

export interface Configuration {
  /** By table, as `name` or `schema.name`: what generated rows hold where the catalog alone does not lead to valid rows. */
  readonly rows?: Readonly<Record<string, TableSource>>;
}

/** Checks the configuration's type where it is written. */
export function defineConfig(configuration: Configuration): Configuration {
  return configuration;
}

/** An arbitrary of another copy of fast-check, such as the user's own, is one too. */
export function isArbitrary(value: unknown): value is Arbitrary<unknown> {
  return typeof value === "object" && value !== null && "generate" in value && typeof value.generate === "function";
}

const COLUMN = "a fast-check arbitrary or an SQL expression";
const TABLE = `an object of columns, each with ${COLUMN}, or the path of a file with sample rows`;

const columnSource = v.custom<ColumnSource>(
  (value) => isArbitrary(value) || (typeof value === "string" && value.trim() !== ""),
  COLUMN,
);
const tableSource = v.lazy((value) =>
  typeof value === "string" ? v.pipe(v.string(), v.nonEmpty(TABLE)) : objectOf(columnSource, TABLE),
);

export const configurationSchema = strictObject(
  { rows: v.optional(objectOf(tableSource, "an object of tables")) },
  "an object: export default defineConfig({ … })",
);

/** An array is no object here. */
function objectOf<Schema extends v.GenericSchema>(schema: Schema, expected: string) {
  return v.pipe(
    v.custom<Readonly<Record<string, unknown>>>(
      (value) => typeof value === "object" && value !== null && !Array.isArray(value),
      expected,
    ),
    v.record(v.string(), schema),
  );
}
