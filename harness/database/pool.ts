/**
 * Databases that are used again. Making one, connecting to it and finding its catalog for the first time takes longer
 * than most cases do; so a database that was given back is made empty, and the next recipe is followed in it, in a
 * session that knows its way already. One that cannot be made as empty as it was when it was new is dropped.
 */
import { HarnessError } from "../errors.ts";
import { clear, type Holdings, holdingsOf } from "./clear.ts";
import { type Database, type DatabaseProvider, Databases, hashOf, type Recipe } from "./databases.ts";
import type { Server } from "./server.ts";
import type { Session } from "./session.ts";

/** What is built slower than this is built once, and copied then. */
const BUILD_MAX_MS = 1_000;

/** What was dropped leaves dead rows in the catalog, and every use makes reading it a little slower. */
const USES_MAX = 40;

const EMPTY: Recipe = { parts: ["empty"], build: () => Promise.resolve() };

/** The databases of a server: its own, where it has any, or else those that are made by connecting to it. */
export function databasesOn(server: Server): DatabaseProvider {
  return server.databases ?? new Pool(new Databases(server));
}

/** A database that is empty, and the two sessions that stay with it. */
interface Place {
  readonly database: Database;
  session: Session;
  readonly observer: Session;
  readonly holdings: Holdings;
  readonly whenEmpty: string;
  uses: number;
}

export class Pool implements DatabaseProvider {
  readonly #databases: Databases;
  /** Those that were given back, the first to be empty again first; undefined stands for one that had to be dropped. */
  readonly #returning: Promise<Place | undefined>[] = [];
  /** The hashes of recipes that are worth a template. */
  readonly #dear = new Set<string>();

  /** @param databases where new ones come from; they are disposed of with the pool */
  constructor(databases: Databases) {
    this.#databases = databases;
  }

  async clone(recipe: Recipe): Promise<Database> {
    const hash = hashOf(recipe);
    if (this.#dear.has(hash)) {
      return await this.#databases.clone(recipe);
    }
    const place = (await this.#returning.shift()) ?? (await this.#open());
    place.uses += 1;
    const began = performance.now();
    try {
      await follow(recipe, place.session);
      await place.session.query("DISCARD ALL");
    } catch (error) {
      this.#giveBack(place, []);
      throw error;
    }
    if (performance.now() - began > BUILD_MAX_MS) {
      this.#dear.add(hash);
    }

    return this.#lent(place);
  }

  async demandServer(trouble: Error): Promise<void> {
    await this.#databases.demandServer(trouble);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#returning);
    await this.#databases[Symbol.asyncDispose]();
  }

  async #open(): Promise<Place> {
    const database = await this.#databases.clone(EMPTY);
    const [session, observer] = await Promise.all([database.connect(), database.observer()]);
    const holdings = await holdingsOf(observer);
    const whenEmpty = await holdings(observer, [session, observer]);

    return { database, session, observer, holdings, whenEmpty, uses: 0 };
  }

  #lent(place: Place): Database {
    const { database, session } = place;
    const further: Session[] = [];
    let first = true;
    let back: true | undefined;

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
      // Nobody has to wait until it is empty.
      [Symbol.asyncDispose]: async () => {
        if (back === undefined) {
          back = true;
          this.#giveBack(place, further);
        }
      },
    };
  }

  #giveBack(place: Place, further: readonly Session[]): void {
    this.#returning.push(this.#emptied(place, further));
  }

  /** Undefined where it cannot be used again; it is gone then. Whatever went wrong is its own affair. */
  async #emptied(place: Place, further: readonly Session[]): Promise<Place | undefined> {
    try {
      const open = [place.session, ...further].filter(({ isOpen }) => isOpen);
      await Promise.all(open.slice(1).map((session) => session[Symbol.asyncDispose]()));
      if (place.uses < USES_MAX && place.observer.isOpen) {
        place.session = open[0] ?? (await place.database.connect());
        if (await isEmptied(place)) {
          return place;
        }
      }
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
    }
    await place.database[Symbol.asyncDispose]();

    return undefined;
  }
}

/** Makes what the recipe makes, what it is made from first. */
async function follow(recipe: Recipe, session: Session): Promise<void> {
  if (recipe.from !== undefined) {
    await follow(recipe.from, session);
  }
  await recipe.build(session);
}

async function isEmptied({ session, observer, holdings, whenEmpty }: Place): Promise<boolean> {
  await session.attempt("ROLLBACK");
  await session.query("DISCARD ALL");
  await clear(observer);

  return (await holdings(observer, [session, observer])) === whenEmpty;
}
