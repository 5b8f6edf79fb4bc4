/**
 * Provides two small tables on a server, for tests of locks.
 */
import { afterAll, beforeAll, onTestFinished } from "vitest";
import type { Database } from "../database/database-provider.ts";
import { Databases } from "../database/databases.ts";
import type { Step } from "../release/release.ts";
import { splitStatements } from "../release/split-statements.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";

const SCHEMA = `CREATE TABLE account (id int PRIMARY KEY, plan text, used int NOT NULL DEFAULT 0);
CREATE TABLE log (id serial PRIMARY KEY, account int REFERENCES account, said text);`;

/** Starts a server for the tests of a file; the result creates a database with this many accounts for one test. */
export function useAccountDatabases(): (accounts: number) => Promise<Database> {
  const server = startEmbedded();
  const databases = server.then((started) => new Databases(started));
  beforeAll(async () => {
    await databases;
  });
  afterAll(async () => {
    await (await databases)[Symbol.asyncDispose]();
    await (await server)[Symbol.asyncDispose]();
  });

  return async (accounts) => {
    const database = await (await databases).clone({
      parts: [SCHEMA, String(accounts)],
      build: async (session) => {
        await session.query(SCHEMA);
        await session.query(`INSERT INTO account SELECT n, 'free' FROM generate_series(1, ${accounts}) AS n`);
      },
    });
    onTestFinished(() => database[Symbol.asyncDispose]());

    return database;
  };
}

/** A step of these statements. */
export async function parseStep(source: string, path = "step.sql"): Promise<Step> {
  return { path, file: `/release/${path}`, source, statements: await splitStatements(source) };
}
