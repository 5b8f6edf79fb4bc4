/**
 * What pgbench is told and what it tells, as text: the address in its environment, where no list of processes shows the
 * password; the figures in its report.
 */
import type { ClientConfig } from "pg";
import { STATEMENT_TIMEOUT_MS } from "../../harness/database/session.ts";
import type { Turn, TurnResult } from "./driver.ts";

/** Before this version a call that was refused with class 40 ended the session. */
const MAJOR_MIN = 15;

/** The version in `pgbench (PostgreSQL) 15.18 (Debian …)`, undefined where it is too old. */
export function versionIn(output: string): string | undefined {
  const version = /\(PostgreSQL\) (\d+\S*)/.exec(output)?.[1];

  return version !== undefined && Number.parseInt(version, 10) >= MAJOR_MIN ? version : undefined;
}

/** The variables that lead libpq to the same place, undefined where there are none that do. */
export function addressFor(connection: ClientConfig): Readonly<Record<string, string>> | undefined {
  const { host, port, user, database, password = "", ssl = false, options = "" } = connection;
  if (typeof password !== "string" || typeof ssl !== "boolean") {
    return undefined;
  }
  if (host === undefined || user === undefined || database === undefined) {
    return undefined;
  }

  return {
    PGHOST: host,
    PGPORT: String(port ?? 5432),
    PGUSER: user,
    PGDATABASE: database,
    PGPASSWORD: password,
    PGSSLMODE: ssl ? "require" : "disable",
    PGOPTIONS: `${options} -c statement_timeout=${STATEMENT_TIMEOUT_MS}`.trim(),
  };
}

/** Prepared statements, so many calls a session, the script from standard input. */
export function pgbenchArguments({ sessions, calls }: Turn, threads: number, triesMax: number): string[] {
  const settings = {
    protocol: "prepared",
    client: sessions,
    jobs: Math.min(sessions, threads),
    transactions: calls,
    "max-tries": triesMax,
    file: "-",
  };

  return ["--no-vacuum", ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`)];
}

/** The figures of a report, undefined where it has none. @param complaints what it wrote to standard error */
export function reportIn(report: string, complaints: string): TurnResult | undefined {
  const calls = numberIn(report, /^number of transactions actually processed: (\d+)/m);
  const retries = numberIn(report, /^total number of retries: (\d+)/m) ?? 0;
  const callsPerSecond = numberIn(report, /^tps = ([\d.]+)/m);
  const refusal = /aborted in command .*?ERROR:\s*(.+)/.exec(complaints)?.[1] ?? failedIn(report);
  if (calls === undefined || (callsPerSecond === undefined && refusal === undefined)) {
    return undefined;
  }

  return {
    calls,
    retries,
    callsPerSecond: callsPerSecond ?? 0,
    ...(refusal === undefined ? {} : { refusal }),
  };
}

/** Why it could not work: the first line that says so, since the others follow from it. */
export function complaintIn(complaints: string): string | undefined {
  const lines = complaints.split("\n").filter((line) => line.trim() !== "");
  const line = lines.find((each) => each.includes("FATAL")) ?? lines[0];

  return line?.replace(/^pgbench: error: /, "").trim();
}

/** Calls that were refused with class 40 until pgbench gave them up. */
function failedIn(report: string): string | undefined {
  const failed = numberIn(report, /^number of failed transactions: (\d+)/m) ?? 0;

  return failed === 0 ? undefined : `${failed} calls were refused with class 40 each time they were made`;
}

function numberIn(text: string, pattern: RegExp): number | undefined {
  const found = pattern.exec(text)?.[1];

  return found === undefined ? undefined : Number(found);
}
