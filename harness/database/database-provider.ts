/** Defines what supplies databases to tests, and how a database is described (pure). */
import { createHash } from "node:crypto";
import type { Session } from "./session.ts";

/** Describes the contents of a database. Recipes with equal parts are taken to have equal contents. */
export interface Recipe {
  /** All that `build` depends on: they name the template. */
  readonly parts: readonly string[];
  /** Creates the contents, in a clone of `from` or in an empty database. */
  readonly build: (session: Session) => Promise<void>;
  readonly from?: Recipe;
  /**
   * True for one of many links of a long state, such as a migration of a history: it is built in one database with those
   * before it that no template has yet, and only the last one becomes a template.
   */
  readonly isLink?: true;
}

/** A database for one user. Disposing of it closes its sessions and gives it back. */
export interface Database extends AsyncDisposable {
  readonly name: string;
  /** @throws HarnessError if the server accepts no more connections */
  connect(): Promise<Session>;
  /** The session for queries of the harness: one per database, never in a transaction, its settings pinned. */
  observer(): Promise<Session>;
}

/** Supplies databases. Disposing of it ends all of them. */
export interface DatabaseProvider extends AsyncDisposable {
  /** Returns a database with the contents of the recipe, shared with no other caller. */
  clone(recipe: Recipe): Promise<Database>;
}

const hashes = new WeakMap<Recipe, string>();

/** Hashes the parts of a recipe and of those it starts from: 16 hexadecimal digits. */
export function hashRecipe(recipe: Recipe): string {
  const unhashed: Recipe[] = [];
  let one: Recipe | undefined = recipe;
  // Not by recursion: a history may have thousands of links.
  for (; one !== undefined && !hashes.has(one); one = one.from) unhashed.push(one);
  let hash = one === undefined ? "" : (hashes.get(one) ?? "");
  for (const each of unhashed.reverse()) {
    hash = hashParts([hash, ...each.parts]);
    hashes.set(each, hash);
  }

  return hash;
}

function hashParts(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:${part}`);

  return hash.digest("hex").slice(0, 16);
}
