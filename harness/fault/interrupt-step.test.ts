import { afterAll, expect, test } from "vitest";
import type { Databases } from "../database/databases.ts";
import { Stage } from "../release/recorded-database.ts";
import type { Step } from "../release/release.ts";
import { cut } from "../release/split-statements.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { crashSafe } from "../server/settings.ts";
import { CrashServer } from "./crash-server.ts";
import { describeStrike, type Mode, type Spot } from "./fault.ts";
import type { Struck } from "./interrupt-statement.ts";
import { strikeStep } from "./interrupt-step.ts";

const ground = new CrashServer(() => startEmbedded({ settings: crashSafe }));
afterAll(async () => await ground[Symbol.asyncDispose]());

const RECIPE = {
  parts: ["strikes"],
  build: async (session: { query(sql: string): Promise<unknown> }) => {
    await session.query("CREATE TABLE t (n INTEGER); INSERT INTO t SELECT generate_series(1, 5)");
  },
};

/** What is struck, by the letter that the statement begins with, and what is seen of it in the table. */
const FILL = "INSERT INTO t SELECT generate_series(11, 15)";
const LOOP = `DO $$BEGIN
    FOR i IN 1..5 LOOP UPDATE t SET n = n + 100 WHERE n = i; COMMIT; END LOOP;
END$$`;
const ADD = "ALTER TABLE t ADD COLUMN extra INTEGER";
const INDEX = "CREATE INDEX CONCURRENTLY i ON t (n)";

async function stepOf(source: string): Promise<Step> {
  return { path: "s.sql", file: "/s.sql", source, statements: await cut(source) };
}

interface Seen {
  readonly struck: Struck;
  readonly rows: number;
  readonly changed: number;
  readonly columns: number;
  readonly valid: readonly (string | null | undefined)[];
  readonly script: string;
}

/** Strikes the statement of the step that begins as said, and looks at what is left. */
async function strike(
  source: string,
  beginning: string,
  mode: Mode,
  spot: Spot,
  goesOn = false,
): Promise<Seen> {
  return await ground.exclusively(async ({ databases, crash }) => {
    await using database = await databases.clone(RECIPE);
    const stage = await Stage.open(database, []);
    const step = await stepOf(source);
    const statement = step.statements.find(({ text }) => text.startsWith(beginning));
    if (statement === undefined) throw new Error(`no statement begins with ${beginning}`);
    const struck = await strikeStep(stage, { step, statement, strike: { mode, spot }, goesOn, crash });

    return { struck, ...(await seenOn(stage)) };
  });
}

