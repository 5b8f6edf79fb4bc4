/**
 * Opens databases in this process, without a server: what the columns and checks of a table accept is decided by pg-mem,
 * and everything else is unknown. A recipe is read for what it makes of empty tables; on its databases only texts that
 * insert or update rows and roll back are run, so that all clones of a recipe are one database.
 */
import assert from "node:assert";
import { type Client, DatabaseError } from "pg";
import { type IMemoryDb, newDb } from "pg-mem";
import { type Database, type DatabaseProvider, hashRecipe, type Recipe } from "../../database/database-provider.ts";
import type { Server } from "../../database/server.ts";
import { abbreviateStatement, Session } from "../../database/session.ts";
import { Inconclusive } from "../../errors.ts";
import { loadParser, type ParsedStatement, type Parser } from "../../release/parser.ts";
import { createTables, writeRow } from "./rows.ts";
import { definitionForm, readForm, readTransactionKind, writeForm } from "./statement-forms.ts";
import { define, demand, type MemorySchema } from "./tables.ts";
import { findUndecided } from "./unread-statements.ts";

/** Opens what stands in for a server: it has databases, and takes no connections. */
export async function openMemory(): Promise<Server & { readonly databases: DatabaseProvider }> {
  const parser = await loadParser();
  const opened = new Map<string, Promise<Database>>();
  const open = async (recipe: Recipe): Promise<Database> => {
    const schema = await readRecipe(recipe, parser);
    const db = newDb({ noErrorDiagnostic: true });
    createTables(schema, db);
    const connect = async () => openSession(parser, createWriter(schema, db));
    return { name: "memory", connect, observer: connect, [Symbol.asyncDispose]: () => Promise.resolve() };
  };
  const clone = async (recipe: Recipe): Promise<Database> => {
    const hash = hashRecipe(recipe);
    const database = opened.get(hash) ?? open(recipe);
    opened.set(hash, database);
    return await database;
  };
  return {
    kind: "memory",
    version: "pg-mem 3.0.14",
    databases: { clone, [Symbol.asyncDispose]: async () => opened.clear() },
    connection: () => assert.fail("Memory takes no connections: use its databases"),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** @throws Inconclusive for a recipe with a statement that memory does not decide */
async function readRecipe({ from, build }: Recipe, parser: Parser): Promise<MemorySchema> {
  let schema: MemorySchema = from === undefined ? new Map() : await readRecipe(from, parser);
  /** The schema at the BEGIN of the open transaction. */
  let begun: MemorySchema | undefined;
  await build(
    openSession(parser, (statements) => {
      demand(statements.length < 2, "several statements in one text");
      for (const statement of statements) {
        const kind = readTransactionKind(statement);
        if (kind === undefined) {
          schema = readDefinition(schema, statement, parser);
        } else if (kind === "TRANS_STMT_BEGIN") {
          begun ??= schema;
        } else {
          if (kind === "TRANS_STMT_ROLLBACK") schema = begun ?? schema;
          begun = undefined;
        }
      }
    }),
  );
  return schema;
}

function readDefinition(schema: MemorySchema, statement: ParsedStatement, parser: Parser): MemorySchema {
  const undecided = findUndecided(statement, schema, parser)?.map((name) => [name, undefined] as const);
  if (undecided !== undefined) return new Map([...schema, ...undecided]);
  const definition = readForm(definitionForm, statement);
  demand(definition !== undefined, `this form of ${statement.node}`);
  return define(schema, definition);
}

/** Runs the statements of one text, none of which returns rows. @throws DatabaseError, Inconclusive */
type Runner = (statements: readonly ParsedStatement[]) => void;

/** Runs `BEGIN`, writes and `ROLLBACK` in one text; after one that failed, the `ROLLBACK` that it did not reach. */
function createWriter(schema: MemorySchema, db: IMemoryDb): Runner {
  let isAborted = false;
  return (statements) => {
    const texts = statements.map(({ tree }) => JSON.stringify({ ...tree, location: undefined }));
    const isEnd = texts.at(-1) === '{"kind":"TRANS_STMT_ROLLBACK"}';
    const isWhole = isEnd && !isAborted && texts[0] === '{"kind":"TRANS_STMT_BEGIN"}';
    demand(isWhole || (isEnd && texts.length === 1), "a text that is not a transaction that is rolled back");
    const writes = statements.slice(1, -1).map((statement) => readForm(writeForm, statement));
    const backup = db.backup();
    isAborted = false;
    try {
      for (const write of writes) {
        demand(write !== undefined, "a write of this form");
        writeRow(schema, db, write);
      }
    } catch (error) {
      isAborted = error instanceof DatabaseError;
      throw error;
    } finally {
      backup.restore();
    }
  };
}

/** A session on as much of a client as sessions use. */
function openSession(parser: Parser, run: Runner): Session {
  const query = async (config: { readonly text: string; readonly values?: readonly unknown[] } | string) => {
    const { text, values = undefined } = typeof config === "string" ? { text: config } : config;
    try {
      const parsed = parser.parse(text);
      demand(values === undefined && "statements" in parsed, "a text with parameters or a syntax error");
      run(parsed.statements);
      const results = parsed.statements.map(() => ({ fields: [], rows: [] }));
      return results.length > 1 ? results : { fields: [], rows: [] };
    } catch (error) {
      // A RangeError: the tree is too deep for the stack.
      if (!(error instanceof Inconclusive || error instanceof RangeError)) throw error;
      throw new Inconclusive(`memory cannot decide: ${error.message} (in: ${abbreviateStatement(text)})`);
    }
  };
  const client = { query, end: () => Promise.resolve(), on: () => undefined };
  return Session.fromClient(client as unknown as Client);
}
