/**
 * Rule K1 for what was played (pure): which transactions count, what may be refused for the sake of concurrency alone,
 * and whether the rest could have happened one after the other.
 */
import type { StatementResult } from "../../../harness/database/session.ts";
import { findStepResult, type Transcript } from "../../../harness/schedule/schedule.ts";
import type { Mismatch } from "./call-checks.ts";
import type { CreditCall, Organization } from "./model.ts";
import {
  type CallResult,
  type FinalNumbers,
  findSerialOrder,
  type TransactionResult,
} from "./serial-oracle.ts";
import type { IsolationLevel, SessionTransaction, Transaction } from "./sessions.ts";

/** Orders that are told one by one. */
const FAILURES_MAX = 12;

/**
 * Leaves out the questions that a level may answer inconsistently by its own nature: then no fault is the release's.
 * A question by itself is fine at any level. Among other calls it is where all transactions are SERIALIZABLE; at
 * REPEATABLE READ it is where the transaction only asks.
 */
export function dropInconsistentReads(
  sessions: readonly (readonly Transaction[])[],
): readonly (readonly Transaction[])[] {
  const allSerializable = sessions
    .flat()
    .every(({ level, end }) => level === "SERIALIZABLE" && end !== "alone");

  return sessions.map((transactions) =>
    transactions.map((transaction) => {
      const { calls, level, end } = transaction;
      const rest = calls.filter(({ kind }) => kind !== "available");
      const onlyAsks = rest.length === 0;
      const single = calls.length === 1 || end === "alone";
      const fine = single || allSerializable || (onlyAsks && level !== "READ COMMITTED");

      return fine ? transaction : { ...transaction, calls: onlyAsks ? calls.slice(0, 1) : rest };
    }),
  );
}

/** What breaks K1: a serialization failure or deadlock that has no reason, a lost log row, or no order that explains. */
export function findSerializationFault(
  units: readonly SessionTransaction[],
  organizations: readonly Organization[],
  transcript: Transcript,
  final: FinalNumbers,
  log: readonly string[],
): Omit<Mismatch, "call"> | undefined {
  const ends = units.map((unit) => endOf(unit, transcript));
  const odd = ends.find(({ unit, class40 }) => class40 !== undefined && !mayFail(unit.level, units));
  if (odd?.class40 !== undefined) {
    return {
      expected: `at READ COMMITTED nothing fails for the sake of concurrency alone, where no transactions take organizations in opposite orders`,
      got: odd.class40,
    };
  }
  const accounts = ends.flatMap(({ account }) => (account === undefined ? [] : [account]));
  const logged = accounts.flatMap(({ committed, told }) => (committed ? told.flatMap(rowOf) : []));
  if (logged.toSorted().join("\n") !== log.toSorted().join("\n")) {
    return {
      expected: `what was committed is logged: ${logged.join("; ") || "nothing"}`,
      got: `logged is: ${log.join("; ") || "nothing"}`,
    };
  }
  const found = findSerialOrder(accounts, organizations, final);

  return "order" in found
    ? undefined
    : {
        expected:
          "some serial order of the committed transactions explains every result and the numbers at the end",
        got: `no order does. ${failuresText(found.failures)}`,
      };
}

/** Whether transactions take two organizations in opposite orders, or more of them in a circle. */
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
      if (one === to) {
        return true;
      }
      return !seen.has(one) && reaches(one, to, seen.add(one));
    });

  return [...next.keys()].some((one) => reaches(one, one, new Set()));
}

interface End {
  readonly unit: SessionTransaction;
  /** Undefined where it was given up for the sake of concurrency. */
  readonly account?: TransactionResult;
  readonly class40?: string;
}

function endOf(unit: SessionTransaction, transcript: Transcript): End {
  const told: CallResult[] = [];
  for (const { call, step } of unit.calls) {
    const name = `${unit.session}.${step.name}`;
    const outcome = findStepResult(transcript, name);
    const code = outcome?.error?.code ?? "";
    if (outcome === undefined || code.startsWith("40")) {
      return { unit, class40: `${name} was refused with ${code}` };
    }
    told.push(toldOf(name, call, outcome));
    if (outcome.error !== undefined) {
      break;
    }
  }
  const last = unit.last === undefined ? undefined : `${unit.session}.${unit.last.name}`;
  const code = last === undefined ? undefined : findStepResult(transcript, last)?.error?.code;
  if (code?.startsWith("40")) {
    return { unit, class40: `${last} was refused with ${code}` };
  }
  const committed = unit.commits && code === undefined && told.every(({ refused }) => refused === undefined);

  return { unit, account: { name: unit.name, session: unit.session, told, committed } };
}

function toldOf(name: string, call: CreditCall, { error: refusal, rows }: StatementResult): CallResult {
  return refusal === undefined
    ? { name, call, returned: rows[0]?.[0] ?? null }
    : { name, call, returned: null, refused: refusal.message };
}

function mayFail(level: IsolationLevel, units: readonly SessionTransaction[]): boolean {
  return level !== "READ COMMITTED" || hasLockCycle(units);
}

function rowOf({ call }: CallResult): readonly string[] {
  switch (call.kind) {
    case "consume":
      return [`${call.organization} ${call.type}_consumption ${call.credits}`];
    case "allocate":
      return [`${call.organization} allocation 0`];
    case "available":
      return [];
  }
}

function failuresText(failures: readonly string[]): string {
  const more = failures.length - FAILURES_MAX;

  return [...failures.slice(0, FAILURES_MAX), ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}