async function seenOn(stage: Stage): Promise<Omit<Seen, "struck">> {
  const [row] = await stage.query(`SELECT
    (SELECT count(*) FROM t) AS rows,
    (SELECT count(*) FROM t WHERE n > 100) AS changed,
    (SELECT count(*) FROM information_schema.columns WHERE table_name = 't') AS columns,
    (SELECT count(*) FROM pg_trigger) + (SELECT count(*) FROM pg_event_trigger)
      + (SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'plumbline%') AS traps,
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS sessions`);
  const indexes = await stage.query("SELECT indisvalid FROM pg_index WHERE indrelid = 't'::regclass");
  expect({ traps: row?.["traps"], sessions: row?.["sessions"] }).toEqual({ traps: "0", sessions: "1" });

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

const MODES: readonly Mode[] = ["cancel", "kill", "crash"];
const update = (timing: "before" | "after", nth: number): Spot => ({ at: "row", table: "t", timing, nth });

test.each(
  MODES.flatMap((mode) => [
    { mode, source: FILL, spot: update("before", 3), left: { rows: 5 } },
    { mode, source: FILL, spot: update("after", 5), left: { rows: 5 } },
    { mode, source: FILL, spot: { at: "row commit", table: "public.t", nth: 2 } as Spot, left: { rows: 5 } },
    // What was committed before the strike stays.
    { mode, source: LOOP, spot: update("before", 3), left: { changed: 2 } },
    { mode, source: LOOP, spot: { at: "row commit", table: "t", nth: 4 } as Spot, left: { changed: 3 } },
    { mode, source: ADD, spot: { at: "command", nth: 1 } as Spot, left: { columns: 1 } },
    { mode, source: ADD, spot: { at: "command commit" } as Spot, left: { columns: 1 } },
    {
      mode,
      source: ADD,
      spot: { at: "wait", table: "t", behind: "writer" } as Spot,
      left: { columns: 1 },
    },
    ...(["writer", "snapshot"] as const).map((behind) => ({
      mode,
      source: INDEX,
      spot: { at: "wait", table: "t", behind } as Spot,
      left: { valid: ["f"] },
    })),
    { mode, source: INDEX, spot: { at: "command", nth: 1 } as Spot, left: { valid: ["f"] } },
  ]),
)("$source is struck: $mode, $spot", async ({ mode, source, spot, left }) => {
  const { struck, ...seen } = await strike(source, source.slice(0, 6), mode, spot);

  expect(struck.within).toBe(true);
  expect(struck.outcome?.refusal?.code).toBe(mode === "cancel" ? "57014" : undefined);
  expect(struck.outcome === undefined).toBe(mode !== "cancel");
  expect(seen).toMatchObject(left);
});

const TRANSACTION = `BEGIN; ${FILL}; ${ADD}; COMMIT; INSERT INTO t VALUES (16)`;

test.each(MODES)("a statement within a transaction takes all of it along: %s", async (mode) => {
  const { struck, rows, columns } = await strike(TRANSACTION, "ALTER", mode, { at: "after" });

  expect({ ...struck, outcome: struck.outcome?.refusal }).toEqual({ within: false, outcome: undefined });
  expect({ rows, columns }).toEqual({ rows: 5, columns: 1 });
});

test.each(MODES)("a COMMIT is struck in what it still has to check: %s", async (mode) => {
  for (const spot of [{ at: "command commit" }, { at: "row commit", table: "t", nth: 1 }] as const) {
    const { struck, rows, columns } = await strike(`BEGIN; ${FILL}; COMMIT; `, "COMMIT", mode, spot);
    const hit = spot.at === "row commit";

    expect({ within: struck.within, rows, columns }).toEqual({ within: hit, rows: hit ? 5 : 10, columns: 1 });
  }
  const added = await strike(`BEGIN; ${ADD}; COMMIT`, "COMMIT", mode, { at: "command commit" });
  expect({ within: added.struck.within, columns: added.columns }).toEqual({ within: true, columns: 1 });
});

test.each(MODES)("what never comes to the spot is struck when it is over, and is kept: %s", async (mode) => {
  const { struck, rows } = await strike(
    `${FILL}; INSERT INTO t VALUES (16)`,
    "INSERT",
    mode,
    update("before", 9),
  );

  expect(struck.within).toBe(false);
  expect(struck.outcome?.refusal).toBeUndefined();
  expect(rows).toBe(10);
});

test("earlier statements of the step are not counted, and psql goes on where it is told to", async () => {
  const source = `${FILL}; INSERT INTO t VALUES (16); \n\\d t\n INSERT INTO t VALUES (17), (18)`;
  const stopped = await strike(source, "INSERT INTO t VALUES (16)", "cancel", update("before", 1));
  const wentOn = await strike(source, "INSERT INTO t VALUES (16)", "cancel", update("before", 1), true);
  const dead = await strike(source, "INSERT INTO t VALUES (16)", "kill", update("before", 1), true);

  expect([stopped, wentOn, dead].map(({ struck, rows }) => [struck.within, rows])).toEqual([
    [true, 10],
    [true, 12],
    [true, 10],
  ]);
});

test("the script of a cancelled statement does the same on an empty database", async () => {
  const { script } = await strike(FILL, "INSERT", "cancel", update("before", 3));

  const said = await ground.exclusively(async ({ databases }: { databases: Databases }) => {
    await using database = await databases.clone(RECIPE);
    const session = await database.connect();
    const refusals: unknown[] = [];
    for (const { kind, text } of await cut(script.replace("\\connect", ""))) {
      if (kind === "sql") refusals.push((await session.attempt(text)).refusal?.code);
    }

    return {
      codes: refusals.filter((code) => code !== undefined),
      rows: await session.query("SELECT FROM t"),
    };
  });
  expect(said.codes).toEqual(["57014"]);
  expect(said.rows).toHaveLength(5);
});

test("a strike is told in words", () => {
  expect(describeStrike({ mode: "kill", spot: update("before", 3) })).toBe(
    "killed with its session before row 3 of t",
  );
  expect(describeStrike({ mode: "cancel", spot: { at: "after" } })).toBe(
    "the last that was sent, when it was over",
  );
});
