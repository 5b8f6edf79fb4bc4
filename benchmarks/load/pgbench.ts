/**
 * The load driven by pgbench: a process of its own, ended with its turn.
 */
import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { HarnessError } from "../../harness/errors.ts";
import { hasCode } from "../../harness/files/file-errors.ts";
import { plainEnvironment } from "../../harness/server/settings.ts";
import { pgbenchScript } from "./calls.ts";
import { type Driver, TRIES_MAX } from "./driver.ts";
import { complaintIn, pgbenchArguments, reportIn, versionIn } from "./pgbench-text.ts";

/** No turn takes longer, on however slow a machine. */
const TURN_LIMIT_MS = 120_000;
const VERSION_LIMIT_MS = 10_000;

interface Run {
  readonly env: Readonly<Record<string, string>>;
  readonly limitMs: number;
  readonly input: string;
}

interface Ended {
  readonly output: string;
  readonly complaints: string;
  /** Undefined where it ended well. */
  readonly error?: Error;
}

/** The version of the pgbench on the path, undefined where there is none that is new enough. */
export async function findPgbench(): Promise<string | undefined> {
  const { output, error } = await run(["--version"], { env: {}, limitMs: VERSION_LIMIT_MS, input: "" });

  return error === undefined ? versionIn(output) : undefined;
}

/** @param address libpq's variables */
export function pgbenchDriver(version: string, address: Readonly<Record<string, string>>): Driver {
  return {
    told: { name: "pgbench", version },
    async take(turn) {
      const words = pgbenchArguments(turn, availableParallelism(), TRIES_MAX);
      const input = pgbenchScript(turn.kind, turn.organizations);
      const { output, complaints, error } = await run(words, { env: address, limitMs: TURN_LIMIT_MS, input });
      const result = reportIn(output, complaints);
      // A refused call ends a session and makes pgbench fail: that is a result.
      if (result === undefined || (error !== undefined && result.refusal === undefined)) {
        throw new HarnessError(
          `pgbench failed: ${complaintIn(complaints) ?? error?.message ?? "it gave no report"}`,
          "Run it by hand against the same server, or let Node make the calls",
          error,
        );
      }

      return result;
    },
  };
}

function run(words: readonly string[], { env, limitMs, input }: Run): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const options = {
      env: { ...plainEnvironment(), ...env },
      timeout: limitMs,
      killSignal: "SIGKILL",
    } as const;
    const child = execFile("pgbench", words, options, (error, output, complaints) => {
      if (error?.killed === true) {
        reject(
          new HarnessError(
            `pgbench did not end within ${limitMs / 1000} s`,
            "Find out what its calls wait for",
            error,
          ),
        );
      } else {
        resolve({ output, complaints, ...(error === null ? {} : { error }) });
      }
    });
    // A pgbench that does not read its script has ended, and its end says why.
    child.stdin?.on("error", (thrown) => (hasCode(thrown, "EPIPE") ? undefined : reject(thrown)));
    child.stdin?.end(input);
  });
}
