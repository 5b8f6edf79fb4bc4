/**
 * What a statement locks, in the words of whoever has to run it on a busy database (pure).
 */
import { opening } from "../database/session.ts";
import type { Statement, Step } from "../release/release.ts";
import { tellGrowth } from "./growth.ts";
import type { Awaited } from "./held-locks.ts";
import { type Impact, type Obstruction, obstructionsOf } from "./impact.ts";
import { type Lock, stoppedBy } from "./lock-modes.ts";
import { tellLock } from "./lock-order.ts";
import type { Wait } from "./queueing.ts";

/** `2.1-columns.sql:12` */
export function placeOf({ step, statement }: { readonly step: Step; readonly statement: Statement }): string {
  return `${step.path}:${statement.line}`;
}

/** `ACCESS EXCLUSIVE on t stops reads and writes for a time that grows with the rows (read or written: …)` */
export function tellObstruction({ lock, stops, grows, samples }: Obstruction): string {
  const counted = lock.mode === "FOR NO KEY UPDATE" ? "locked at once" : "read or written";
  const duration = grows
    ? `for a time that grows with the rows (${counted}: ${tellGrowth(samples)})`
    : "for a moment that does not grow with the rows";

  return `${tellLock(lock)} stops ${stops} ${duration}`;
}

/** What a statement waits for behind a long transaction, for how long, and who waits behind it. */
export function tellWait({ awaited, stopping, lockTimeoutMs }: Wait): string {
  const limit = lockTimeoutMs === 0 ? "without end" : `for ${lockTimeoutMs} ms at most`;
  const queue = stopping.length === 0 ? "nobody" : `everyone whom ${listed(stopping)} stops`;

  return `it waits ${limit} for ${tellAwaited(awaited)}, and behind it ${queue}`;
}

/** All about one statement, in a line; undefined where it locks no table that was there before. */
export function tellImpact(impact: Impact, wait: Wait | undefined): string | undefined {
  const tables = [...impact.locks.keys()];
  if (tables.length === 0) {
    return undefined;
  }
  const harmless = [...impact.locks]
    .filter(([, mode]) => stoppedBy(mode) === "nothing")
    .map(([table, mode]): Lock => ({ table, mode }));
  const told = [
    ...tables.flatMap((table) => obstructionsOf(impact, table)).map(tellObstruction),
    ...impact.rewrites.map((table) => `${table} is rewritten`),
    ...(harmless.length === 0 ? [] : [`${listed(harmless)} stops neither reads nor writes`]),
    ...(wait === undefined ? [] : [`behind a long transaction ${tellWait(wait)}`]),
  ];

  return `${placeOf(impact)} ${opening(impact.statement.text)}: ${told.join("; ")}`;
}

function tellAwaited(awaited: Awaited): string {
  switch (awaited.kind) {
    case "table":
      return tellLock(awaited);
    case "rows":
      return `a row${awaited.table === undefined ? "" : ` of ${awaited.table}`}`;
    case "transactions":
      return "that transaction to end";
  }
}

function listed(locks: readonly Lock[]): string {
  return locks.map(tellLock).join(" and ");
}
