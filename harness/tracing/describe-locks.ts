/**
 * Describes what a statement locks, and the safer alternative, for an operator of a busy database (pure).
 */
import { abbreviateStatement } from "../database/session.ts";
import type { Statement, Step } from "../release/release.ts";
import type { WaitTarget } from "./held-locks.ts";
import { type BlockingLock, findBlockingLocks, formatGrowth, type Impact } from "./impact.ts";
import { blockedOperations, isTableMode, type Lock } from "./lock-modes.ts";
import { formatLock } from "./lock-order.ts";
import type { ObservedWait } from "./queueing.ts";

export const ADVICE = {
  rewrite: "Add a new column, fill it batch by batch and switch over, instead of rewriting the table",
  index: "Use CREATE INDEX CONCURRENTLY, outside of a transaction",
  constraint:
    "Add columns without CHECK, add each constraint NOT VALID, and VALIDATE CONSTRAINT in a statement of its own",
  rows: "Commit batch by batch, so that only one batch is locked at a time",
  other: "Read the rows in a statement of its own, under a lock that allows writes",
  timeout: "SET lock_timeout before the statement, and run the file again after a lock timeout",
  repeat: "Make the file repeatable from any point at which one of its statements can time out",
} as const;

/** What to do about a lock that is held too long. */
export function adviseOn({ statement, rewrites }: Impact, { lock }: BlockingLock): string {
  if (rewrites.length > 0) return ADVICE.rewrite;
  if (lock.mode === "FOR NO KEY UPDATE") return ADVICE.rows;

  return statement.node === "IndexStmt"
    ? ADVICE.index
    : statement.node === "AlterTableStmt"
      ? ADVICE.constraint
      : ADVICE.other;
}

/** `2.1-columns.sql:12` */
export function formatStatementPosition(at: { readonly step: Step; readonly statement: Statement }): string {
  return `${at.step.path}:${at.statement.line}`;
}

/** `ACCESS EXCLUSIVE on t blocks reads and writes for a time that grows with the rows (read or written: …)` */
export function formatBlockingLock({ lock, blocks, grows, samples }: BlockingLock): string {
  const what = lock.mode === "FOR NO KEY UPDATE" ? "locked at once" : "read or written";
  const duration = grows
    ? `for a time that grows with the rows (${what}: ${formatGrowth(samples)})`
    : "for a time that does not grow with the rows";

  return `${formatLock(lock)} blocks ${blocks} ${duration}`;
}

/** `no lock_timeout: waits for ACCESS EXCLUSIVE on t without limit, and later reads and writes of t queue behind it` */
export function formatWait({ awaited, blocking, lockTimeoutMs }: ObservedWait): string {
  const target = formatWaitTarget(awaited);
  const wait =
    lockTimeoutMs === 0
      ? `no lock_timeout: waits for ${target} without limit`
      : `waits for ${target} for at most ${lockTimeoutMs} ms`;
  const queued = blocking.map(({ table, mode }) =>
    isTableMode(mode) ? `${blockedOperations(mode)} of ${table}` : `writes of locked rows of ${table}`,
  );

  return `${wait}, and ${queued.length === 0 ? "nothing queues" : `later ${queued.join(" and ")} queue`} behind it`;
}

/** Everything about one statement, in a line; undefined if it locks no table that existed before. */
export function formatImpact(impact: Impact, wait: ObservedWait | undefined): string | undefined {
  const tables = [...impact.locks.keys()];
  if (tables.length === 0) return undefined;
  const harmless = [...impact.locks]
    .filter(([, mode]) => blockedOperations(mode) === "nothing")
    .map(([table, mode]) => formatLock({ table, mode }));
  const parts = [
    ...tables.flatMap((table) => findBlockingLocks(impact, table)).map(formatBlockingLock),
    ...impact.rewrites.map((table) => `${table} is rewritten`),
    ...(harmless.length === 0 ? [] : [`${harmless.join(" and ")} blocks neither reads nor writes`]),
    ...(wait === undefined ? [] : [`behind a long transaction: ${formatWait(wait)}`]),
  ];

  return `${formatStatementPosition(impact)} ${abbreviateStatement(impact.statement.text)}: ${parts.join("; ")}`;
}

function formatWaitTarget(awaited: WaitTarget): string {
  switch (awaited.kind) {
    case "table":
      return formatLock(awaited satisfies Lock);
    case "rows":
      return `a row${awaited.table === undefined ? "" : ` of ${awaited.table}`}`;
    case "transactions":
      return "that transaction to end";
  }
}
