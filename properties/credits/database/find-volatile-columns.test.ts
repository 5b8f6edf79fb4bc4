import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { useDatabases } from "../../../harness/testing/use-databases.ts";
import { findRefusedWrites } from "./application-writes.ts";
import { findCountedColumns, findVolatileColumns, findVolatileLogColumns } from "./find-volatile-columns.ts";
import { readCreditSchema } from "./read-credit-schema.ts";

const PLAIN = await readFile(join(import.meta.dirname, "../../../sql/baseline/schema.sql"), "utf8");

const databases = useDatabases();

const clone = async (sql: string) =>
  await databases.clone({ parts: [sql], build: async (session) => void (await session.query(sql)) });

test("looking for volatile columns leaves organizations that can be deleted", async () => {
  await using database = await clone(PLAIN);
  const schema = await readCreditSchema(database);
  const session = await database.connect();
  await findVolatileColumns(session, schema);

  expect(await findRefusedWrites(session, schema)).toEqual([]);
});

test("the columns that the same INSERT fills differently each time are found", async () => {
  await using database = await clone(`${PLAIN} CREATE SEQUENCE codes;
CREATE FUNCTION next_code() RETURNS TEXT LANGUAGE sql AS $$ SELECT 'C' || nextval('codes') $$;
ALTER TABLE organizations ADD code TEXT DEFAULT next_code(), ADD key UUID DEFAULT gen_random_uuid(), ADD kind TEXT DEFAULT 'a';`);
  const schema = await readCreditSchema(database);
  const found = await findCountedColumns([await database.connect(), await database.connect()], schema);

  expect(found.toSorted()).toEqual(["code", "key"]);
});

test("the columns of the log that no two rows share are found", async () => {
  const columns = [
    "ADD source TEXT NOT NULL DEFAULT 'app', ADD serial BIGSERIAL, ADD lot BIGINT DEFAULT txid_current(), ADD pid INTEGER",
    "ADD length INTEGER GENERATED ALWAYS AS (length(description)) STORED",
  ];
  await using database = await clone(`${PLAIN} ALTER TABLE credit_actions ${columns.join(", ")};
CREATE FUNCTION sign() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.pid := pg_backend_pid(); RETURN NEW; END $$;
CREATE TRIGGER sign BEFORE INSERT ON credit_actions FOR EACH ROW EXECUTE FUNCTION sign();`);
  const schema = await readCreditSchema(database);
  const sessions = [await database.connect(), await database.connect()];

  expect((await findVolatileLogColumns(sessions, schema)).toSorted()).toEqual(["lot", "pid", "serial"]);
});
