/**
 * An honest load: consume_specific_credits under more and more sessions, on one organization that all of them want and
 * on many, in turns with the plain statement that does the same work. When a cell of it is over, the rules are checked
 * on what it left behind: a figure for calls that lost credits would be worth nothing.
 */
import type { ClientConfig } from "pg";
import { median } from "simple-statistics";
import { inTurns } from "../../harness/bench/paired-runs.ts";
import { Session } from "../../harness/database/session.ts";
import { HarnessError } from "../../harness/errors.ts";
import { type CallKind, freshSql } from "./calls.ts";
import { chooseDriver, type Driver, type TurnResult } from "./driver.ts";
import { ENDING_SQL, faultsOf } from "./final-state.ts";
import { type LockWaits, watchLockWaits } from "./lock-waits.ts";
import type { DriverName, LoadCell, LoadResult, LoadSide } from "./result.ts";

export interface LoadOptions {
  /** How many sessions call at the same time: a cell for each. */
  readonly sessions?: readonly number[];
  /** On how many organizations: a cell for each. */
  readonly organizations?: readonly number[];
  /** How long it may take in all, about; a cell has at least two rounds, on however slow a machine. */
  readonly seconds?: number;
  /** Who makes the calls; by default pgbench where it is installed. */
  readonly driver?: DriverName;
  /** Told of each cell as it is done. */
  readonly onCell?: (cell: LoadCell) => void;
}

/** One hot organization, and many. */
const ORGANIZATIONS = [1, 1000];
const SESSIONS = [1, 2, 4, 8];
const SECONDS = 10;

/** What a turn should last: short, so that candidate and baseline meet the same weather. */
const TURN_MS = 120;
/** Each of the two comes first once. */
const ROUNDS_MIN = 2;
/** Calls of all sessions before the pace counts: they tell how many make a turn. */
const FIRST_CALLS = 200;
const CALLS_MAX = 1_000_000;

interface Ground {
  readonly driver: Driver;
  readonly session: Session;
  readonly watcher: Session;
  /** Process ids of all that are there before the load. */
  readonly bystanders: readonly string[];
}

type Turned = TurnResult & LockWaits;

/**
 * Puts the load on a migrated database, which must be nobody else's: its organizations and its log are replaced.
 * @param connection how the database is reached
 * @throws HarnessError where the server cannot be reached or goes away, or a turn does not end
 */
export async function measureLoad(connection: ClientConfig, options: LoadOptions = {}): Promise<LoadResult> {
  const { sessions = SESSIONS, organizations = ORGANIZATIONS, seconds = SECONDS, onCell } = options;
  const driver = await chooseDriver(connection, options.driver);
  await using session = await Session.open(connection);
  await using watcher = await Session.open(connection);
  const ground = { driver, session, watcher, bystanders: await presentIn(session) };
  const cellMs = (seconds * 1000) / (sessions.length * organizations.length);
  const cells: LoadCell[] = [];

  for (const many of organizations) {
    for (const callers of sessions) {
      const cell = await measureCell(ground, many, callers, cellMs);
      onCell?.(cell);
      cells.push(cell);
    }
  }

  return { driver: driver.told, cells };
}

async function measureCell(
  { driver, session, watcher, bystanders }: Ground,
  organizations: number,
  sessions: number,
  cellMs: number,
): Promise<LoadCell> {
  for (const sql of freshSql(organizations)) {
    await session.query(sql);
  }
  const take = async (kind: CallKind, calls: number): Promise<Turned> => {
    const turn = { kind, organizations, sessions, calls };

    return usable(kind, await watchLockWaits(watcher, bystanders, sessions, () => driver.take(turn)));
  };
  const few = Math.ceil(FIRST_CALLS / sessions);
  const began = performance.now();
  const first = { consume: await take("consume", few), plain: await take("plain", few) };
  const rounds = roundsIn(cellMs, performance.now() - began, [first.consume, first.plain]);
  const calls = { consume: callsIn(first.consume, sessions), plain: callsIn(first.plain, sessions) };
  const turns = await inTurns(
    rounds,
    () => take("consume", calls.consume),
    () => take("plain", calls.plain),
  );
  const consume = [first.consume, ...turns.map(({ candidate }) => candidate)];
  const plain = [first.plain, ...turns.map(({ baseline }) => baseline)];

  return {
    organizations,
    sessions,
    rounds,
    consume: sideOf(consume),
    plain: sideOf(plain),
    multiple: median(turns.map((turn) => turn.candidate.callsPerSecond / turn.baseline.callsPerSecond)),
    faults: faultsOf(await session.query(ENDING_SQL), toldIn([...consume, ...plain])),
  };
}

/** A call may be refused, and that is a result; without the plain statement there is nothing to measure it by. */
function usable(kind: CallKind, turned: Turned): Turned {
  if (kind === "plain" && turned.refusal !== undefined) {
    throw new HarnessError(
      `The plain UPDATE and INSERT of the load was refused: ${turned.refusal}`,
      "Find out which constraint or trigger of the release refuses it, and run again without the load",
    );
  }

  return turned;
}

/** How many rounds fit: what a turn costs beside its calls, to start the callers, is seen in the first turns. */
function roundsIn(cellMs: number, spentMs: number, first: readonly TurnResult[]): number {
  const callsMs = first.reduce(
    (ms, { calls, callsPerSecond }) => ms + (calls * 1000) / (callsPerSecond || 1),
    0,
  );
  const roundMs = first.length * TURN_MS + Math.max(0, spentMs - callsMs);

  return Math.max(ROUNDS_MIN, Math.floor((cellMs - spentMs) / roundMs));
}

/** How many calls of each session make a turn. */
function callsIn({ callsPerSecond }: TurnResult, sessions: number): number {
  const calls = Math.round((callsPerSecond * TURN_MS) / 1000 / sessions);

  return Math.min(CALLS_MAX, Math.max(1, calls));
}

/** All turns count for what happened in them; the first, which warms up, not for the pace. */
function sideOf(turns: readonly Turned[]): LoadSide {
  const samples = sum(turns, "samples");

  return {
    callsPerSecond: median(turns.slice(1).map(({ callsPerSecond }) => callsPerSecond)),
    calls: sum(turns, "calls"),
    retries: sum(turns, "retries"),
    waiting: samples === 0 ? 0 : sum(turns, "waiting") / samples,
    samples,
  };
}

function toldIn(turns: readonly Turned[]) {
  return {
    successes: sum(turns, "calls"),
    retries: sum(turns, "retries"),
    refusals: turns.flatMap(({ refusal }) => refusal ?? []),
  };
}

function sum(turns: readonly Turned[], what: "calls" | "retries" | "waiting" | "samples"): number {
  return turns.reduce((total, turn) => total + turn[what], 0);
}

async function presentIn(session: Session): Promise<readonly string[]> {
  const rows = await session.query("SELECT pid FROM pg_stat_activity WHERE datname = current_database()");

  return rows.map((row) => row["pid"] ?? "");
}
