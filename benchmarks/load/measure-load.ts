/**
 * Measures consume_specific_credits under more and more sessions, on one organization and on many, in turns with a
 * reference statement that does the same work. After each cell the rules are checked on the final state: throughput of
 * calls that lose credits would be meaningless.
 */

import type { ClientConfig } from "pg";
import { median, sum } from "simple-statistics";
import { runPaired } from "../../harness/bench/paired-runs.ts";
import type { LoadReport } from "../../harness/bench/result.ts";
import type { Database } from "../../harness/database/database-provider.ts";
import { Session } from "../../harness/database/session.ts";
import { HarnessError } from "../../harness/errors.ts";
import type { Release } from "../../harness/release/release.ts";
import { formatPlainTable } from "../../harness/report/plain-table.ts";
import { pluralize } from "../../harness/text/pluralize.ts";
import { sanitize } from "../../harness/text/sanitize.ts";
import type { CreditSchema } from "../../properties/credits/model/credit-schema.ts";
import { readBenchSchema } from "../data/adapted-organizations.ts";
import { resetStatements } from "./calls.ts";
import { chooseDriver } from "./driver.ts";
import { FINAL_STATE_SQL, findLoadViolations } from "./final-state.ts";
import { type LockWaits, watchLockWaits } from "./lock-waits.ts";
import type {
  DriverName,
  LoadCallKind,
  LoadCell,
  LoadDriver,
  LoadFigures,
  LoadResult,
  LoadTurnResult,
} from "./turn.ts";

export interface LoadOptions {
  /** Numbers of concurrent sessions: a cell for each. */
  readonly sessions?: readonly number[];
  /** Numbers of organizations: a cell for each. */
  readonly organizations?: readonly number[];
  /** The approximate total time; a cell has at least two rounds, on however slow a machine. */
  readonly seconds?: number;
  /** By default pgbench if it is installed. */
  readonly driver?: DriverName;
  /** What the tables of the baseline accept (default: those of the document). */
  readonly schema?: CreditSchema;
}

/** One hot organization, and many. */
const ORGANIZATIONS = [1, 1000];
const SESSIONS = [1, 2, 4, 8];
const SECONDS = 10;

/** The length of a turn: short, so that both kinds of calls run under the same conditions. */
const TURN_MS = 120;
/** Each of the two is first once. */
const ROUNDS_MIN = 2;
/** Calls of all sessions in the first turn, which determines how many make a turn. */
const FIRST_CALLS = 200;
const CALLS_MAX = 1_000_000;

interface LoadContext {
  readonly driver: LoadDriver;
  readonly session: Session;
  readonly watcher: Session;
  /** Process ids of the sessions that take no part in the load. */
  readonly bystanders: readonly string[];
  readonly schema?: CreditSchema | undefined;
}

type WatchedTurn = LoadTurnResult & LockWaits;

/**
 * Puts the load on a migrated database, whose organizations and log are replaced.
 * @throws HarnessError if the server cannot be reached or goes away, or a turn does not end
 */
export async function measureLoad(connection: ClientConfig, options: LoadOptions = {}): Promise<LoadResult> {
  const { sessions = SESSIONS, organizations = ORGANIZATIONS, seconds = SECONDS } = options;
  const driver = await chooseDriver(connection, options.driver);
  await using session = await Session.open(connection);
  await using watcher = await Session.open(connection);
  const context = { driver, session, watcher, bystanders: await listSessions(session), schema: options.schema };
  const cellMs = (seconds * 1000) / (sessions.length * organizations.length);
  const cells: LoadCell[] = [];

  for (const organizationCount of organizations) {
    for (const sessionCount of sessions) {
      cells.push(await measureCell(context, organizationCount, sessionCount, cellMs));
    }
  }

  return { driver: driver.description, cells };
}

/**
 * The same, for the report of a run.
 * @param baseline a database with the release's baseline and without rows
 */
export async function reportLoad(connection: ClientConfig, baseline: Database, release: Release): Promise<LoadReport> {
  const figures = await measureLoad(connection, { schema: await readBenchSchema(baseline, release) });

  return { lines: formatLoad(figures), broken: figures.cells.some(({ violations }) => violations.length > 0), figures };
}

