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

/** Hashes the parts of a recipe and of those it starts from: 16 hexadecimal digits. */
export function hashRecipe(recipe: Recipe): string {
  const hash = createHash("sha256");
  for (const part of [recipe.from === undefined ? "" : hashRecipe(recipe.from), ...recipe.parts]) {
    hash.update(`${part.length}:${part}`);
  }

  return hash.digest("hex").slice(0, 16);
}
