/**
 * Drives the load by pgbench, one process for each turn.
 */
import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { HarnessError } from "../../harness/errors.ts";
import { hasCode } from "../../harness/files/file-errors.ts";
import { cleanEnvironment } from "../../harness/server/process/settings.ts";
import { pgbenchScript } from "./calls.ts";
import { parsePgbenchError, parsePgbenchReport, parsePgbenchVersion, pgbenchArguments } from "./pgbench-text.ts";
import type { LoadDriver } from "./turn.ts";

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