async function measureCell(
  { driver, session, watcher, bystanders, schema }: LoadContext,
  organizations: number,
  sessions: number,
  cellMs: number,
): Promise<LoadCell> {
  for (const sql of resetStatements(organizations, schema)) await session.query(sql);
  const run = async (kind: LoadCallKind, calls: number): Promise<WatchedTurn> => {
    const turn = { kind, organizations, sessions, calls };

    return requireReference(kind, await watchLockWaits(watcher, bystanders, sessions, () => driver.run(turn)));
  };
  const few = Math.ceil(FIRST_CALLS / sessions);
  const began = performance.now();
  const first = { consume: await run("consume", few), reference: await run("reference", few) };
  const rounds = countRounds(cellMs, performance.now() - began, [first.consume, first.reference]);
  const calls = { consume: countCalls(first.consume, sessions), reference: countCalls(first.reference, sessions) };
  const turns = await runPaired(
    rounds,
    () => run("consume", calls.consume),
    () => run("reference", calls.reference),
  );
  const consume = [first.consume, ...turns.map(({ candidate }) => candidate)];
  const reference = [first.reference, ...turns.map(({ baseline }) => baseline)];
  const all = [...consume, ...reference];
  const outcomes = {
    successes: sum(all.map((turn) => turn.calls)),
    retries: sum(all.map((turn) => turn.retries)),
    error: all.find((turn) => turn.error !== undefined)?.error,
  };

  return {
    organizations,
    sessions,
    rounds,
    consume: summarizeTurns(consume),
    reference: summarizeTurns(reference),
    ratio: median(turns.map((turn) => turn.candidate.callsPerSecond / turn.baseline.callsPerSecond)),
    violations: findLoadViolations(await session.query(FINAL_STATE_SQL), outcomes),
  };
}

/** A call may fail, which is a result; a reference that fails leaves nothing to compare with. */
function requireReference(kind: LoadCallKind, turn: WatchedTurn): WatchedTurn {
  if (kind === "reference" && turn.error !== undefined) {
    throw new HarnessError(
      `The reference UPDATE and INSERT of the load failed: ${turn.error}`,
      "Find out which constraint or trigger of the release raises the error, and run again without the load",
    );
  }

  return turn;
}

/** How many rounds fit: the first turns show how long a turn takes in addition to its calls, to start the sessions. */
function countRounds(cellMs: number, spentMs: number, first: readonly LoadTurnResult[]): number {
  const callsMs = sum(first.map(({ calls, callsPerSecond }) => (calls * 1000) / (callsPerSecond || 1)));
  const roundMs = first.length * TURN_MS + Math.max(0, spentMs - callsMs);

  return Math.max(ROUNDS_MIN, Math.floor((cellMs - spentMs) / roundMs));
}

/** How many calls of each session make a turn. */
function countCalls({ callsPerSecond }: LoadTurnResult, sessions: number): number {
  const calls = Math.round((callsPerSecond * TURN_MS) / 1000 / sessions);

  return Math.min(CALLS_MAX, Math.max(1, calls));
}

/** All turns count, except that the first one, which warms up, does not count for the calls per second. */
function summarizeTurns(turns: readonly WatchedTurn[]): LoadFigures {
  const samples = sum(turns.map((turn) => turn.samples));

  return {
    callsPerSecond: median(turns.slice(1).map(({ callsPerSecond }) => callsPerSecond)),
    calls: sum(turns.map((turn) => turn.calls)),
    retries: sum(turns.map((turn) => turn.retries)),
    waiting: samples === 0 ? 0 : sum(turns.map((turn) => turn.waiting)) / samples,
    samples,
  };
}

async function listSessions(session: Session): Promise<readonly string[]> {
  const rows = await session.query("SELECT pid FROM pg_stat_activity WHERE datname = current_database()");

  return rows.map((row) => row["pid"] ?? "");
}

const HEAD = ["organizations", "sessions", "calls/s", "of reference", "waiting", "retries", "rules"];

/** Lines without colour, of at most 80 columns except for messages of the server. */
export function formatLoad({ driver, cells }: LoadResult): readonly string[] {
  const name = driver.name === "node" ? "Node" : `${driver.name} -M prepared`;
  const because = driver.because === undefined ? "" : ` (${driver.because})`;
  const columns = HEAD.map((head) => ({ head, end: "right" as const }));

  return [
    `Calls by ${name} ${driver.version}${because}, in turns with the`,
    "reference, one UPDATE and INSERT of the same work; sessions waiting for locks.",
    ...formatPlainTable(columns, cells.map(formatCell)).map((line) => `  ${line}`),
    ...cells.flatMap(formatViolations),
  ];
}

function formatCell(cell: LoadCell): string[] {
  const { organizations, sessions, consume, ratio, violations } = cell;

  return [
    organizations === 1 ? "1 (hot)" : organizations.toLocaleString("en-US"),
    String(sessions),
    Math.round(consume.callsPerSecond).toLocaleString("en-US"),
    `${ratio.toFixed(2)}×`,
    consume.samples === 0 ? "not seen" : `${consume.waiting.toFixed(1)} of ${sessions}`,
    String(consume.retries),
    violations.length === 0 ? "kept" : [...new Set(violations.map(({ rule }) => rule))].join(", "),
  ];
}

function formatViolations({ organizations, sessions, violations }: LoadCell): readonly string[] {
  const cell = `${pluralize(organizations, "organization")}, ${pluralize(sessions, "session")}`;

  return violations.map(
    ({ rule, expected, got }) => `${rule} (${cell}): expected ${sanitize(expected)}, got ${sanitize(got)}`,
  );
}
