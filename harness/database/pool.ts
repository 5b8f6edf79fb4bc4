/**
 * Reuses databases. Creating one, connecting to it and loading its catalog takes longer than most test cases; so a
 * database that was given back is emptied, and the next recipe is built in it, in a session whose caches are warm. A
 * database whose inventory differs from that of a new one is dropped: a release may do anything to its database, so the
 * inventory covers all that can be left behind or changed.
 */
import { readFileSync } from "node:fs";
import { HarnessError } from "../errors.ts";
import { codePath } from "../files/installation.ts";
import { type Database, type DatabaseProvider, hashRecipe, type Recipe } from "./database-provider.ts";
import { Databases } from "./databases.ts";
import type { Server } from "./server.ts";
import type { Session } from "./session.ts";

/** A recipe that takes longer is built once, as a template, and cloned. */
const BUILD_MAX_MS = 1_000;

/** Dropped objects leave dead rows in the catalog, which every use makes slower to read. */
const USES_MAX = 40;

const EMPTY: Recipe = { parts: ["empty"], build: () => Promise.resolve() };

/** The databases of a server: its own, or else a pool of those that are created on it. */
export function databaseProvider(server: Server): DatabaseProvider {
  return server.databases ?? new Pool(new Databases(server));
}

/** A database and the two sessions that stay with it. */
interface Slot {
  readonly database: Database;
  session: Session;
  readonly observer: Session;
  readonly inventory: Inventory;
  readonly whenEmpty: string;
  uses: number;
}

/**
 * Supplies reused databases, as clean as new ones: what the contents and the session are does not depend on earlier
 * users. All methods throw a HarnessError if the server is gone or lacks space or connections.
 */
export class Pool implements DatabaseProvider {
  readonly #databases: Databases;
  /** Databases that were given back, in the order in which they become empty; undefined for one that was dropped. */
  readonly #returning: Promise<Slot | undefined>[] = [];
  /** The hashes of recipes that are worth a template. */
  readonly #expensive = new Set<string>();

  /** @param databases creates them; disposed of with the pool */
  constructor(databases: Databases) {
    this.#databases = databases;
  }

  async clone(recipe: Recipe): Promise<Database> {
    if (recipe.isLink === true || recipe.from?.isLink === true) return await this.#databases.clone(recipe);
    const hash = hashRecipe(recipe);
    if (this.#expensive.has(hash)) return await this.#databases.clone(recipe);
    const slot = (await this.#returning.shift()) ?? (await this.#open());
    slot.uses += 1;
    const start = performance.now();
    try {
      if (await build(recipe, slot.session)) {
        this.#expensive.add(hash);
        this.#returning.push(this.#reset(slot, []));

        return await this.#databases.clone(recipe);
      }
    } catch (error) {
      this.#returning.push(this.#reset(slot, []));
      throw error;
    }
    if (performance.now() - start > BUILD_MAX_MS) this.#expensive.add(hash);

    return this.#lend(slot);
  }

  /** Throws the given error if the server no longer answers. */
  async requireServer(otherwise: Error): Promise<void> {
    await this.#databases.requireServer(otherwise);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#returning);
    await this.#databases[Symbol.asyncDispose]();
  }

  async #open(): Promise<Slot> {
    const database = await this.#databases.clone(EMPTY);
    const [session, observer] = await Promise.all([database.connect(), database.observer()]);
    const inventory = await prepareInventory(observer);
    const whenEmpty = await inventory(observer, [session, observer]);

    return { database, session, observer, inventory, whenEmpty, uses: 0 };
  }

  #lend(slot: Slot): Database {
    const { database, session } = slot;
    const further: Session[] = [];
    let first = true;
    let returned = false;

    return {
      name: database.name,
      observer: () => database.observer(),
      connect: async () => {
        if (first && session.isOpen) {
          first = false;

          return session;
        }
        const another = await database.connect();
        further.push(another);

        return another;
      },
      // Emptied in the background.
      [Symbol.asyncDispose]: async () => {
        if (returned) return;
        returned = true;
        this.#returning.push(this.#reset(slot, further));
      },
    };
  }

  /** Returns the slot with its database empty; undefined if it cannot be used again, and then drops it. */
  async #reset(slot: Slot, further: readonly Session[]): Promise<Slot | undefined> {
    try {
      const open = [slot.session, ...further].filter(({ isOpen }) => isOpen);
      await Promise.all(open.slice(1).map((session) => session[Symbol.asyncDispose]()));
      if (slot.uses < USES_MAX && slot.observer.isOpen) {
        slot.session = open[0] ?? (await slot.database.connect());
        if (await empty(slot)) return slot;
      }
    } catch (error) {
      // An error here is about the database, which is dropped.
      if (!(error instanceof HarnessError)) throw error;
    }
    await slot.database[Symbol.asyncDispose]();

