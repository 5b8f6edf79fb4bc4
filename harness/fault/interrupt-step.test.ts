import { afterAll, expect, test } from "vitest";
import type { Databases } from "../database/databases.ts";
import { RecordedDatabase } from "../property/recorded-database.ts";
import type { Step } from "../release/release.ts";
import { splitStatements } from "../release/split-statements.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { crashSafeSettings } from "../server/process/settings.ts";
import { CrashServer } from "./crash-server.ts";
import { describeInterruption, type FaultKind, type InjectionPoint } from "./fault.ts";
import { type InterruptResult, interruptStep } from "./interrupt-step.ts";

const crashServer = new CrashServer(() => startEmbedded({ settings: crashSafeSettings }));
afterAll(async () => await crashServer[Symbol.asyncDispose]());

const RECIPE = {
  parts: ["interrupt"],
  build: async (session: { query(sql: string): Promise<unknown> }) => {
    await session.query("CREATE TABLE t (n INTEGER); INSERT INTO t SELECT generate_series(1, 5)");
  },
};

const FILL = "INSERT INTO t SELECT generate_series(11, 15)";
const LOOP = `DO $$BEGIN
    FOR i IN 1..5 LOOP UPDATE t SET n = n + 100 WHERE n = i; COMMIT; END LOOP;
END$$`;
const ADD = "ALTER TABLE t ADD COLUMN extra INTEGER";
const INDEX = "CREATE INDEX CONCURRENTLY i ON t (n)";

async function stepOf(source: string): Promise<Step> {
  return { path: "s.sql", file: "/s.sql", source, statements: await splitStatements(source) };
}

interface Observed {
  readonly result: InterruptResult;
  readonly rows: number;
  readonly changed: number;
  readonly columns: number;
  readonly valid: readonly (string | null | undefined)[];
  readonly script: string;
}

/** Interrupts the statement that begins with these words, and reads what is left. */
async function interrupt(
  source: string,
  beginning: string,
  kind: FaultKind,
  point: InjectionPoint,
  continues = false,
): Promise<Observed> {
  return await crashServer.runExclusively(async ({ databases, crash }) => {
    await using database = await databases.clone(RECIPE);
    const stage = await RecordedDatabase.open(database, []);
    const step = await stepOf(source);
    const statement = step.statements.find(({ text }) => text.startsWith(beginning));
    if (statement === undefined) throw new Error(`no statement begins with ${beginning}`);
    const result = await interruptStep(stage, { step, statement, fault: { kind, point }, continues, crash });

    return { result, ...(await observe(stage)) };
  });
}

async function observe(stage: RecordedDatabase): Promise<Omit<Observed, "result">> {
  const [row] = await stage.query(`SELECT
    (SELECT count(*) FROM t) AS rows,
    (SELECT count(*) FROM t WHERE n > 100) AS changed,
    (SELECT count(*) FROM information_schema.columns WHERE table_name = 't') AS columns,
    (SELECT count(*) FROM pg_trigger) + (SELECT count(*) FROM pg_event_trigger)
      + (SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'plumbline%') AS triggers,
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS sessions`);
  const indexes = await stage.query("SELECT indisvalid FROM pg_index WHERE indrelid = 't'::regclass");
  expect({ triggers: row?.["triggers"], sessions: row?.["sessions"] }).toEqual({
    triggers: "0",
    sessions: "1",
  });

  return {
    rows: Number(row?.["rows"]),
    changed: Number(row?.["changed"]),
    columns: Number(row?.["columns"]),
    valid: indexes.map((index) => index["indisvalid"]),
    script: stage
      .violation({ expected: "", got: "", show: "SELECT 1" })
      .script.map(({ sql }) => sql)
      .join("\n"),
  };
}

const KINDS: readonly FaultKind[] = ["cancel", "kill", "crash"];
const update = (timing: "before" | "after", nth: number): InjectionPoint => ({
  at: "row",
  table: "t",
  timing,
  nth,
});

