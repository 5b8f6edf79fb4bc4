/** Rule L4 and question O9: what each statement of a rollback locks, for how long, and what it waits for. */
import { property, question } from "../../harness/property/property.ts";
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import type { Violation } from "../../harness/property/verdict.ts";
import { apply } from "../../harness/release/apply.ts";
import type { RollbackName, Step } from "../../harness/release/release.ts";
import { terminateStatement, toScriptPart } from "../../harness/release/script-part.ts";
import {
  ADVICE,
  formatBlockingLock,
  formatStatementPosition,
  formatWait,
} from "../../harness/tracing/describe-locks.ts";
import type { CountSample } from "../../harness/tracing/impact.ts";
import { formatLock } from "../../harness/tracing/lock-order.ts";
import { checkLockTimeout, waitsWithoutLimit } from "../../harness/tracing/lock-timeout-check.ts";
import { splitTransactions } from "../../harness/tracing/transaction.ts";
import { findTransactionLocks, type TransactionLock } from "../../harness/tracing/transaction-locks.ts";
import { waitEvidence } from "./database/evidence.ts";
import { type LockProblem, lockViolations } from "./database/lock-violations.ts";
import { applyUpTo, heldLocksSql, LONG_TRANSACTION, SIZES } from "./database/locking.ts";
import {
  createMigrated,
  findRollbackQueues,
  getRollbackSteps,
  measureRollbackImpacts,
  type QueuedRollback,
  requireRollbacks,
} from "./database/rollback-locking.ts";
import { differencesViolation, readCreditSnapshot, snapshotDifferences } from "./database/snapshot.ts";
import type { CreditsContext } from "./world.ts";

const LOCK_TIMEOUT = `DO $$ BEGIN
    RAISE EXCEPTION 'canceling statement due to lock timeout' USING ERRCODE = 'lock_not_available';
END $$`;

interface RollbackProblem extends LockProblem {
  readonly at: QueuedRollback;
}

export const rollbackStopsWaiting = property("L4", "no statement of a rollback waits for its lock without limit", {
  caseKind: "once",
  given: {},
  async holds(_, context: CreditsContext) {
    const violations: Violation[] = [];
    for (const rollback of requireRollbacks(context.release))
      violations.push(...(await checkRollback(context, rollback)));

    return violations;
  },
});

async function checkRollback(context: CreditsContext, rollback: RollbackName): Promise<readonly Violation[]> {
  const queued = await findRollbackQueues(context, rollback);
  const endless = queued.filter(waitsWithoutLimit);
  const problems: RollbackProblem[] = endless.map((at) => ({
    kind: `no-lock-timeout-in-${getShortName(rollback)}`,
    at,
    description: formatWait(at),
    advice: ADVICE.timeout,
    ...waitEvidence(at),
  }));
  const changes: Violation[] = [];
  const limited = queued.filter((one) => !endless.includes(one));
  const positions = limited.map(formatStatementPosition);
  for (const at of limited.filter((one, index) => positions.indexOf(formatStatementPosition(one)) === index)) {
    const db = await createMigrated(context, at.earlier);
    const { ended, changed } = await giveUp(context, db, at);
    await context.endCase();
    if (!ended) {
      problems.push({
        kind: `waits-on-in-${getShortName(rollback)}`,
        at,
        description: "it does not give up",
        advice: ADVICE.timeout,
      });
    } else if (changed !== undefined) {
      changes.push(changed);
    }
  }
  const violations = await lockViolations(problems, {
    expected: "each statement of a rollback gives up after a stated lock timeout",
    async open({ at }) {
      const db = await createMigrated(context, at.earlier);
      await applyUpTo(db, getRollbackSteps(context.release, at.rollback), at);

      return db;
    },
    show: ({ text }) => `SHOW lock_timeout;\n${heldLocksSql(text)}`,
  });

  return [...violations, ...changes.slice(0, 1)];
}

