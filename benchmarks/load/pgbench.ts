/**
 * Drives the load by pgbench, one process for each turn.
 */
import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { HarnessError } from "../../harness/errors.ts";
import { hasCode } from "../../harness/files/file-errors.ts";
import { cleanEnvironment } from "../../harness/server/process/settings.ts";
import { pgbenchScript } from "./calls.ts";
import {
  parsePgbenchError,
  parsePgbenchReport,
  parsePgbenchVersion,
  pgbenchArguments,
} from "./pgbench-text.ts";
import type { LoadDriver } from "./turn.ts";

/** Longer than a turn takes on any machine. */
const TURN_LIMIT_MS = 120_000;
const VERSION_LIMIT_MS = 10_000;

interface PgbenchOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly limitMs: number;
  readonly input: string;
}

interface PgbenchOutput {
  readonly output: string;
  readonly errorOutput: string;
  /** Undefined if it succeeded. */
  readonly error?: Error;
}

/** The version of the pgbench on the path; undefined if it is missing or too old. */
export async function findPgbench(): Promise<string | undefined> {
  const { output, error } = await runPgbench(["--version"], {
    env: {},
    limitMs: VERSION_LIMIT_MS,
    input: "",
  });

  return error === undefined ? parsePgbenchVersion(output) : undefined;
}

/** @param address libpq's variables */
export function pgbenchDriver(version: string, address: Readonly<Record<string, string>>): LoadDriver {
  return {
    description: { name: "pgbench", version },
    async run(turn) {
      const words = pgbenchArguments(turn, availableParallelism());
      const input = pgbenchScript(turn.kind, turn.organizations);
      const { output, errorOutput, error } = await runPgbench(words, {
        env: address,
        limitMs: TURN_LIMIT_MS,
        input,
      });
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

function runPgbench(
  words: readonly string[],
  { env, limitMs, input }: PgbenchOptions,
): Promise<PgbenchOutput> {
  return new Promise((resolve, reject) => {
    const options = {
      env: { ...cleanEnvironment(), ...env },
      timeout: limitMs,
      killSignal: "SIGKILL",
    } as const;
    const child = execFile("pgbench", words, options, (error, output, errorOutput) => {
      if (error?.killed === true) {
        reject(
          new HarnessError(
            `pgbench did not end within ${limitMs / 1000} s`,
            "Find out what its calls wait for",
            error,
          ),
        );
      } else {
        resolve({ output, errorOutput, ...(error === null ? {} : { error }) });
      }
    });
    // A pgbench that does not read its script has ended, and reports the cause.
    child.stdin?.on("error", (thrown) => (hasCode(thrown, "EPIPE") ? undefined : reject(thrown)));
    child.stdin?.end(input);
  });
}
