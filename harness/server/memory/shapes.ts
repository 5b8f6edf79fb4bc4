/**
 * Databases of pg-mem that have tables and no rows. To define a table takes longer than all that a case asks of it, so
 * where the same statements were run before, their tables are used again.
 */
import { randomUUID } from "node:crypto";
import type { IBackup, IMemoryDb, IPreparedQuery } from "pg-mem";
import type { Statement } from "pgsql-ast-parser";

/** The library, loaded when a database in memory is asked for. */
export type Library = Pick<typeof import("pg-mem"), "newDb" | "DataType">;

/** A statement that defines something, and pg-mem's tree of it. */
export interface Definition {
  readonly text: string;
  readonly tree: Statement;
}

/** A database for one user at a time. */
export interface Shape {
  readonly db: IMemoryDb;
  /** What has been defined, in this order. */
  readonly definitions: readonly Definition[];
  readonly empty: IBackup;
  /** Writes that are prepared for its tables, by their texts. */
  readonly writes: Map<string, IPreparedQuery>;
}

export class Shapes {
  readonly #library: Library;
  readonly #idle = new Map<string, Shape[]>();

  constructor(library: Library) {
    this.#library = library;
  }

  /** A database where these have been defined. */
  take(definitions: readonly Definition[]): Shape {
    return this.#idle.get(keyOf(definitions))?.pop() ?? this.#make(definitions);
  }

  /** It is not used any more; its rows go. */
  giveBack(shape: Shape): void {
    shape.empty.restore();
    const key = keyOf(shape.definitions);
    this.#idle.set(key, [...(this.#idle.get(key) ?? []), shape]);
  }

  /**
   * A database where one thing more has been defined, in place of this one.
   * @throws what pg-mem says where it cannot: nobody knows what it has done of it, and this one must not be used either
   */
  further(shape: Shape, definition: Definition): Shape {
    const definitions = [...shape.definitions, definition];
    const known = this.#idle.get(keyOf(definitions))?.pop();
    if (known === undefined) return define(shape.db, definitions, [definition]);
    this.giveBack(shape);

    return known;
  }

  #make(definitions: readonly Definition[]): Shape {
    const { newDb, DataType } = this.#library;
    const db = newDb({ noErrorDiagnostic: true });
    db.public.registerFunction({
      name: "gen_random_uuid",
      returns: DataType.uuid,
      impure: true,
      implementation: () => randomUUID(),
    });

    return define(db, definitions, definitions);
  }
}

function define(db: IMemoryDb, definitions: readonly Definition[], missing: readonly Definition[]): Shape {
  for (const { tree } of missing) db.public.query([tree]);

  return { db, definitions, empty: db.backup(), writes: new Map() };
}

function keyOf(definitions: readonly Definition[]): string {
  return definitions.map(({ text }) => text).join(";\n");
}