    return undefined;
  }
}

/**
 * Builds the recipe, after the one it starts from.
 * @returns true, with the work perhaps unfinished, where the database now has settings: only new sessions begin with them
 */
async function build(recipe: Recipe, session: Session): Promise<boolean> {
  if (recipe.from !== undefined && (await build(recipe.from, session))) return true;
  await recipe.build(session);
  // What it set for its session, such as the empty search_path of a dump, ends with it.
  await session.query("DISCARD ALL");
  const [row] = await session.query(
    `SELECT EXISTS (SELECT FROM pg_db_role_setting AS s JOIN pg_database AS d ON d.oid = s.setdatabase
WHERE d.datname = current_database()) AS has_settings`,
  );

  return row?.["has_settings"] === "t";
}

/** Returns whether the database is as empty as it was when it was new. */
async function empty({ session, observer, inventory, whenEmpty }: Slot): Promise<boolean> {
  await session.tryExecute("ROLLBACK");
  await session.query("DISCARD ALL");
  await clearDatabase(observer);

  return (await inventory(observer, [session, observer])) === whenEmpty;
}

const CREATE_CLEAR = readFileSync(codePath("harness/database/clear.sql"), "utf8");

/**
 * For each catalog with OIDs, a query for the number of its rows that initdb did not create (PostgreSQL manual, 66.1
 * System Catalog Initial Data: OIDs from 16384). User mappings, which only a superuser may read, do not outlive their
 * server, which is counted.
 */
const CREATED = `SELECT string_agg(format('(SELECT count(*) FROM pg_catalog.%I WHERE oid >= 16384%s)', relname,
  CASE relname WHEN 'pg_namespace' THEN $$ AND nspname !~ '^pg_(toast_)?temp_'$$ END), ', ' ORDER BY relname) AS counts
FROM pg_catalog.pg_class
WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND NOT relisshared
  AND has_table_privilege(oid, 'SELECT')
  AND EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = pg_class.oid AND attname = 'oid')`;

/** Of the objects of initdb that can be granted, owned or renamed: their number, and how many changed since xid $1. */
const INITIAL = ["pg_class", "pg_proc", "pg_type", "pg_namespace", "pg_language"].map(
  (catalog) => `(SELECT count(*) || '/' || count(*) FILTER (WHERE age(xmin) <= age($1::xid))
  FROM pg_catalog.${catalog} WHERE oid < 16384)`,
);

/** What shared catalogs hold about this database, and its sessions except $2. */
const SHARED = [
  "(SELECT count(*) FROM pg_catalog.pg_db_role_setting WHERE setdatabase = d.oid)",
  "(SELECT count(*) FROM pg_catalog.pg_shdescription WHERE objoid = d.oid)",
  "obj_description(to_regnamespace('public'), 'pg_namespace')",
  "(age(d.xmin) <= age($1::xid))",
  "(SELECT count(*) FROM pg_catalog.pg_prepared_xacts WHERE database = d.datname)",
  `(SELECT count(*) FROM pg_catalog.pg_stat_activity
  WHERE datid = d.oid AND backend_type = 'client backend' AND pid <> ALL ($2::int[]))`,
];

/** Summarizes the contents of a database as a string, equal for equal contents. @param known sessions to ignore */
type Inventory = (observer: Session, known: readonly Session[]) => Promise<string>;

/** Prepares a new database for being emptied. The inventory counts changes from here on. */
async function prepareInventory(observer: Session): Promise<Inventory> {
  await observer.query(CREATE_CLEAR);
  const [row] = await observer.query(
    `SELECT (${CREATED}) AS counts, pg_snapshot_xmax(pg_current_snapshot())::text::bigint % 4294967296 AS horizon`,
  );
  const query = `SELECT concat_ws(' ', ${[row?.["counts"], ...INITIAL, ...SHARED].join(", ")}) AS contents
FROM pg_catalog.pg_database AS d WHERE datname = current_database()`;

  return async (session, known) => {
    const pids = `{${known.map(({ pid }) => pid).join(",")}}`;
    const [found] = await session.queryPrepared(query, [row?.["horizon"], pids]);

    return found?.["contents"] ?? "";
  };
}

/** Drops all that was created in the database, as far as possible. */
async function clearDatabase(observer: Session): Promise<void> {
  await observer.queryPrepared("SELECT pg_temp.clear()");
}
