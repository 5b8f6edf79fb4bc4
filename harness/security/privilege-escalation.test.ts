import { afterAll, beforeAll, expect, test } from "vitest";
import { Databases } from "../database/databases.ts";
import type { Server } from "../database/server.ts";
import { Session } from "../database/session.ts";
import { Inconclusive } from "../errors.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { readFunctionDependencies } from "./function-dependencies.ts";
import { type AttackPlan, findEscalations, findUncallable } from "./privilege-escalation.ts";
import { generateRoleName } from "./unprivileged-role.ts";

const tables = "CREATE TABLE public.money (id INT, amount INT); INSERT INTO public.money VALUES (1, 10);";
const rows = { money: (target: string) => `INSERT INTO ${target} VALUES (1, 99);` };
const pinned = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp";

let server: Server;
let databases: Databases;
/** The same server, by a role that is no superuser. */
const databasesOf = new Map<string, Databases>();

beforeAll(async () => {
  server = await startEmbedded();
  databases = new Databases(server);
  for (const [name, rights] of [["maker", "CREATEDB CREATEROLE"] as const, ["plain", "CREATEDB"] as const]) {
    await using session = await Session.open(server.connection("postgres"));
    await session.query(`CREATE ROLE ${name} LOGIN ${rights} PASSWORD 'secret'`);
    const connection = (database: string) => ({
      ...server.connection(database),
      user: name,
      password: "secret",
    });
    databasesOf.set(name, new Databases({ ...server, connection }));
  }
}, 60_000);

afterAll(async () => {
  for (const theirs of databasesOf.values()) await theirs[Symbol.asyncDispose]();
  await databases[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function withFunctions<Result>(
  sql: string,
  work: (session: Session, plan: AttackPlan) => Promise<Result>,
  role = "",
): Promise<Result> {
  await using database = await (databasesOf.get(role) ?? databases).clone({
    parts: [role, tables, sql],
    build: async (session) => void (await session.query(`${tables} ${sql}`)),
  });
  const session = await database.connect();
  const surroundings = await readFunctionDependencies(session);

  return await work(session, {
    role: generateRoleName(),
    setup: [],
    dependencies: surroundings,
    samples: { integer: ["1"], text: ["'a'"] },
    rows,
  });
}

/** Such as `ran by operator in schema`, each once. */
const attacks = (sql: string, role?: string): Promise<string[]> =>
  withFunctions(
    sql,
    async (session, plan) => {
      const found = await findEscalations(session, plan);

      return [...new Set(found.map(({ attack, effect }) => `${effect} by ${attack.kind} in ${attack.schema}`))];
    },
    role,
  );

test.each([
  [
    "a table in pg_temp",
    "CREATE FUNCTION f() RETURNS INT LANGUAGE sql SECURITY DEFINER SET search_path = public AS 'SELECT amount FROM money'",
    "read by table in pg_temp",
  ],
  [
    "a view",
    "CREATE FUNCTION f() RETURNS INT LANGUAGE sql SECURITY DEFINER AS 'SELECT amount FROM money'",
    "ran by view in own",
  ],
  [
    "a trigger",
    "CREATE PROCEDURE f(n INT) LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN UPDATE money SET amount = n; END'",
    "ran by trigger in pg_temp",
  ],
  [
    "an UPDATE of the role's table",
    "CREATE FUNCTION f(n INT) RETURNS VOID LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN UPDATE money SET amount = n; END'",
    "wrote by table in pg_temp",
  ],
  [
    "a cast",
    "CREATE FUNCTION f() RETURNS BIGINT LANGUAGE sql SECURITY DEFINER AS 'SELECT sum(amount + 1) FROM money'",
    "ran by cast in pg_temp",
  ],
  [
    "an operator",
    "CREATE FUNCTION f(n INT) RETURNS INT LANGUAGE sql SECURITY DEFINER AS 'SELECT amount FROM public.money WHERE id = n'",
    "ran by operator in own",
  ],
  [
    "a function",
    "CREATE FUNCTION f(t TEXT) RETURNS TEXT LANGUAGE sql SECURITY DEFINER AS 'SELECT upper(t)'",
    "ran by function in own",
  ],
  [
    "a type",
    "CREATE FUNCTION f() RETURNS TEXT LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_temp, pg_catalog AS 'BEGIN RETURN 1::text; END'",
    "ran by type in pg_temp",
  ],
  [
    "code that ran in a call that failed",
    "CREATE FUNCTION f(t TEXT) RETURNS TEXT LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RAISE EXCEPTION ''%'', upper(t); END'",
    "ran by function in own",
  ],
  [
    "a trigger function",
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN UPDATE money SET amount = 0; RETURN new; END'",
    "wrote by table in pg_temp",
  ],
  [
    "a function that it calls, which is not SECURITY DEFINER",
    `CREATE FUNCTION g() RETURNS INT LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT amount FROM money); END';
    CREATE FUNCTION f() RETURNS INT LANGUAGE sql SECURITY DEFINER AS 'SELECT public.g()'`,
    "read by table in pg_temp",
  ],
])("%s escalates privileges", async (_, sql, attack) => {
  const found = await attacks(sql);

  expect(found).toContain(attack);
  // A role with CREATEROLE finds the same as a superuser.
  expect(await attacks(sql, "maker")).toEqual(found);
});

test.each([
  ["without CREATEROLE", "plain", "'a'", /the role plain of this server has no CREATEROLE/],
  ["that cannot change session_user", "maker", "session_user::text", /session_user.* maker is none/],
])("a role %s is inconclusive, with the reason", async (_, role, value, reason) => {
  const sql = `CREATE FUNCTION f() RETURNS TEXT LANGUAGE sql SECURITY DEFINER AS 'SELECT ${value.replaceAll("'", "''")}'`;
  const decided = attacks(sql, role);

  await expect(decided).rejects.toThrow(Inconclusive);
  await expect(decided).rejects.toThrow(reason);
});

test.each([
  [
    "pins its path and names every table with its schema",
    `CREATE FUNCTION f(n INT) RETURNS INT LANGUAGE sql ${pinned} AS 'SELECT amount FROM public.money WHERE id = n'`,
  ],
  ["is SECURITY INVOKER", "CREATE FUNCTION f() RETURNS INT LANGUAGE sql AS 'SELECT amount FROM money'"],
  [
    "returns another value on each call",
    `CREATE FUNCTION f() RETURNS FLOAT LANGUAGE sql ${pinned} AS 'SELECT random() FROM public.money'`,
  ],
])("no attack works on a function that %s", async (_, sql) => {
  expect(await attacks(sql)).toEqual([]);
  expect(await attacks(sql, "maker")).toEqual([]);
});

test("a function that no statement can call is listed as uncallable", async () => {
  const sql = `CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql ${pinned} AS 'BEGIN END'`;

  expect(await withFunctions(sql, async (_, plan) => findUncallable(plan).map(({ signature }) => signature))).toEqual([
    "public.f()",
  ]);
});

test("no role or schema is left behind, even where an attack works", async () => {
  const left = `SELECT (SELECT count(*) FROM pg_roles WHERE rolname LIKE 'unprivileged%')
    + (SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'unprivileged%') AS left`;
  const sql = "CREATE FUNCTION f() RETURNS INT LANGUAGE sql SECURITY DEFINER AS 'SELECT amount FROM money'";

  const [row] = await withFunctions(sql, async (session, plan) => {
    expect(await findEscalations(session, plan)).not.toEqual([]);

    return await session.query(left);
  });

  expect(row?.["left"]).toBe("0");
});
