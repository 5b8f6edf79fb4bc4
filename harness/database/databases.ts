/**
 * Creates databases on a server. What takes long to build is built once, as a template named by the hash of its recipe
 * and marked complete by a comment; every caller gets a clone of it.
 */
import { randomBytes } from "node:crypto";
import { type Database, type DatabaseProvider, hashRecipe, type Recipe } from "./database-provider.ts";
import { applySettingSql, DATABASE_SETTINGS_SQL, setsSessionDefaults } from "./database-settings.ts";
import { pinForSession } from "./pinned-settings.ts";
import type { Server } from "./server.ts";
import { cloneName, templateName } from "./server.ts";
import { Session, type TextRow } from "./session.ts";

/** A complete template, and its settings, which a clone of it lacks. */
interface Template {
  readonly name: string;
  readonly settings: readonly TextRow[];
}

const COMPLETE = "plumbline: complete";

/** Templates to keep. One that was dropped is built again when it is needed; those in use are among the latest. */
const TEMPLATES_MAX = 40;

/**
 * Clones databases from templates. Each template is built at most once at a time; an incomplete one, from an interrupted
 * run, is built again. All methods throw a HarnessError if the server is gone or lacks space or connections.
 */
export class Databases implements DatabaseProvider {
  readonly #server: Server;
  readonly #strategy: string;
  readonly #templates = new Map<string, Promise<Template>>();
  /** Drops in the background. */
  readonly #pending = new Set<Promise<unknown>>();
  /** The clones that are not dropped yet, and their sessions. */
  readonly #clones = new Map<string, Session[]>();
  readonly #id = randomBytes(4).toString("hex");
  #maintenance: Promise<Session> | undefined;
  #lastQuery: Promise<unknown> = Promise.resolve();
  #count = 0;

  constructor(server: Server) {
    this.#server = server;
    // Copying files is faster than logging every page, but takes a checkpoint, which would slow down other users of a
    // shared server (PostgreSQL manual, CREATE DATABASE, STRATEGY; since 15).
    const copies = server.tenancy === undefined && Number.parseInt(server.version, 10) >= 15;
    this.#strategy = copies ? "STRATEGY FILE_COPY" : "";
  }

  async clone(recipe: Recipe): Promise<Database> {
    return this.#open(await this.#create(await this.#template(recipe)));
  }

  /** Builds the template of the recipe ahead of the first clone. */
  async prepare(recipe: Recipe): Promise<void> {
    await this.#template(recipe);
  }

  /**
   * Closes the sessions on all remaining clones. On a shared server it also drops the clones and the templates; a server
   * of our own is removed as a whole, which is faster.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#pending);
    if (this.#server.tenancy === undefined) {
      const sessions = [...this.#clones.values()].flat();
      await Promise.all(sessions.map((session) => session[Symbol.asyncDispose]()));
    } else {
      const remaining = [...this.#clones.keys(), ...this.#templates.keys()];
      await Promise.allSettled(remaining.map((name) => this.#drop(name)));
    }
    await this.#closeMaintenance();
  }

  /** Builds the templates of the recipes, and drops all other databases of ours on a server that is this run's own. */
  async keepOnly(recipes: readonly Recipe[]): Promise<void> {
    const templates = await Promise.all(recipes.map((recipe) => this.#template(recipe)));
    const names = templates.map(({ name }) => name);
    const rows = await this.#query("SELECT datname FROM pg_database WHERE datname LIKE 'plumbline\\_%'");
    const others = rows.flatMap(({ datname }) =>
      typeof datname === "string" && !names.includes(datname) ? [datname] : [],
    );
    for (const name of others) await this.#drop(name);
  }

  /** Waits for drops in the background and closes the maintenance session, so that the server can be crashed. Clones stay. */
  async pause(): Promise<void> {
    await Promise.allSettled(this.#pending);
    await this.#closeMaintenance();
  }

  /** Throws the given error if the server no longer answers. */
  async requireServer(otherwise: Error): Promise<void> {
    try {
      await this.#query("SELECT 1");
    } catch (error) {
      otherwise.cause ??= error;
      throw otherwise;
    }
  }

  async #closeMaintenance(): Promise<void> {
    const maintenance = this.#maintenance;
    this.#maintenance = undefined;
    await (await maintenance)?.[Symbol.asyncDispose]();
  }

  /** Queries run in sequence: a connection takes one statement at a time. */
  #query(sql: string, values?: readonly unknown[]): Promise<readonly TextRow[]> {
    this.#maintenance ??= Session.open(this.#server.connection(this.#server.tenancy?.maintenance ?? "postgres"));
    const maintenance = this.#maintenance;
    const answer = this.#lastQuery.then(async () => await (await maintenance).query(sql, values));
    this.#lastQuery = answer.catch((error: unknown) => error);

    return answer;
  }

  #template(recipe: Recipe): Promise<Template> {
    const name = templateName(this.#server.tenancy, this.#id, hashRecipe(recipe));
    const template = this.#templates.get(name) ?? this.#build(name, recipe);
    // A map keeps the order of insertion: the least recently used template is the first.
    this.#templates.delete(name);
    this.#templates.set(name, template);
    const [oldest] = this.#templates.keys();
    if (oldest !== undefined && this.#templates.size > TEMPLATES_MAX) {
      this.#templates.delete(oldest);
      this.#dropLater(oldest);
    }

    return template;
  }

  async #build(name: string, recipe: Recipe): Promise<Template> {
    const [found] = await this.#query(
      "SELECT shobj_description(oid, 'pg_database') = $2 AS complete FROM pg_database WHERE datname = $1",
      [name, COMPLETE],
    );
    if (found?.["complete"] === "t") return await this.#readTemplate(name);

