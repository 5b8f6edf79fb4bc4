/**
 * Databases in this process, for the quickest answer while editing. There is no server: pg-mem is asked about the few
 * forms of SQL that it does as PostgreSQL does, and whatever needs more comes out as unknown.
 */
import type { Client } from "pg";
import { type Database, type DatabaseProvider, hashOf, type Recipe } from "../../database/databases.ts";
import type { Server } from "../../database/server.ts";
import { Session } from "../../database/session.ts";
import { Inconclusive } from "../../errors.ts";
import { loadParser } from "../../release/parser.ts";
import { type Answer, MemoryEngine } from "./engine.ts";
import { MemoryReader } from "./reader.ts";
import { Shapes } from "./shapes.ts";

const VERSION = "pg-mem 3.0.14";

/** The place of a server, without one. Its databases are what it is asked for; a connection there is none to. */
export async function openMemory(): Promise<Server & { readonly databases: DatabaseProvider }> {
  const [library, parser] = await Promise.all([import("pg-mem"), loadParser()]);

  return {
    kind: "memory",
    version: VERSION,
    databases: new MemoryDatabases(new Shapes(library), new MemoryReader(parser)),
    connection: () => {
      throw new Error("Nothing can connect to memory: ask for its databases");
    },
    // Nothing is running, and nothing is left.
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** A database that nobody uses, and the way back to what its recipe made. */
interface Made {
  readonly engine: MemoryEngine;
  readonly fresh: ReturnType<MemoryEngine["save"]>;
}

export class MemoryDatabases implements DatabaseProvider {
  readonly #shapes: Shapes;
  readonly #reader: MemoryReader;
  readonly #idle = new Map<string, Made[]>();
  readonly #undecided = new Map<string, Inconclusive>();
  #count = 0;

  constructor(shapes: Shapes, reader: MemoryReader) {
    this.#shapes = shapes;
    this.#reader = reader;
  }

  /** @throws Inconclusive where pg-mem cannot make what the recipe makes */
  async clone(recipe: Recipe): Promise<Database> {
    const hash = hashOf(recipe);
    const made = this.#idle.get(hash)?.pop() ?? (await this.#make(recipe, hash));
    this.#count += 1;
    let session: Session | undefined;
    const connect = async (): Promise<Session> => {
      if (session !== undefined)
        throw new Inconclusive("memory cannot tell: pg-mem has one session at a time");
      const ended = () => {
        session = undefined;
        made.engine.end();
      };
      session = Session.over(clientOf(made.engine, ended));

      return session;
    };
    let isDisposed = false;

    return {
      name: `memory ${this.#count}`,
      connect,
      observer: connect,
      [Symbol.asyncDispose]: async () => {
        if (isDisposed) return;
        isDisposed = true;
        await session?.[Symbol.asyncDispose]();
        made.engine.restore(made.fresh);
        this.#idle.set(hash, [...(this.#idle.get(hash) ?? []), made]);
      },
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#idle.clear();

    return Promise.resolve();
  }

  async #make(recipe: Recipe, hash: string): Promise<Made> {
    const known = this.#undecided.get(hash);
    if (known !== undefined) throw known;

    try {
      const engine = new MemoryEngine(this.#shapes, this.#reader);
      await this.#build(recipe, engine);

      return { engine, fresh: engine.save() };
    } catch (error) {
      if (error instanceof Inconclusive) this.#undecided.set(hash, error);
      throw error;
    }
  }

  /** There are no copies in memory: every statement is run again. */
  async #build(recipe: Recipe, engine: MemoryEngine): Promise<void> {
    if (recipe.from !== undefined) await this.#build(recipe.from, engine);
    await using session = Session.over(clientOf(engine, () => engine.end()));
    await recipe.build(session);
  }
}

/** As much of a client of PostgreSQL as a session asks for. */
function clientOf(engine: MemoryEngine, ended: () => void): Client {
  let isOver = false;
  const query = async (
    asked:
      | string
      | { readonly text: string; readonly rowMode?: string; readonly values?: readonly unknown[] },
  ): Promise<unknown> => {
    const { text, rowMode, values }: Exclude<typeof asked, string> =
      typeof asked === "string" ? { text: asked } : asked;
    if (isOver) throw new Error("The session has ended");
    if (values !== undefined) throw new Inconclusive("memory cannot tell: a query with parameters");
    const answers = engine
      .run(text)
      .map((answer) => (rowMode === "array" ? answer : { ...answer, rows: answer.rows.map(named(answer)) }));

    return answers.length > 1 ? answers : (answers[0] ?? { fields: [], rows: [] });
  };
  const end = async (): Promise<void> => {
    isOver = true;
    ended();
  };

  // No notice and no lost connection ever comes.
  return { query, end, on: () => undefined } as unknown as Client;
}

function named({ fields }: Answer): (row: readonly (string | null)[]) => Record<string, string | null> {
  return (row) => Object.fromEntries(fields.map(({ name }, at) => [name, row[at] ?? null]));
}
