/**
 * Formats the input of pgbench and parses its output (pure). The connection is in its environment, because a list of
 * processes would show a password among the arguments.
 */
import type { ClientConfig } from "pg";
import { STATEMENT_TIMEOUT_MS } from "../../harness/database/session.ts";
import { type LoadTurn, type LoadTurnResult, TRIES_MAX } from "./turn.ts";

/** Before this version an error of SQLSTATE class 40 ended the session. */
const MAJOR_MIN = 15;

/** Parses `pgbench (PostgreSQL) 15.18 (Debian …)`; undefined if the version is too old. */
export function parsePgbenchVersion(output: string): string | undefined {
  const version = /\(PostgreSQL\) (\d+\S*)/.exec(output)?.[1];

  return version !== undefined && Number.parseInt(version, 10) >= MAJOR_MIN ? version : undefined;
}

/** The environment variables of libpq for this connection; undefined if there are none for it. */
export function libpqEnvironment(connection: ClientConfig): Readonly<Record<string, string>> | undefined {
  const { host, port, user, database, password = "", ssl = false, options = "" } = connection;
  if (typeof password !== "string" || typeof ssl !== "boolean") return undefined;
  if (host === undefined || user === undefined || database === undefined) return undefined;

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

/** The script is read from standard input. */
export function pgbenchArguments({ sessions, calls }: LoadTurn, threads: number): string[] {
  const settings = {
    protocol: "prepared",
    client: sessions,
    jobs: Math.min(sessions, threads),
    transactions: calls,
    "max-tries": TRIES_MAX,
    file: "-",
  };

  return ["--no-vacuum", ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`)];
}

/** Undefined if the output is no report. @param errorOutput what pgbench wrote to standard error */
export function parsePgbenchReport(report: string, errorOutput: string): LoadTurnResult | undefined {
  const calls = parseNumber(report, /^number of transactions actually processed: (\d+)/m);
  const retries = parseNumber(report, /^total number of retries: (\d+)/m) ?? 0;
  const callsPerSecond = parseNumber(report, /^tps = ([\d.]+)/m);
  const error = /aborted in command .*?ERROR:\s*(.+)/.exec(errorOutput)?.[1] ?? parseFailed(report);
  if (calls === undefined || (callsPerSecond === undefined && error === undefined)) return undefined;

  return { calls, retries, callsPerSecond: callsPerSecond ?? 0, error };
}

/** The line that names the cause: the others follow from it. */
export function parsePgbenchError(errorOutput: string): string | undefined {
  const lines = errorOutput.split("\n").filter((line) => line.trim() !== "");
  const line = lines.find((each) => each.includes("FATAL")) ?? lines[0];

  return line?.replace(/^pgbench: error: /, "").trim();
}

function parseFailed(report: string): string | undefined {
  const failed = parseNumber(report, /^number of failed transactions: (\d+)/m) ?? 0;

  return failed === 0 ? undefined : `${failed} calls failed with SQLSTATE class 40 at each try`;
}

function parseNumber(text: string, pattern: RegExp): number | undefined {
  const found = pattern.exec(text)?.[1];

  return found === undefined ? undefined : Number(found);
}