    await this.#query(`DROP DATABASE IF EXISTS ${name}`);
    const { from, recipes } = await this.#findStart(recipe);
    if (from === undefined) {
      await this.#query(`CREATE DATABASE ${name} TEMPLATE ${await this.#emptySource()} ${this.#strategy}`);
    } else {
      await this.#copy(await this.#template(from), name);
    }
    await this.#apply(recipes, name);
    await this.#query(`COMMENT ON DATABASE ${name} IS '${COMPLETE}'`);

    return await this.#readTemplate(name);
  }

  /** Builds each recipe as in a session of its own, whatever the state is built from. */
  async #apply(recipes: readonly Recipe[], name: string): Promise<void> {
    const connect = (): Promise<Session> => Session.open(this.#server.connection(name));
    let session = await connect();
    try {
      for (const [index, each] of recipes.entries()) {
        if (setsSessionDefaults(recipes[index - 1]?.parts.join("\n") ?? "")) {
          await session[Symbol.asyncDispose]();
          session = await connect();
        } else if (index > 0) await session.query("DISCARD ALL");
        await each.build(session);
      }
    } finally {
      await session[Symbol.asyncDispose]();
    }
  }

  /** What to copy, undefined for an empty database, and what to build in the copy: of links, those without a template. */
  async #findStart(
    recipe: Recipe,
  ): Promise<{ readonly from: Recipe | undefined; readonly recipes: readonly Recipe[] }> {
    const recipes = [recipe];
    if (recipe.isLink !== true) return { from: recipe.from, recipes };
    const rows = await this.#query("SELECT datname FROM pg_database WHERE shobj_description(oid, 'pg_database') = $1", [
      COMPLETE,
    ]);
    const complete = new Set([...rows.map(({ datname }) => datname), ...this.#templates.keys()]);
    let from = recipe.from;
    while (from?.isLink === true && !complete.has(templateName(this.#server.tenancy, this.#id, hashRecipe(from)))) {
      recipes.unshift(from);
      from = from.from;
    }

    return { from, recipes };
  }

  async #readTemplate(name: string): Promise<Template> {
    return { name, settings: await this.#query(DATABASE_SETTINGS_SQL, [name]) };
  }

  async #copy({ name: template, settings }: Template, name: string): Promise<void> {
    await this.#query(`CREATE DATABASE ${name} TEMPLATE ${template} ${this.#strategy}`);
    for (const setting of settings) await this.#query(applySettingSql(name, setting));
  }

  /** Databases are UTF-8. Where template0 is not, its locale may not fit that encoding either. */
  async #emptySource(): Promise<string> {
    const [row] = await this.#query(
      "SELECT pg_encoding_to_char(encoding) AS encoding FROM pg_database WHERE datname = 'template0'",
    );

    return row?.["encoding"] === "UTF8" ? "template0" : "template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'";
  }

  async #create(template: Template): Promise<string> {
    this.#count += 1;
    const name = cloneName(this.#server.tenancy, this.#id, this.#count);
    this.#clones.set(name, []);
    await this.#copy(template, name);

    return name;
  }

  async #drop(name: string): Promise<void> {
    await this.#query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
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
      observer: async () => {
        // A crash of the server closes it.
        if ((await observer)?.isOpen !== true) observer = connect().then(pinForSession);

        return (await observer) as Session;
      },
      [Symbol.asyncDispose]: async () => {
        await Promise.all(sessions.map((session) => session[Symbol.asyncDispose]()));
        this.#dropLater(name);
      },
    };
  }

  #dropLater(name: string): void {
    const drop = this.#drop(name);
    this.#pending.add(drop);
    drop.then(
      () => this.#pending.delete(drop),
      // It stays pending: disposal waits for it, and the end of the server removes the database.
      (error: unknown) => error,
    );
  }
}
