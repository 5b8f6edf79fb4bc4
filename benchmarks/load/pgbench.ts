/**
 * Drives the load by pgbench, one process for each turn. The connection is in its environment, because a list of processes
 * would show a password among the arguments.
 */

import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import type { ClientConfig } from "pg";
import { STATEMENT_TIMEOUT_MS } from "../../harness/database/session.ts";
import { HarnessError } from "../../harness/errors.ts";
import { hasCode } from "../../harness/files/file-errors.ts";
import { cleanEnvironment } from "../../harness/server/process/settings.ts";
import { pgbenchScript } from "./calls.ts";
import type { LoadDriver } from "./turn.ts";
import { type LoadTurn, type LoadTurnResult, TRIES_MAX } from "./turn.ts";

/** Longer than a turn takes on any machine. */
const LIMIT_MS = 120_000;

interface PgbenchOutput {
  readonly output: string;
  readonly errorOutput: string;
  /** Undefined if it succeeded. */
  readonly error?: Error;
}

/** The version of the pgbench on the path; undefined if it is missing or too old. */
export async function findPgbench(): Promise<string | undefined> {
  const { output, error } = await runPgbench(["--version"]);

  return error === undefined ? parsePgbenchVersion(output) : undefined;
}

/** @param environment the variables of libpq */
export function pgbenchDriver(version: string, environment: Readonly<Record<string, string>>): LoadDriver {
  return {
    description: { name: "pgbench", version },
    async run(turn) {
      const words = pgbenchArguments(turn, availableParallelism());
      const script = pgbenchScript(turn.kind, turn.organizations);
      const { output, errorOutput, error } = await runPgbench(words, environment, script);
      const result = parsePgbenchReport(output, errorOutput);
      // A failed call ends a session and makes pgbench fail: that is a result.
      if (result === undefined || (error !== undefined && result.error === undefined)) {
        throw new HarnessError(
          `pgbench failed: ${parsePgbenchError(errorOutput) ?? error?.message ?? "it printed no report"}`,
          "Run it by hand against the same server, or let Node make the calls",
          error,
        );
      }

      return result;
    },
  };
}

function runPgbench(words: readonly string[], environment = {}, script = ""): Promise<PgbenchOutput> {
  const env = { ...cleanEnvironment(), ...environment };

  return new Promise((resolve, reject) => {
    const options = { env, timeout: LIMIT_MS, killSignal: "SIGKILL" } as const;
    const child = execFile("pgbench", words, options, (error, output, errorOutput) => {
      if (error?.killed === true) {
        const message = `pgbench did not end within ${LIMIT_MS / 1000} s`;
        reject(new HarnessError(message, "Find out what its calls wait for", error));
      } else {
        resolve({ output, errorOutput, ...(error === null ? {} : { error }) });
      }
    });
    // A pgbench that does not read its script has ended, and reports the cause.
    child.stdin?.on("error", (thrown) => (hasCode(thrown, "EPIPE") ? undefined : reject(thrown)));
    child.stdin?.end(script);
  });
}

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
function parsePgbenchError(errorOutput: string): string | undefined {
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
