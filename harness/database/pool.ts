/**
 * Reuses databases. Creating one, connecting to it and loading its catalog takes longer than most test cases; so a
 * database that was given back is emptied, and the next recipe is built in it, in a session whose caches are warm. A
 * database whose inventory differs from that of a new one is dropped.
 */
import { HarnessError } from "../errors.ts";
import { clearDatabase, type Inventory, prepareInventory } from "./clear.ts";
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
    const hash = hashRecipe(recipe);
    if (this.#expensive.has(hash)) return await this.#databases.clone(recipe);
    const slot = (await this.#returning.shift()) ?? (await this.#open());
    slot.uses += 1;
    const start = performance.now();
    try {
      await build(recipe, slot.session);
      await slot.session.query("DISCARD ALL");
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

/** Builds the recipe, after the one it starts from. */
async function build(recipe: Recipe, session: Session): Promise<void> {
  if (recipe.from !== undefined) await build(recipe.from, session);
  await recipe.build(session);
}

/** Returns whether the database is as empty as it was when it was new. */
async function empty({ session, observer, inventory, whenEmpty }: Slot): Promise<boolean> {
  await session.tryExecute("ROLLBACK");
  await session.query("DISCARD ALL");
  await clearDatabase(observer);

  return (await inventory(observer, [session, observer])) === whenEmpty;
}
