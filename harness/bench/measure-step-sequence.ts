/**
 * Measures whole steps from outside, in the groups in which psql sends them, by the session's counters. Another session
 * samples whether the measured one is in pg_sleep: that share needs no clock.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "../database/database-provider.ts";
import type { Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import { describeFailedStatement } from "../release/apply.ts";
import type { Release, Statement, Step } from "../release/release.ts";
import type { TracedStatement } from "../tracing/impact.ts";
import { blockedOperations } from "../tracing/lock-modes.ts";
import { traceSteps } from "../tracing/trace.ts";
import { isSetting, transactionChange } from "../tracing/transaction.ts";
import type { BenchmarkDatabases } from "./benchmark-database.ts";
import { diffCounters, readCounters } from "./counters.ts";
import type { Gate, StepSequence } from "./gate.ts";
import { enableAutoExplain, parseAutoExplain } from "./measure-queries.ts";
import { pinSettings } from "./measuring-session.ts";
import type { MeasuredSubject, Measurement, QueryPlan } from "./plans/facts.ts";
import { formatOutline } from "./plans/shape.ts";

/** Often enough for a sleep of a hundredth of a second, seldom enough not to load the processor. */
const SAMPLE_EVERY_MS = 5;

/**
 * @param database changed by the steps
 * @param observer a session on another database of the same server
 * @throws HarnessError if a statement fails
 */
export async function measureStepSequence(
  database: Database,
  observer: Session,
  { steps }: StepSequence,
  rows: number,
): Promise<readonly MeasuredSubject[]> {
  const session = await pinSettings(await database.connect());
  const isSleeping = async () => {
    const [row] = await observer.query(IS_SLEEPING, [session.pid]);

    return row?.["sleeping"] === "t";
  };
  const subjects: MeasuredSubject[] = [];
  for (const group of groupStatements(steps)) {
    if (group.measured) {
      subjects.push({ subject: group.name, measurements: [await measureGroup(session, group, rows, isSleeping)] });
    } else {
      await execute(session, group);
    }
  }

  return subjects;
}

type Sampler = () => Promise<boolean>;

const IS_SLEEPING = "SELECT wait_event = 'PgSleep' AS sleeping FROM pg_stat_activity WHERE pid = $1";

async function measureGroup(
  session: Session,
  group: StatementGroup,
  rows: number,
  isSleeping: Sampler,
): Promise<Measurement> {
  const before = await readCounters(session);
  const began = performance.now();
  const sleepShare = await execute(session, group, isSleeping);
  const durationMs = performance.now() - began;
  const { hotShare: _, ...counts } = diffCounters(before, await readCounters(session));

  return { rows, counts, durationMs, sleepShare };
}

/** @returns the share of the samples that found the session in pg_sleep */
async function execute(session: Session, group: StatementGroup, isSleeping?: Sampler): Promise<number> {
  const samples = { all: 0, sleeping: 0 };
  for (const statement of group.statements) {
    const running = session.tryExecute(withoutFetching(statement));
    const ended = running.then(() => true);
    while (isSleeping !== undefined && !(await Promise.race([ended, delay(SAMPLE_EVERY_MS, false)]))) {
      samples.all += 1;
      samples.sleeping += (await isSleeping()) ? 1 : 0;
    }
    const { error } = await running;
    if (error !== undefined) {
      throw new HarnessError(
        `A step to measure failed: ${describeFailedStatement({ step: group.step, statement, error })}`,
        "Fix the statement, and run again",
      );
    }
  }

  return samples.all === 0 ? 0 : samples.sleeping / samples.all;
}

/** Sends rows without keeping a million of them in memory. COPY does not accept SELECT INTO, which makes a table. */
function withoutFetching({ node, text }: Statement): string {
  if (node !== "SelectStmt" || /\bINTO\b/i.test(text)) return text;

  return `COPY (\n${text}\n) TO STDOUT`;
}

/**
 * Adds the plans that the statements run, also inside blocks and functions, each distinct plan once and with their
 * number; nothing if the server cannot report them.
 * @param database one to which the steps were not applied yet
 */
