/**
 * Measures a call: one by its plans, including those inside the function; then a workload of many, each a transaction of
 * its own as an application makes them, by the session's counters.
 */
import type { Database } from "../database/database-provider.ts";
import type { Notice, Session } from "../database/session.ts";
import type { SqlError } from "../database/sql-error.ts";
import { HarnessError } from "../errors.ts";
import { countIndexEntries, diffCounters, readCounters } from "./counters.ts";
import type { BenchCall, PlanShape } from "./gate.ts";
import { enableAutoExplain, explainAnalyze, parseAutoExplain } from "./measure-queries.ts";
import { pinSettings, type Settings, WITHOUT_SCANS } from "./measuring-session.ts";
import type { CountName, Counts, ForcedIndexPlan, Measurement, QueryPlan } from "./plans/facts.ts";
import { describeForcedPlan, findShapeViolations } from "./plans/shape.ts";

/** Calls of a workload, after those that warm it up. */
const CALLS = 400;
const WARM_CALLS = 40;

/** The counts of one planned call; what it logs is the mean of many, because page splits are rare. */
const COUNTED_BY_PLAN: readonly CountName[] = ["buffers", "buffersRead", "dirtied", "tempBlocks"];

/**
 * @param database changed by the calls
 * @throws HarnessError if the call fails and should not, or succeeds and should not
 */
export async function measureCall(
  database: Database,
  call: BenchCall,
  rows: number,
  shape: PlanShape,
): Promise<Measurement> {
  const plan = await explainOuter(database, call);
  const { counts, durationMs } = await measureWorkload(database, call, rows);
  const inner = await explainInner(database, call);
  const byPlan = COUNTED_BY_PLAN.flatMap((name) => {
    const value = plan?.counts[name];

    return value === undefined ? [] : [[name, value]];
  });
  const measurement: Measurement = {
    rows,
    counts: { ...counts, ...Object.fromEntries(byPlan), ...countInner(inner) },
    plan,
    inner,
    durationMs,
  };
  if (findShapeViolations(measurement, shape).length === 0) return measurement;

  return { ...measurement, forced: await explainForced(database, call, shape) };
}

/** The plan of the call itself, whose buffers include all that it runs; undefined if the call must be refused. */
async function explainOuter(database: Database, call: BenchCall, settings?: Settings): Promise<QueryPlan | undefined> {
  if (call.refused === true) return undefined;
  const session = await pinSettings(await database.connect(), settings);
  await callAndRollBack(session, call);

  return await explainAnalyze(session, call.name, call.sql);
}

function countInner(inner: readonly QueryPlan[] | undefined): Counts {
  if (inner === undefined) return {};

  return {
    statements: inner.length,
    rowsRemoved: inner.reduce((sum, { counts }) => sum + (counts.rowsRemoved ?? 0), 0),
    qError: Math.max(1, ...inner.map(({ counts }) => counts.qError ?? 1)),
  };
}

async function explainForced(database: Database, call: BenchCall, shape: PlanShape): Promise<ForcedIndexPlan> {
  const plan = await explainOuter(database, call, WITHOUT_SCANS);
  const inner = await explainInner(database, call, WITHOUT_SCANS);

  return describeForcedPlan({ inner }, shape, plan?.counts.buffers ?? 0);
}

/** The mean counts and milliseconds per call. */
export async function measureWorkload(
  database: Database,
  call: BenchCall,
  rows: number,
): Promise<Pick<Measurement, "counts" | "durationMs">> {
  const session = await pinSettings(await database.connect());
  const send = async (first: number, end: number) => {
    for (let index = first; index < end; index += 1) {
      const { error } = await session.tryExecute(call.workload?.(index, rows) ?? call.sql);
      requireOutcome(call, error);
    }
  };
  await send(0, WARM_CALLS);
  const before = await readCounters(session);
  const began = performance.now();
  await send(WARM_CALLS, WARM_CALLS + CALLS);
  const durationMs = (performance.now() - began) / CALLS;
  const after = await readCounters(session);
  const entries = await countIndexEntries(session, before.lsn, after.lsn);
  const { hotShare, ...sums } = diffCounters(before, after);
  const means = Object.fromEntries(Object.entries(sums).map(([name, value]) => [name, value / CALLS]));

  return {
    counts: {
      ...means,
      ...(hotShare === undefined ? {} : { hotShare }),
      ...(entries === undefined ? {} : { indexWrites: entries / CALLS }),
    },
    durationMs,
  };
}

/** The plans inside the call, whose changes are rolled back; undefined if the server cannot report them. */
export async function explainInner(
  database: Database,
  call: BenchCall,
  settings?: Settings,
): Promise<readonly QueryPlan[] | undefined> {
  const session = await pinSettings(await database.connect(), settings);
  if (!(await enableAutoExplain(session))) return undefined;
  await callAndRollBack(session, call);

  return parseAutoExplain(await callAndRollBack(session, call), call.sql);
}

async function callAndRollBack(session: Session, call: BenchCall): Promise<readonly Notice[]> {
  const { error, notices } = await session.tryAndRollBack([call.sql]);
  requireOutcome(call, error);

  return notices;
}

function requireOutcome({ name, refused = false }: BenchCall, error: SqlError | undefined): void {
  if (refused === (error !== undefined)) return;

  throw new HarnessError(
    error === undefined ? `${name} was not refused` : `${name} was refused: ${error.message}`,
    "Fix the function, or the call in benchmarks/ that measures it",
  );
}
