import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Server } from "../database/server.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { createRowsFixture, type RowsFixture } from "../testing/row-schemas.ts";
import { generateRow } from "./generate-row.ts";
import { loadRows } from "./load-rows.ts";
import { Materializer } from "./materialize.ts";
import { randomFrom } from "./random-from.ts";
import type { TablePlan } from "./row-plan.ts";
import type { Level } from "./value-request.ts";

const TYPES = [
  "int2",
  "int4",
  "int8",
  "oid",
  "numeric",
  "numeric(5,2)",
  "numeric(3,0)",
  "numeric(2,-3)",
  "numeric(3,5)",
  "float4",
  "float8",
  "money",
  "bool",
  "text",
  "varchar",
  "varchar(3)",
  "bpchar",
  "char(4)",
  '"char"',
  "name",
  "citext",
  "uuid",
  "date",
  "timestamp",
  "timestamptz",
  "timestamp(0)",
  "time",
  "timetz",
  "interval",
  "json",
  "jsonb",
  "bytea",
  "inet",
  "cidr",
  "macaddr",
  "macaddr8",
  "ltree",
  "lquery",
  "tsvector",
  "tsquery",
  "bit",
  "bit(5)",
  "varbit",
  "varbit(3)",
  "point",
  "line",
  "lseg",
  "box",
  "path",
  "polygon",
  "circle",
  "xml",
  "pg_lsn",
  "hstore",
  "jsonpath",
  "regclass",
  "regtype",
  "int4range",
  "numrange",
  "daterange",
  "tsrange",
  "tstzrange",
  "int8range",
  "int4multirange",
  "datemultirange",
  "int4[]",
  "text[]",
  "timestamptz[]",
  "uuid[]",
  "jsonb[]",
  "mood",
  "mood[]",
  "pair",
  "pair[]",
  "nested",
  "positive",
  "short",
  "floatrange",
];

let server: Server;
let fixture: RowsFixture;

beforeAll(async () => {
  server = await startEmbedded();
  fixture = await createRowsFixture(
    server,
    `CREATE EXTENSION citext; CREATE EXTENSION ltree; CREATE EXTENSION hstore;
     CREATE TYPE mood AS ENUM ('sad', 'so so', 'it''s "fine"'); CREATE TYPE pair AS (n int, "a text" text);
     CREATE TYPE nested AS (p pair, moods mood[], at timestamptz); CREATE DOMAIN positive AS int CHECK (VALUE > 0) CHECK (VALUE < 9);
     CREATE DOMAIN short AS varchar(4) NOT NULL; CREATE TYPE floatrange AS RANGE (subtype = float8);
     ${TYPES.map((type, index) => `CREATE TABLE t${index} (value ${type} NOT NULL);`).join("\n")}`,
  );
});

afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

async function load(of: TablePlan, level: Level, count: number) {
  const random = randomFrom(7);
  const rows = Array.from({ length: count }, () => generateRow({ plan: fixture.plan, of, level, random }));
  const materializer = new Materializer(fixture.plan, {});
  const tables = materializer.next({ [of.key]: rows });
  const [loaded] = await loadRows(fixture.session, fixture.plan, tables, materializer.parents);

  return { rows, loaded };
}

describe("the server accepts every value of", () => {
  test.each(TYPES.map((type, index) => [type, index] as const))("%s", async (_, index) => {
    const of = fixture.plan.byKey.get(`public.t${index}`);
    if (of === undefined) throw new Error("no plan");
    for (const level of ["simplest", "ordinary", "boundary"] as const) {
      const { rows, loaded } = await load(of, level, 30);
      expect(rows.map(({ cells }) => typeof cells["value"])).toEqual(rows.map(() => "string"));
      expect([level, loaded?.rejected]).toEqual([level, []]);
    }
  });
});

test.each([
  ["int4 CHECK (value > 10 AND value < 13)", ["11", "12"]],
  ["numeric CHECK (value > 0 AND value < 1)", ["0.5"]],
  ["text CHECK (value IN ('a', 'b'))", ["a", "b"]],
  [
    "timestamptz CHECK (value >= '2031-01-01 00:00:00+00' AND value < '2031-01-01 00:00:02+00')",
    ["2031-01-01 00:00:00+00", "2031-01-01 00:00:01+00"],
  ],
  ["date CHECK (value > '2031-01-01' AND value <= '2031-01-03')", ["2031-01-02", "2031-01-03"]],
])("all values of %s are found, and no other", async (definition, expected) => {
  await using narrow = await createRowsFixture(
    server,
    `SET TimeZone = 'UTC'; CREATE TABLE narrow (value ${definition} NOT NULL)`,
  );
  const of = narrow.plan.byKey.get("public.narrow");
  if (of === undefined) throw new Error("no plan");
  const random = randomFrom(3);
  const values = (["ordinary", "boundary"] as const).flatMap((level) =>
    Array.from({ length: 40 }, () => generateRow({ plan: narrow.plan, of, level, random }).cells["value"]),
  );

  expect([...new Set(values)].sort()).toEqual(expected);
});

test("a boundary row reaches the ends of its types", async () => {
  const values = (type: string): Set<unknown> => {
    const of = fixture.plan.byKey.get(`public.t${TYPES.indexOf(type)}`);
    const random = randomFrom(1);

    return new Set(
      of === undefined
        ? []
        : Array.from(
            { length: 200 },
            () => generateRow({ plan: fixture.plan, of, level: "boundary", random }).cells["value"],
          ),
    );
  };

  expect([...values("int2")]).toEqual(expect.arrayContaining(["-32768", "32767", "0"]));
  expect([...values("varchar(3)")]).toEqual(expect.arrayContaining(["", "ZzZ"]));
  expect([...values("int4range")]).toContain("empty");
});
