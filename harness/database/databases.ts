/**
 * A database for whoever asks. What takes time to make is made once, as a template named by the hash of what made it
 * and marked complete in the catalog; who needs a database of his own gets a clone.
 */
import { createHash, randomBytes } from "node:crypto";
import { cloneName, templateName } from "./names.ts";
import { pins } from "./pinned-settings.ts";
import type { Server } from "./server.ts";
import { type Row, Session } from "./session.ts";

/** How to make a template: the parts decide its name, so they must hold all that `build` depends on. */
export interface Recipe {
  readonly parts: readonly string[];
  /** Makes the contents, on a clone of `from` or an empty database. */
  readonly build: (session: Session) => Promise<void>;
  readonly from?: Recipe;
}

/** A database of one's own, gone with all its sessions when it is disposed of. */
export interface Database extends AsyncDisposable {
  readonly name: string;
  connect(): Promise<Session>;
  /** The session that looks on, always the same one: outside of any transaction, its settings pinned. */
  observer(): Promise<Session>;
}

/** Where databases come from. */
export interface DatabaseProvider extends AsyncDisposable {
  /** A database of what the recipe makes. */
  clone(recipe: Recipe): Promise<Database>;
}

const COMPLETE = "plumbline: complete";

/** Templates that are kept. Who asks for one that is gone gets it made anew; those at work are among the latest. */
const TEMPLATES_MAX = 40;

export class Databases implements DatabaseProvider {
  readonly #server: Server;
  readonly #strategy: string;
  readonly #templates = new Map<string, Promise<string>>();
  readonly #leaving = new Set<Promise<unknown>>();
  /** The clones that are not dropped yet, and the sessions on them. */
  readonly #clones = new Map<string, Session[]>();
  readonly #run = randomBytes(4).toString("hex");
  #maintenance: Promise<Session> | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #count = 0;

  constructor(server: Server) {
    this.#server = server;
    // Copying files is faster than writing every page to the log; before 15 there was no choice. It takes a checkpoint
    // each time, which is nothing to do to others.
    const copies = server.tenancy === undefined && Number.parseInt(server.version, 10) >= 15;
    this.#strategy = copies ? "STRATEGY FILE_COPY" : "";
  }

  /** A clone of the template that the recipe makes. */
  async clone(recipe: Recipe): Promise<Database> {
    return this.#open(await this.#create(await this.#template(recipe)));
  }

  /** Makes the template of the recipe, so that the first clone need not wait for it. */
  async prepare(recipe: Recipe): Promise<void> {
    await this.#template(recipe);
  }

  /**
   * Ends the sessions on the clones that are left, those of whoever did not dispose of his included. Where the server is
   * for others too, drops them and the templates; a server of our own is gone with all of them, and sooner than they are.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#leaving);
    if (this.#server.tenancy === undefined) {
      const sessions = [...this.#clones.values()].flat();
      await Promise.all(sessions.map((session) => session[Symbol.asyncDispose]()));
    } else {
      const left = [...this.#clones.keys(), ...this.#templates.keys()];
      await Promise.allSettled(left.map((name) => this.#drop(name)));
    }
    await (await this.#maintenance)?.[Symbol.asyncDispose]();
    this.#maintenance = undefined;
  }

  /**
   * Waits for what is under way in the background and closes the connection of its own: the server may then go down.
   * Clones stay; whoever asks for the next one finds the server up again.
   */
  async pause(): Promise<void> {
    await Promise.allSettled(this.#leaving);
    const maintenance = this.#maintenance;
    this.#maintenance = undefined;
    await (await maintenance)?.[Symbol.asyncDispose]();
  }

  /** @throws the trouble that made one ask, where the server does not answer any more */
  async demandServer(trouble: Error): Promise<void> {
    try {
      await this.#ask("SELECT 1");
    } catch (error) {
      trouble.cause ??= error;
      throw trouble;
    }
  }

  /** One after the other: a connection takes one statement at a time. */
  #ask(sql: string, values?: readonly unknown[]): Promise<readonly Row[]> {
    this.#maintenance ??= Session.open(
      this.#server.connection(this.#server.tenancy?.maintenance ?? "postgres"),
    );
    const maintenance = this.#maintenance;
    const answer = this.#turn.then(async () => await (await maintenance).query(sql, values));
    this.#turn = answer.catch((error: unknown) => error);

