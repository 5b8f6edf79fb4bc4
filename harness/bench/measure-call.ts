/**
 * Measuring a call: one is looked at plan by plan, those inside of the function included; then many are made, each a
 * transaction of its own as an application makes them, and counted from outside.
 */
import type { Database } from "../database/databases.ts";
import type { Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import { countsBetween, indexEntriesBetween, readCounters } from "./counters.ts";
import type { Call, Shape } from "./gate.ts";
import { explained } from "./measure-queries.ts";
import { pin, type Settings, WITHOUT_SCANS } from "./pinned-planner.ts";
import type { Counts, Plan, Reading, Served } from "./plans/facts.ts";
import { plansIn, tellPlans } from "./plans/inner-plans.ts";
import { servedBy, shapeFaults } from "./plans/shape.ts";

/** Calls of a use, after those that warm it up. */
const USES = 400;
const WARM_USES = 40;

/**
 * Measures a call on a database that is the caller's to change.
 * @throws HarnessError when it is refused and should not be, or is not and should
 */
export async function measureCall(
  database: Database,
  call: Call,
  rows: number,
  shape: Shape,
): Promise<Reading> {
  const plan = await outerPlan(database, call);
  const use = await measureUse(database, call, rows);
  const inner = await innerPlans(database, call);
  const reading: Reading = {
    rows,
    // What is touched is told for one call, what is logged as the mean of many: a page split comes once in a while.
    counts: { ...use.counts, ...(plan === undefined ? {} : touchedBy(plan)), ...doneInside(inner) },
    ...(plan === undefined ? {} : { plan }),
    ...(inner === undefined ? {} : { inner }),
    durationMs: use.durationMs,
  };
  if (shapeFaults(reading, shape).length === 0) return reading;

  return { ...reading, served: await servedIn(database, call, shape) };
}

/** The plan of the call itself, whose buffers are those of all that it runs; undefined where it is refused. */
async function outerPlan(database: Database, call: Call, settings?: Settings): Promise<Plan | undefined> {
  if (call.refused === true) return undefined;
  const session = await pin(await database.connect(), settings);
  await trial(session, call);

  return await explained(session, call.name, call.sql);
}

/** What the statements inside of the call come to, where the server tells their plans. */
function doneInside(inner: readonly Plan[] | undefined): Counts {
  if (inner === undefined) return {};

  return {
    statements: inner.length,
    rowsRemoved: inner.reduce((sum, { counts }) => sum + (counts.rowsRemoved ?? 0), 0),
    qError: Math.max(1, ...inner.map(({ counts }) => counts.qError ?? 1)),
  };
}

/** The same call where sequential scans are forbidden. */
async function servedIn(database: Database, call: Call, shape: Shape): Promise<Served> {
  const plan = await outerPlan(database, call, WITHOUT_SCANS);
  const inner = (await innerPlans(database, call, WITHOUT_SCANS)) ?? [];

  return servedBy({ inner }, shape, plan?.counts.buffers ?? 0);
}

function touchedBy({ counts: { buffers, buffersRead, dirtied, tempBlocks } }: Plan): Counts {
  return {
    ...(buffers === undefined ? {} : { buffers }),
    ...(buffersRead === undefined ? {} : { buffersRead }),
    ...(dirtied === undefined ? {} : { dirtied }),
    ...(tempBlocks === undefined ? {} : { tempBlocks }),
  };
}

/** The mean of many calls: counts and milliseconds of one. */
export async function measureUse(
  database: Database,
  call: Call,
  rows: number,
): Promise<{ readonly counts: Counts; readonly durationMs: number }> {
  const session = await pin(await database.connect());
  const sqlOf = call.use ?? (() => call.sql);
  for (let index = 0; index < WARM_USES; index += 1) {
    await send(session, call, sqlOf(index, rows));
  }
  const before = await readCounters(session);
  const began = performance.now();
  for (let index = WARM_USES; index < WARM_USES + USES; index += 1) {
    await send(session, call, sqlOf(index, rows));
  }
  const durationMs = (performance.now() - began) / USES;
  const after = await readCounters(session);
  const entries = await indexEntriesBetween(session, before.lsn, after.lsn);
  const { hotShare, ...sums } = countsBetween(before, after);
  const means = Object.fromEntries(Object.entries(sums).map(([name, value]) => [name, value / USES]));

  return {
    counts: {
      ...means,
      ...(hotShare === undefined ? {} : { hotShare }),
      ...(entries === undefined ? {} : { indexWrites: entries / USES }),
    },
    durationMs,
  };
}

/** The plans inside of the call, with everything it changed undone; undefined where the server cannot tell them. */
export async function innerPlans(
  database: Database,
  call: Call,
  settings?: Settings,
): Promise<readonly Plan[] | undefined> {
  const session = await pin(await database.connect(), settings);
  if (!(await tellPlans(session))) return undefined;
  await trial(session, call);

  return plansIn(await trial(session, call), call.sql);
}

/** Makes the call in a transaction that is rolled back, and says what came beside it. */
async function trial(session: Session, call: Call) {
  const outcome = await session.trial([call.sql]);
  demand(call, outcome.refusal?.message);

  return outcome.notices;
}

async function send(session: Session, call: Call, sql: string): Promise<void> {
  const { refusal } = await session.attempt(sql);
  demand(call, refusal?.message);
}

function demand({ name, refused = false }: Call, refusal: string | undefined): void {
  if (refused === (refusal !== undefined)) return;

  throw new HarnessError(
    refusal === undefined ? `${name} was not refused` : `${name} was refused: ${refusal}`,
    "Mend the function, or the call in benchmarks/ that measures it",
  );
}