test.each(
  KINDS.flatMap((kind) => [
    { kind, source: FILL, point: update("before", 3), left: { rows: 5 } },
    { kind, source: FILL, point: update("after", 5), left: { rows: 5 } },
    {
      kind,
      source: FILL,
      point: { at: "row commit", table: "public.t", nth: 2 } as InjectionPoint,
      left: { rows: 5 },
    },
    // What was committed before the fault stays.
    { kind, source: LOOP, point: update("before", 3), left: { changed: 2 } },
    {
      kind,
      source: LOOP,
      point: { at: "row commit", table: "t", nth: 4 } as InjectionPoint,
      left: { changed: 3 },
    },
    { kind, source: ADD, point: { at: "command", nth: 1 } as InjectionPoint, left: { columns: 1 } },
    { kind, source: ADD, point: { at: "command commit" } as InjectionPoint, left: { columns: 1 } },
    {
      kind,
      source: ADD,
      point: { at: "wait", table: "t", behind: "writer" } as InjectionPoint,
      left: { columns: 1 },
    },
    ...(["writer", "snapshot"] as const).map((behind) => ({
      kind,
      source: INDEX,
      point: { at: "wait", table: "t", behind } as InjectionPoint,
      left: { valid: ["f"] },
    })),
    { kind, source: INDEX, point: { at: "command", nth: 1 } as InjectionPoint, left: { valid: ["f"] } },
  ]),
)("$source is interrupted: $kind, $point", async ({ kind, source, point, left }) => {
  const { result, ...observed } = await interrupt(source, source.slice(0, 6), kind, point);

  expect(result.reachedPoint).toBe(true);
  expect(result.outcome?.error?.code).toBe(kind === "cancel" ? "57014" : undefined);
  expect(result.outcome === undefined).toBe(kind !== "cancel");
  expect(observed).toMatchObject(left);
});

const TRANSACTION = `BEGIN; ${FILL}; ${ADD}; COMMIT; INSERT INTO t VALUES (16)`;

test.each(KINDS)("an interrupted statement rolls back its whole transaction: %s", async (kind) => {
  const { result, rows, columns } = await interrupt(TRANSACTION, "ALTER", kind, { at: "after" });

  expect({ ...result, outcome: result.outcome?.error }).toEqual({ reachedPoint: false, outcome: undefined });
  expect({ rows, columns }).toEqual({ rows: 5, columns: 1 });
});

test.each(KINDS)("a COMMIT is interrupted in its deferred checks: %s", async (kind) => {
  for (const point of [{ at: "command commit" }, { at: "row commit", table: "t", nth: 1 }] as const) {
    const { result, rows, columns } = await interrupt(`BEGIN; ${FILL}; COMMIT; `, "COMMIT", kind, point);
    const hit = point.at === "row commit";

    expect({ reachedPoint: result.reachedPoint, rows, columns }).toEqual({
      reachedPoint: hit,
      rows: hit ? 5 : 10,
      columns: 1,
    });
  }
  const added = await interrupt(`BEGIN; ${ADD}; COMMIT`, "COMMIT", kind, { at: "command commit" });
  expect({ reachedPoint: added.result.reachedPoint, columns: added.columns }).toEqual({
    reachedPoint: true,
    columns: 1,
  });
});

test.each(KINDS)(
  "a statement that never reaches the point is interrupted after its end, and is kept: %s",
  async (kind) => {
    const { result, rows } = await interrupt(`${FILL}; INSERT INTO t VALUES (16)`, "INSERT", kind, update("before", 9));

    expect(result.reachedPoint).toBe(false);
    expect(result.outcome?.error).toBeUndefined();
    expect(rows).toBe(10);
  },
);

test("earlier statements of the step are not counted, and psql continues where it is to", async () => {
  const source = `${FILL}; INSERT INTO t VALUES (16); \n\\d t\n INSERT INTO t VALUES (17), (18)`;
  const stopped = await interrupt(source, "INSERT INTO t VALUES (16)", "cancel", update("before", 1));
  const continued = await interrupt(source, "INSERT INTO t VALUES (16)", "cancel", update("before", 1), true);
  const dead = await interrupt(source, "INSERT INTO t VALUES (16)", "kill", update("before", 1), true);

  expect([stopped, continued, dead].map(({ result, rows }) => [result.reachedPoint, rows])).toEqual([
    [true, 10],
    [true, 12],
    [true, 10],
  ]);
});

test("the script of a cancelled statement does the same on an empty database", async () => {
  const { script } = await interrupt(FILL, "INSERT", "cancel", update("before", 3));

  const replayed = await crashServer.runExclusively(async ({ databases }: { databases: Databases }) => {
    await using database = await databases.clone(RECIPE);
    const session = await database.connect();
    const codes: unknown[] = [];
    for (const { kind, text } of await splitStatements(script.replace("\\connect", ""))) {
      if (kind === "sql") codes.push((await session.tryExecute(text)).error?.code);
    }

    return {
      codes: codes.filter((code) => code !== undefined),
      rows: await session.query("SELECT FROM t"),
    };
  });
  expect(replayed.codes).toEqual(["57014"]);
  expect(replayed.rows).toHaveLength(5);
});

test("an interruption is described", () => {
  expect(describeInterruption({ kind: "kill", point: update("before", 3) })).toBe(
    "killed with its session before row 3 of t",
  );
  expect(describeInterruption({ kind: "cancel", point: { at: "after" } })).toBe("the last statement sent");
});
