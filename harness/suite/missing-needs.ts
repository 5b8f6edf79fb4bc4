/** Says all that a history needs and the server lacks, so that its user learns of it once. */
import type { DatabaseProvider } from "../database/database-provider.ts";
import { UnmetNeedError } from "../errors.ts";
import { listNeeds } from "../release/needs.ts";
import { loadParser } from "../release/parser.ts";
import type { Step } from "../release/release.ts";

const EMPTY = { parts: ["what the server has"], build: () => Promise.resolve() };

const known = new WeakMap<readonly Step[], Promise<readonly string[]>>();

/** The error, with all else that the history needs and the server lacks in its remedy. */
export async function addMissing(
  databases: DatabaseProvider,
  history: readonly Step[] | undefined,
  error: UnmetNeedError,
): Promise<UnmetNeedError> {
  const missing = history === undefined ? [] : await findMissing(databases, history);
  const others = missing.filter((one) => !error.message.includes(one.replace(/^the \w+ /, "")));
  if (others.length === 0) return error;
  const also = `The history also needs what is not there: ${others.join(", ")}`;

  return new UnmetNeedError(error.message, `${error.remedy}. ${also}`, error);
}

/** Such as `the extension vector`, `the role app`; once for a history. */
function findMissing(databases: DatabaseProvider, history: readonly Step[]): Promise<readonly string[]> {
  const found = known.get(history) ?? find(databases, history);
  known.set(history, found);

  return found;
}

async function find(databases: DatabaseProvider, history: readonly Step[]): Promise<readonly string[]> {
  const { extensions, roles } = listNeeds(await loadParser(), history);
  await using database = await databases.clone(EMPTY);
  const observer = await database.observer();
  const listNames = async (sql: string) => (await observer.query(sql)).map(({ name }) => name);
  const there = await listNames("SELECT name::text FROM pg_available_extensions");
  const defined = await listNames("SELECT rolname::text AS name FROM pg_roles");

  return [
    ...extensions.filter((name) => !there.includes(name)).map((name) => `the extension ${name}`),
    ...roles.filter((name) => !defined.includes(name)).map((name) => `the role ${name}`),
  ];
}