/** Lets the statement time out, sends the rest of the rollback as psql does, and compares with what was there before. */
async function giveUp(context: CreditsContext, db: RecordedDatabase, at: QueuedRollback) {
  const steps = getRollbackSteps(context.release, at.rollback);
  const before = await readCreditSnapshot(db, context.schema);
  const { ended } = await checkLockTimeout(db.database, db.session, { ...at, steps, long: LONG_TRANSACTION });
  const next = at.step.statements.indexOf(at.statement) + 1;
  const rest = { ...at.step, statements: at.step.statements.slice(next) };
  await apply(db.session, [rest]);
  await db.session.tryExecute("ROLLBACK");
  await apply(db.session, steps.slice(steps.indexOf(at.step) + 1));
  recordTimeout(db, at, steps);
  const position = formatStatementPosition(at);
  const changed = differencesViolation(
    db,
    snapshotDifferences(before, await readCreditSnapshot(db, context.schema)),
    `${position} gives up waiting for its lock, so nothing has changed`,
  );

  return {
    ended,
    changed: changed && {
      ...changed,
      kind: `timeout-changes-${getShortName(at.rollback)}`,
      hint: "Put the whole rollback in one transaction",
    },
  };
}

/** The rollback as one psql can run it: in place of the statement, the error that PostgreSQL raises. */
function recordTimeout(db: RecordedDatabase, { step, statement }: QueuedRollback, steps: readonly Step[]): void {
  const index = steps.indexOf(step);
  const texts = step.statements.filter(({ kind }) => kind === "sql");
  const sent = texts.map((one) => terminateStatement(one === statement ? LOCK_TIMEOUT : one.text));
  for (const earlier of steps.slice(0, index)) db.record(toScriptPart(earlier));
  db.record({
    title: `what happens: ${step.path}, where line ${statement.line} gives up`,
    sql: [...sent, "ROLLBACK;"].join("\n\n"),
  });
  for (const later of steps.slice(index + 1)) db.record(toScriptPart(later));
}

function getShortName(rollback: RollbackName): string {
  return rollback.slice("rollback.".length);
}

/** The numbers of organizations that are compared. */
const FEWEST = Math.min(...SIZES);
const MOST = Math.max(...SIZES);

export const rollbackLockReport = question(
  "O9",
  "What does each rollback lock, and for how long?",
  async (context: CreditsContext) => {
    const rollbacks: Awaited<ReturnType<typeof measureLocks>>[] = [];
    for (const rollback of requireRollbacks(context.release)) rollbacks.push(await measureLocks(context, rollback));

    return {
      answer: `with ${(MOST / FEWEST).toLocaleString("en-US")} times the organizations, ${rollbacks.map(({ answer }) => answer).join("; ")}`,
      figures: Object.assign({}, ...rollbacks.map(({ figures }) => figures)),
      lines: rollbacks.flatMap(({ lines }) => lines),
    };
  },
);

/** The longest of the locks that block reads or writes, and a line for each lock. */
async function measureLocks(context: CreditsContext, rollback: RollbackName) {
  const impacts = await measureRollbackImpacts(context, rollback, [FEWEST, MOST]);
  const transactions = getRollbackSteps(context.release, rollback).flatMap(({ statements }) =>
    splitTransactions(statements),
  );
  const locks = transactions.flatMap((transaction) =>
    findTransactionLocks(impacts.filter(({ statement }) => transaction.includes(statement))),
  );
  const name = getShortName(rollback);
  const [longest] = locks
    .filter(({ blocks }) => blocks !== "nothing")
    .toSorted((one, other) => countAt(other.samples, MOST) - countAt(one.samples, MOST));
  const perOrganization =
    longest === undefined ? 0 : (countAt(longest.samples, MOST) - countAt(longest.samples, FEWEST)) / (MOST - FEWEST);
  const timeRatio = longest === undefined ? 1 : countAt(longest.durations, MOST) / countAt(longest.durations, FEWEST);
  const held =
    longest === undefined
      ? "blocks neither reads nor writes"
      : `holds ${formatLock(longest.lock)} ${timeRatio.toFixed(1)} times as long (${perOrganization.toFixed(1)} rows read or written for each organization)`;

  return {
    answer: `the ${name} rollback ${held}`,
    figures: {
      [`${name}RowsPerOrganization`]: Number(perOrganization.toFixed(2)),
      [`${name}TimeRatio`]: Number(timeRatio.toFixed(2)),
    },
    lines: locks.map((lock) => `${name}: ${formatHeld(lock)}`),
  };
}

function countAt(samples: readonly CountSample[], rows: number): number {
  return samples.find((sample) => sample.rows === rows)?.count ?? 0;
}

function formatHeld({ lock, blocks, ...held }: TransactionLock): string {
  return blocks === "nothing"
    ? `${formatLock(lock)} blocks neither reads nor writes`
    : formatBlockingLock({ lock, blocks, ...held });
}