export async function addInnerPlans(
  database: Database,
  { steps }: StepSequence,
  subjects: readonly MeasuredSubject[],
): Promise<readonly MeasuredSubject[]> {
  const session = await pinSettings(await database.connect());
  if (!(await enableAutoExplain(session))) return subjects;
  const plans = new Map<string, readonly QueryPlan[]>();
  for (const { name, step, statements } of groupStatements(steps)) {
    const found: QueryPlan[] = [];
    for (const statement of statements) {
      const { notices, error } = await session.tryExecute(statement.text);
      if (error !== undefined) {
        throw new HarnessError(
          `A step failed under auto_explain: ${describeFailedStatement({ step, statement, error })}`,
          "Run it by hand with auto_explain, and fix the difference",
        );
      }
      found.push(...parseAutoExplain(notices));
    }
    plans.set(name, found);
  }

  return subjects.map(({ subject, measurements }) => ({
    subject,
    measurements: measurements.map((measurement) => withPlans(measurement, plans.get(subject) ?? [])),
  }));
}

function withPlans(measurement: Measurement, plans: readonly QueryPlan[]): Measurement {
  const distinct = new Map(plans.map((plan) => [`${plan.sql}\n${formatOutline(plan).join("\n")}`, plan]));

  return { ...measurement, counts: { ...measurement.counts, statements: plans.length }, inner: [...distinct.values()] };
}

/**
 * How long the steps block a writer of one row, in milliseconds, if the summary shows it. The locks are those of the smallest size, the times those of the largest: the
 * whole duration of a statement whose table lock blocks writes; of one that locks rows, the share that it holds at once.
 */
export async function measureWritersBlocked(
  { subjects, data: volume, state, summary }: Gate,
  release: Release,
  databases: BenchmarkDatabases,
  measured: readonly MeasuredSubject[],
): Promise<number | undefined> {
  if (subjects.kind !== "step-sequence" || !Object.values(summary).includes("writersBlocked")) return undefined;
  const rows = volume.sizes[0] ?? 0;
  const steps = subjects.select(release).flatMap((sequence) => sequence.steps);
  await using database = await databases.fresh({ release, volume, state, rows });

  const traced = await traceSteps(database, steps);

  return groupStatements(steps)
    .filter((group) => group.measured)
    .reduce((sum, { name, statements }) => {
      const last = measured.find(({ subject }) => subject === name)?.measurements.at(-1);
      const shares = traced
        .filter(({ statement }) => statements.includes(statement))
        .map((trace) => shareBlocked(trace, rows));

      return sum + (last?.durationMs ?? 0) * Math.max(0, ...shares);
    }, 0);
}

/** The share of its time for which a statement blocks the writer: all of it if no row can be written meanwhile. */
function shareBlocked({ locks, rowsHeld }: TracedStatement, rows: number): number {
  if ([...locks.values()].some((mode) => blockedOperations(mode) !== "nothing")) return 1;

  return Math.min(1, Math.max(0, ...rowsHeld.values()) / rows);
}

interface StatementGroup {
  /** `2.1-columns.sql #3`: its number among the groups, which comments do not change. */
  readonly name: string;
  readonly step: Step;
  readonly statements: readonly Statement[];
  /** False for a mere setting, which is applied only. */
  readonly measured: boolean;
}

/**
 * Divides steps into what is measured on its own: a statement, or a whole transaction, since its counters are flushed
 * only at its end. psql's meta-commands are skipped.
 */
export function groupStatements(steps: readonly Step[]): readonly StatementGroup[] {
  return steps.flatMap((step) =>
    joinTransactions(step.statements.filter(({ kind }) => kind === "sql")).map((statements, index) => ({
      name: `${step.path} #${index + 1}`,
      step,
      statements,
      measured: !statements.every(isSetting),
    })),
  );
}

function joinTransactions(statements: readonly Statement[]): readonly (readonly Statement[])[] {
  const groups: Statement[][] = [];
  let open: Statement[] | undefined;
  for (const statement of statements) {
    const change = transactionChange(statement);
    if (open === undefined) {
      const group = [statement];
      groups.push(group);
      open = change === "opens" ? group : undefined;
    } else {
      open.push(statement);
      open = change === "ends" ? undefined : open;
    }
  }

  return groups;
}
