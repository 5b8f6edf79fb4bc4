/**
 * Checks rule K1 on a schedule (pure): which reads count, which serialization failures are allowed, and whether the rest
 * could have happened one after the other.
 */
import type { StatementResult } from "../../../harness/database/session.ts";
import { findStepResult, type Transcript } from "../../../harness/schedule/schedule.ts";
import type { Deviation } from "./call-checks.ts";
import type { CreditCall, Organization } from "./model.ts";
import { type CallResult, type FinalNumbers, findSerialOrder, type TransactionResult } from "./serial-oracle.ts";
import type { IsolationLevel, SessionTransaction, Transaction } from "./sessions.ts";

/** Failed orders that are listed one by one. */
const FAILURES_MAX = 12;

/**
 * Drops the queries that an isolation level may answer inconsistently (PostgreSQL manual, 13.2 Transaction Isolation). A
 * query alone is consistent at any level; among other calls, where all transactions are SERIALIZABLE; at REPEATABLE READ,
 * where the transaction only reads.
 */
export function dropInconsistentReads(
  sessions: readonly (readonly Transaction[])[],
): readonly (readonly Transaction[])[] {
  const allSerializable = sessions.flat().every(({ level, end }) => level === "SERIALIZABLE" && end !== "alone");

  return sessions.map((transactions) =>
    transactions.map((transaction) => {
      const { calls, level, end } = transaction;
      const rest = calls.filter(({ kind }) => kind !== "available");
      const onlyReads = rest.length === 0;
      const single = calls.length === 1 || end === "alone";
      const consistent = single || allSerializable || (onlyReads && level !== "READ COMMITTED");

      return consistent ? transaction : { ...transaction, calls: onlyReads ? calls.slice(0, 1) : rest };
    }),
  );
}

/** A serialization failure or deadlock without a reason, a lost log row, or results that no serial order explains. */
export function findSerializationFault(
  units: readonly SessionTransaction[],
  organizations: readonly Organization[],
  transcript: Transcript,
  final: FinalNumbers,
  log: readonly string[],
): Deviation | undefined {
  const ends = units.map((unit) => readEnd(unit, transcript));
  const failed = ends.find(({ unit, class40 }) => class40 !== undefined && !mayFail(unit.level, units));
  if (failed?.class40 !== undefined) {
    return {
      kind: "serialization failure",
      expected:
        "at READ COMMITTED nothing fails because of concurrency alone, where no transactions lock organizations in opposite orders",
      got: failed.class40,
    };
  }
  const transactions = ends.flatMap(({ transaction }) => transaction ?? []);
  const logged = transactions.flatMap(({ committed, calls }) => (committed ? calls.flatMap(expectedLogRow) : []));
  if (logged.toSorted().join("\n") !== log.toSorted().join("\n")) {
    return {
      kind: "log differs from what was committed",
      expected: `what was committed is logged: ${logged.join("; ") || "nothing"}`,
      got: `logged is: ${log.join("; ") || "nothing"}`,
    };
  }
  const found = findSerialOrder(transactions, organizations, final);

  return "order" in found
    ? undefined
    : {
        kind: "no serial order",
        expected: "some serial order of the committed transactions explains every result and the numbers at the end",
        got: `no order does. ${formatFailures(found.failures)}`,
      };
}

/** Whether transactions lock two organizations in opposite orders, or several of them in a circle. */
export function hasLockCycle(units: readonly SessionTransaction[]): boolean {
  const next = new Map<string, Set<string>>();
  for (const { calls } of units) {
    const taken = calls.map(({ call }) => call.organization ?? "");
    for (const [at, one] of taken.entries()) {
      for (const other of taken.slice(at + 1).filter((later) => later !== one)) {
        next.set(one, (next.get(one) ?? new Set()).add(other));
      }
    }
  }
  const reaches = (from: string, to: string, seen: Set<string>): boolean =>
    [...(next.get(from) ?? [])].some((one) => {
      if (one === to) return true;
      return !seen.has(one) && reaches(one, to, seen.add(one));
    });

  return [...next.keys()].some((one) => reaches(one, one, new Set()));
}

interface TransactionEnd {
  readonly unit: SessionTransaction;
  /** Undefined after an error of class 40. */
  readonly transaction?: TransactionResult;
  readonly class40?: string;
}

function readEnd(unit: SessionTransaction, transcript: Transcript): TransactionEnd {
  const calls: CallResult[] = [];
  for (const { call, step } of unit.calls) {
    const name = `${unit.session}.${step.name}`;
    const outcome = findStepResult(transcript, name);
    const code = outcome?.error?.code ?? "";
    if (outcome === undefined || code.startsWith("40")) {
      return { unit, class40: `${name} failed with ${code}` };
    }
    calls.push(toCallResult(name, call, outcome));
    if (outcome.error !== undefined) break;
  }
  const last = unit.last === undefined ? undefined : `${unit.session}.${unit.last.name}`;
  const code = last === undefined ? undefined : findStepResult(transcript, last)?.error?.code;
  if (code?.startsWith("40")) return { unit, class40: `${last} failed with ${code}` };
  const committed = unit.commits && code === undefined && calls.every(({ refused }) => refused === undefined);

  return { unit, transaction: { name: unit.name, session: unit.session, calls, committed } };
}

function toCallResult(name: string, call: CreditCall, { error: refusal, rows }: StatementResult): CallResult {
  return refusal === undefined
    ? { name, call, returned: rows[0]?.[0] ?? null }
    : { name, call, returned: null, refused: refusal.message };
}

function mayFail(level: IsolationLevel, units: readonly SessionTransaction[]): boolean {
  return level !== "READ COMMITTED" || hasLockCycle(units);
}

function expectedLogRow({ call }: CallResult): readonly string[] {
  switch (call.kind) {
    case "consume":
      return [`${call.organization} ${call.type}_consumption ${call.credits}`];
    case "allocate":
      return [`${call.organization} allocation 0`];
    case "available":
      return [];
  }
}

function formatFailures(failures: readonly string[]): string {
  const more = failures.length - FAILURES_MAX;

  return [...failures.slice(0, FAILURES_MAX), ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}
