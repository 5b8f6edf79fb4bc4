import { describe, expect, test } from "vitest";
import { type Files, readFiles, summarize } from "./testing/read-folder.ts";

describe("files are read in the order and the transactions of the tool", () => {
  test.each<[title: string, files: Files, expected: readonly string[], inside?: string]>([
    [
      "up and down files as of golang-migrate",
      {
        "10_b.up.sql": "SELECT 10;\r\nSELECT 11;\r\n",
        "10_b.down.sql": "-- nothing\n",
        "9_a.up.sql": "\uFEFFSELECT 9",
        "11_c.up.sql": "SELECT 12",
        "11_c.down.sql": "SELECT -12",
        "README.md": "",
      },
      [
        "9_a query: 1 SELECT 9 | -",
        "10_b query: 1 SELECT 10; 2 SELECT 11 | ",
        "11_c query: 1 SELECT 12 | 1 SELECT -12",
      ],
    ],
    [
      "up and down files as of golang-migrate",
      {
        "V0001.First.up.sql": "SELECT 1",
        "V0002.Second.mysql.up.sql": "SHOW TABLES",
        "V0002.Second.postgres.up.sql": "SELECT 2",
        "V0002.Second.up.sql": "no SQL",
        "V0002.Second.down.sql": "SELECT -2",
      },
      ["V0001.First query: 1 SELECT 1 | -", "V0002.Second query: 1 SELECT 2 | 1 SELECT -2"],
    ],
    [
      "sqlx",
      {
        "Cargo.toml": "",
        "migrations/20240101000000_a.up.sql": "SELECT 1",
        "migrations/20240101000000_a.down.sql": "SELECT -1",
        "migrations/20240102000000_b.up.sql": "-- no-transaction\nVACUUM",
      },
      ["20240101000000_a file: 1 SELECT 1 | 1 SELECT -1", "20240102000000_b query: 2 VACUUM | -"],
      "migrations",
    ],
    ["sqlx", { "Cargo.toml": "", "m/1_a.sql": "SELECT 1" }, ["1_a file: 1 SELECT 1 | -"], "m"],
    [
      "diesel",
      {
        "2024-01-02-000000_b/up.sql": "SELECT 2",
        "2024-01-02-000000_b/metadata.toml": "run_in_transaction = false",
        "20240101000000_a/up.sql": "SELECT 1",
        "20240101000000_a/down.sql": "SELECT -1",
      },
      ["20240101000000_a file: 1 SELECT 1 | 1 SELECT -1", "2024-01-02-000000_b query: 1 SELECT 2 | -"],
    ],
    [
      "Hasura",
      {
        "1612345678901_b/up.sql": "SELECT 2",
        "1612345678900_a/up.sql": "SELECT 1",
        "1612345678900_a/down.sql": "SELECT 3",
      },
      ["1612345678900_a file: 1 SELECT 1 | 1 SELECT 3", "1612345678901_b file: 1 SELECT 2 | -"],
    ],
    [
      "goose",
      {
        "001_a.sql": "-- +goose Up\nSELECT 1;\n\n-- +goose Down\nSELECT -1;",
        "002_b.sql": "-- +goose NO TRANSACTION\n-- +goose Up\nVACUUM;",
      },
      ["001_a file: 2 SELECT 1 | 5 SELECT -1", "002_b statement: 3 VACUUM | -"],
    ],
    [
      "sql-migrate",
      {
        "2.sql": "-- +migrate Up notransaction\nVACUUM;\n-- +migrate Down\n",
        "10.sql": "-- +migrate Down\nSELECT -1;\n-- +migrate Up\nSELECT 1;",
      },
      ["2 statement: 2 VACUUM | ", "10 file: 4 SELECT 1 | 2 SELECT -1"],
    ],
    [
      "dbmate",
      {
        "20240101_a.sql": "-- migrate:up\nSELECT 1;\n-- migrate:down\n",
        "20240102-b.sql": "-- migrate:up transaction:false\nVACUUM;\n-- migrate:down\nSELECT -1;",
      },
      ["20240101_a file: 2 SELECT 1 | ", "20240102-b query: 2 VACUUM | 4 SELECT -1"],
    ],
    [
      "postgrator",
      { "1.do.a.sql": "SELECT 1", "2.do.b.sql": "SELECT 2", "2.undo.b.sql": "SELECT -2" },
      ["1.do.a query: 1 SELECT 1 | -", "2.do.b query: 1 SELECT 2 | 1 SELECT -2"],
    ],
    [
      "Prisma",
      {
        "migration_lock.toml": 'provider = "postgresql"',
        "20240102_b/migration.sql": "SELECT 2",
        "01_init/migration.sql": "SELECT 1",
        "01_init/notes.sql": "no SQL",
      },
      ["01_init query: 1 SELECT 1 | -", "20240102_b query: 1 SELECT 2 | -"],
    ],
    [
      "Drizzle",
      {
        "meta/_journal.json": JSON.stringify({
          dialect: "postgresql",
          entries: [
            { idx: 0, when: 1, tag: "0001_b" },
            { idx: 3, when: 2, tag: "0000_a" },
          ],
        }),
        "0000_a.sql": "SELECT 1;--> statement-breakpoint\nSELECT 2;",
        "0001_b.sql": "--> statement-breakpoint\n",
        "0002_abandoned.sql": "no SQL",
      },
      ["0001_b run:  | -", "0000_a run: 1 SELECT 1; 2 SELECT 2 | -"],
    ],
    [
      "Drizzle",
      {
        "20260102000000_b/migration.sql": "SELECT 2;\n--> statement-breakpoint\nSELECT 3;",
        "20260102000000_b/snapshot.json": '{"version": "8", "dialect": "postgres", "ddl": []}',
        "20260101000000_a/migration.sql": "SELECT 1",
        "20260101000000_a/snapshot.json": '{"version": "8", "dialect": "postgres", "ddl": []}',
      },
      ["20260101000000_a run: 1 SELECT 1 | -", "20260102000000_b run: 1 SELECT 2; 3 SELECT 3 | -"],
    ],
    [
      "Supabase",
      {
        "supabase/config.toml": "",
        "supabase/migrations/2_b.sql": "SELECT 2",
        "supabase/migrations/10_a.sql": "SELECT 1",
      },
      ["10_a file: 1 SELECT 1 | -", "2_b file: 1 SELECT 2 | -"],
      "supabase/migrations",
    ],
    [
      "node-pg-migrate",
      {
        "1700000000000_b.sql": "-- Down Migration\nSELECT -2;\n-- Up Migration\nSELECT 2;",
        "20200101000000000_a.sql": "-- Up Migration\nSELECT 1;\n-- Down Migration",
        "1800000000000_c.js": "",
      },
      ["20200101000000000_a run: 2 SELECT 1 | ", "1700000000000_b run: 4 SELECT 2 | 2 SELECT -2"],
    ],
    [
      "Flyway",
      {
        "V2__b.sql": "SELECT '\u0024{name}'",
        "V1.10__d.sql": "SELECT 3",
        "sub/V1_2__c.sql": "CREATE INDEX CONCURRENTLY i ON t (a)",
        "V1__a.sql": "SELECT 1",
        "U1__a.sql": "SELECT -1",
        "R__z.sql": "SELECT 4",
        "V1__a.sql.conf": "executeInTransaction=false",
        "flyway.conf": "flyway.placeholders.name=me",
      },
      [
        "V1__a statement: 1 SELECT 1 | 1 SELECT -1",
        "V1_2__c statement: 1 CREATE INDEX CONCURRENTLY i ON t (a) | -",
        "V1.10__d file: 1 SELECT 3 | -",
        "V2__b file: 1 SELECT 'me' | -",
        "R__z file repeatable: 1 SELECT 4 | -",
      ],
    ],
    [
      "Liquibase",
      {
        "src/db/master.yaml":
          "databaseChangeLog:\n  - include:\n      file: db/b.sql\n  - includeAll:\n      path: db/more\n",
        "src/db/b.sql": [
          "\uFEFF--liquibase formatted sql",
          "--changeset me:1 runInTransaction:false",
          "SELECT 1;",
          "--rollback SELECT",
          "--rollback -1;",
          "-- changeset you:2 endDelimiter:/",
          "SELECT 2",
          "/",
          "SELECT 3",
          "/",
          "--rollback empty",
          "--changeset me:3 dbms:mysql",
          "SHOW TABLES",
        ].join("\r\n"),
        "src/db/more/raw.sql": "SELECT 4",
        "src/db/unused.sql": "--liquibase formatted sql\nno SQL",
      },
      [
        "b::me:1 statement: 3 SELECT 1 | 4 SELECT\n-1",
        "b::you:2 file: 7 SELECT 2; 9 SELECT 3 | ",
        "raw::raw:includeAll file: 1 SELECT 4 | -",
      ],
      "src/db",
    ],
    [
      "Liquibase",
      {
        "changelog.xml":
          '<databaseChangeLog><!-- <include file="lost.sql"/> --><include file="a.sql" relativeToChangelogFile="true"/></databaseChangeLog>',
        "a.sql": "--liquibase formatted sql\n--changeset a b:1\nSELECT 1;\n/* liquibase rollback\nSELECT 2;\n*/",
      },
      ["a::a b:1 file: 3 SELECT 1 | 5 SELECT 2"],
    ],
    [
      "sqitch",
      {
        "sqitch.plan": "%project=x\n\nb 2024-01-01T00:00:00Z me <m@x> # first\n@v1 2024\na [b] 2024\nb [b@v1] 2024\n",
        "deploy/b@v1.sql": "BEGIN; SELECT 1; COMMIT;",
        "deploy/a.sql": "SELECT 2",
        "deploy/b.sql": "SELECT 3",
        "revert/b@v1.sql": "SELECT -1",
      },
      [
        "b statement: 1 BEGIN; 1 SELECT 1; 1 COMMIT | 1 SELECT -1",
        "a statement: 1 SELECT 2 | -",
        "b statement: 1 SELECT 3 | -",
      ],
    ],
    [
      "graphile-migrate",
      {
        ".gmrc": '{ "placeholders": { ":ME": "you", }, "afterReset": ["!base.sql"] } // comment',
        "migrations/base.sql": "SELECT 0",
        "migrations/current.sql": "-- Enter migration here\n",
        "migrations/committed/000001.sql": "--! Previous: -\n--! Hash: sha1:1\n\nSELECT ':ME';",
        "migrations/committed/000002-b.sql": "--! Previous: sha1:1\n--! Hash: sha1:2\n\n--! no-transaction\nSELECT 2",
      },
      ["000001 file: 4 SELECT 'you' | -", "000002-b query: 5 SELECT 2 | -"],
    ],
    [
      "Atlas",
      {
        "atlas.sum": "h1:x\n20240102_b.sql h1:y\n20240101.sql h1:z\n",
        "20240101.sql": "SELECT 1",
        "20240102_b.sql": "-- atlas:txmode none\n\nSELECT 2",
      },
      ["20240102_b statement: 3 SELECT 2 | -", "20240101 file: 1 SELECT 1 | -"],
    ],
    [
      "numbered SQL files",
      { "1-a.sql": "BEGIN; SELECT 1; COMMIT", "2.sql": "SELECT 2" },
      ["1-a statement: 1 BEGIN; 1 SELECT 1; 1 COMMIT | -", "2 file: 1 SELECT 2 | -"],
    ],
    [
      "numbered SQL files",
      { "1.sql": "-- postgres-migrations disable-transaction\nDO 'BEGIN COMMIT; END'", "2.sql": "DO 'BEGIN END'" },
      ["1 query: 2 DO 'BEGIN COMMIT; END' | -", "2 file: 1 DO 'BEGIN END' | -"],
    ],
  ])("%s", async (title, files, expected, inside) => {
    const history = await readFiles(files, inside);

    expect(history.layout.title).toBe(title);
    expect(summarize(history)).toEqual(expected);
  });
});
