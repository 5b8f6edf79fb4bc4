/** What is said of the schema and the rows that a migration leaves, which is compared between major versions. */
import { expect, test } from "vitest";
import { makeStep } from "../../harness/testing/example-release.ts";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import { leavesSame } from "./major-versions.property.ts";
import { openContext } from "./world.ts";

const databases = useDatabases();

async function listLeft(before: string, up: string, down?: string): Promise<readonly string[]> {
  const lists = {
    baseline: [await makeStep("before.sql", before)],
    migrate: [await makeStep("up.sql", up)],
    ...(down !== undefined && { "rollback.down": [await makeStep("down.sql", down)] }),
  };
  const endings: (() => Promise<void>)[] = [];
  const world = openContext({
    release: { name: "example", folder: "/", knownFailures: [], lists },
    databases,
    atEnd: (work) => void endings.push(work),
  });
  try {
    return (await leavesSame.measure(world)).lines ?? [];
  } finally {
    await world.close();
    for (const end of endings) await end();
  }
}

const TABLE = "CREATE TABLE t (id int PRIMARY KEY, label text);";

test("objects, types and rows are described", async () => {
  const lines = await listLeft("", "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (7), (8);");

  expect(lines).toContain("table public.t: added");
  expect(lines).toContain("column public.t.id: added, nullable false, type integer");
  expect(lines.slice(-3)).toEqual(["rows of public.t: 2", "row public.t (id = 7): 1", "row public.t (id = 8): 1"]);
  expect(lines.filter((line) => line.includes("not_null"))).toEqual([]);
});

test("a retyped column, and one that may not be NULL", async () => {
  const lines = await listLeft(TABLE, "ALTER TABLE t ALTER id TYPE bigint; DELETE FROM t;");

  expect(lines).toEqual(["column public.t.id type: bigint", "rows of public.t: 0"]);
});

test("what a rollback leaves", async () => {
  const lines = await listLeft(TABLE, "DELETE FROM t;", "INSERT INTO t VALUES (1, 'x');");

  expect(lines.slice(-2)).toEqual([
    "after down, rows of public.t: 1",
    "after down, row public.t (id = 1, label = x): 1",
  ]);
});

test("nothing is said of a table that is left alone, nor of values that differ each time", async () => {
  expect(await listLeft(TABLE, "CREATE INDEX ON t (label); DROP INDEX t_label_idx;")).toEqual([]);
  const lines = await listLeft(TABLE, "DELETE FROM t; INSERT INTO t VALUES (1, random()::text);");
  expect(lines).toEqual(["rows of public.t: 1", "row public.t (id = 1, label = '(some value)'): 1"]);
});