    return answer;
  }

  #template(recipe: Recipe): Promise<string> {
    const name = templateName(this.#server.tenancy, this.#run, hashOf(recipe));
    const known = this.#templates.get(name) ?? this.#make(name, recipe);
    // The one that was asked for last is the last of all.
    this.#templates.delete(name);
    this.#templates.set(name, known);
    this.#forgetOldest();

    return known;
  }

  #forgetOldest(): void {
    const [oldest] = this.#templates.keys();
    if (oldest === undefined || this.#templates.size <= TEMPLATES_MAX) {
      return;
    }
    this.#templates.delete(oldest);
    this.#leave(this.#drop(oldest));
  }

  async #make(name: string, recipe: Recipe): Promise<string> {
    const [found] = await this.#ask(
      "SELECT shobj_description(oid, 'pg_database') = $2 AS complete FROM pg_database WHERE datname = $1",
      [name, COMPLETE],
    );
    if (found?.["complete"] === "t") {
      return name;
    }

    const source = recipe.from === undefined ? await this.#empty() : await this.#template(recipe.from);
    await this.#ask(`DROP DATABASE IF EXISTS ${name}`);
    await this.#ask(`CREATE DATABASE ${name} TEMPLATE ${source} ${this.#strategy}`);
    await using session = await Session.open(this.#server.connection(name));
    await recipe.build(session);
    await session[Symbol.asyncDispose]();
    await this.#ask(`COMMENT ON DATABASE ${name} IS '${COMPLETE}'`);

    return name;
  }

  /** Texts are Unicode: where the server's are not, its order and classes are left too, for they would not fit. */
  async #empty(): Promise<string> {
    const [row] = await this.#ask(
      "SELECT pg_encoding_to_char(encoding) AS encoding FROM pg_database WHERE datname = 'template0'",
    );

    return row?.["encoding"] === "UTF8"
      ? "template0"
      : "template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'";
  }

  async #create(template: string): Promise<string> {
    this.#count += 1;
    const name = cloneName(this.#server.tenancy, this.#run, this.#count);
    this.#clones.set(name, []);
    await this.#ask(`CREATE DATABASE ${name} TEMPLATE ${template} ${this.#strategy}`);

    return name;
  }

  async #drop(name: string): Promise<void> {
    await this.#ask(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    this.#clones.delete(name);
  }

  #open(name: string): Database {
    const sessions = this.#clones.get(name) ?? [];
    const connect = async (): Promise<Session> => {
      const session = await Session.open(this.#server.connection(name));
      sessions.push(session);

      return session;
    };
    let observer: Promise<Session> | undefined;

    return {
      name,
      connect,
      // A server that crashed has ended it.
      observer: async () => {
        if ((await observer)?.isOpen !== true) observer = connect().then(pinnedForGood);

        return (await observer) as Session;
      },
      // Nobody has to wait until the files are gone.
      [Symbol.asyncDispose]: async () => {
        await Promise.all(sessions.map((session) => session[Symbol.asyncDispose]()));
        this.#leave(this.#drop(name));
      },
    };
  }

  #leave(work: Promise<unknown>): void {
    this.#leaving.add(work);
    work.then(
      () => this.#leaving.delete(work),
      // Kept: the end of the run waits for it, and the server's own end removes what could not be dropped.
      (error: unknown) => error,
    );
  }
}

async function pinnedForGood(session: Session): Promise<Session> {
  await session.query(
    "SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS pin (name, value)",
    [Object.keys(pins), Object.values(pins)],
  );

  return session;
}

/** The same for recipes whose parts are the same. */
export function hashOf(recipe: Recipe): string {
  const hash = createHash("sha256");
  for (const part of [recipe.from === undefined ? "" : hashOf(recipe.from), ...recipe.parts]) {
    hash.update(`${part.length}:${part}`);
  }

  return hash.digest("hex").slice(0, 16);
}
