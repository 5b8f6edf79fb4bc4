/** The settings of a project in `plumbline.config.ts`: plain data, checked when it is loaded. */
import type { Arbitrary } from "fast-check";
import * as v from "valibot";
import { isObject, strictObject } from "../release/validate.ts";

/**
 * Values for one column: an arbitrary of text, number, boolean or null, or an SQL expression in which `n` counts the
 * values from 1, such as `'org-' || n`.
 */
export type ColumnSource = Arbitrary<string | number | boolean | null> | string;

/** Values for some columns of a table, or the path of a CSV or JSON file with sample rows. */
export type TableSource = Readonly<Record<string, ColumnSource>> | string;

/** How a migration tool is run. Each command is a line for the shell. */
export interface ToolCommand {
  /** Applies all migrations that are pending. */
  readonly up: string;
  /** Applies the next migration alone. */
  readonly step?: string;
  /** Reverts the newest migration. */
  readonly down?: string;
  /** The folder in which the commands run (default: that of the configuration). */
  readonly cwd?: string;
  /** Variables beside `PG*`; `{url}` in a value becomes the URL of the database. */
  readonly env?: Readonly<Record<string, string>>;
  /** Seconds until a command is stopped. */
  readonly timeout?: number;
}

/** All keys are optional. Paths are relative to the folder of `plumbline.config.ts`. */
export interface Configuration {
  /** The migration tool of the folder, where its files do not say which it is. */
  readonly layout?: string;
  /** What the first migration needs: SQL statements, or paths of `.sql` files. */
  readonly setup?: readonly string[];
  /** The role of the application. */
  readonly role?: string;
  /** Of a migration tool whose statements are recorded. */
  readonly command?: ToolCommand;
  /** By table, as `name` or `schema.name`: what generated rows hold where the catalog alone does not lead to valid rows. */
  readonly rows?: Readonly<Record<string, TableSource>>;
  /** Statements of the application: SQL, or paths of `.sql` files. */
  readonly statements?: readonly string[];
  /** How many rows a table has in production, by `name` or `schema.name`. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** As in `release.json`: a folder of `*.property.ts` files, or those that come with the program. */
  readonly properties?: string;
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
const SECONDS = "a number of seconds above 0";
const ROWS = "a whole number of rows, at least 0";

const columnSource = v.custom<ColumnSource>(
  (value) => isArbitrary(value) || (typeof value === "string" && value.trim() !== ""),
  COLUMN,
);
const tableSource = v.lazy((value) => (typeof value === "string" ? text(TABLE) : objectOf(columnSource, TABLE)));

const command = strictObject(
  {
    up: text("a command line that applies all migrations"),
    step: v.optional(text("a command line that applies the next migration")),
    down: v.optional(text("a command line that reverts the newest migration")),
    cwd: v.optional(text("the path of a folder")),
    env: v.optional(objectOf(v.string("a text"), "an object of variables")),
    timeout: v.optional(v.pipe(v.number(SECONDS), v.gtValue(0, SECONDS))),
  },
  "an object with the command line of up",
);

export const configurationSchema = strictObject(
  {
    layout: v.optional(text("the name of a migration tool")),
    setup: v.optional(listOf("a list of SQL statements or paths of .sql files")),
    role: v.optional(text("the name of a role")),
    command: v.optional(command),
    rows: v.optional(objectOf(tableSource, "an object of tables")),
    statements: v.optional(listOf("a list of SQL statements or paths of .sql files")),
    sizes: v.optional(
      objectOf(v.pipe(v.number(ROWS), v.integer(ROWS), v.minValue(0, ROWS)), "an object of tables, each with its rows"),
    ),
    properties: v.optional(text("the path of a folder of *.property.ts files")),
  } satisfies { readonly [Key in keyof Configuration]-?: unknown },
  "an object: export default defineConfig({ … })",
);

function text(expected: string) {
  return v.pipe(v.string(expected), v.regex(/\S/, expected));
}

function listOf(expected: string) {
  return v.array(text("an SQL statement or the path of a .sql file"), expected);
}

/** Neither an array, nor an arbitrary, nor an instance of another class. */
function objectOf<Schema extends v.GenericSchema>(schema: Schema, expected: string) {
  return v.pipe(
    v.custom<Readonly<Record<string, unknown>>>((value) => isPlain(value) && !isArbitrary(value), expected),
    v.record(v.string(), schema),
  );
}

function isPlain(value: unknown): boolean {
  const prototype: unknown = isObject(value) ? Object.getPrototypeOf(value) : undefined;

  return prototype === null || (isObject(prototype) && Object.getPrototypeOf(prototype) === null);
}
