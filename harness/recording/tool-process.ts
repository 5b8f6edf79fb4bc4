/**
 * Runs a command line of a migration tool as the caller, in a process group of its own, with the address of a database. It
 * has no input, so that a question gets the end of the file, and nothing that it started in its group outlives it.
 */
import { stat } from "node:fs/promises";
import { HarnessError } from "../errors.ts";
import { hasCode } from "../files/file-errors.ts";
import { runProgram } from "../server/process/run-program.ts";
import { redact } from "../text/redact.ts";
import { type DatabaseAddress, fillAddress, toolEnvironment } from "./tool-environment.ts";

/** A command line and where it runs. */
export interface ToolCommandLine {
  /** For the shell; `{url}` and the other placeholders of `fillAddress` are filled in. */
  readonly command: string;
  /** In which it runs. */
  readonly folder: string;
  /** Variables beside those that every tool gets; placeholders are filled in. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds until it is killed, by default two minutes. */
  readonly timeoutMs?: number;
}

/** The end of a command. */
export interface ToolExit {
  /** 128 and the signal's number if a signal ended it. */
  readonly exitCode: number;
  /** Its standard output and error without passwords; the end of it if it is long. */
  readonly output: string;
  readonly durationMs: number;
  /** Whether it was killed at its limit. */
  readonly timedOut: boolean;
}

export const TOOL_LIMIT_MS = 120_000;

/** @throws HarnessError if the command is not found or not executable */
export async function runTool(line: ToolCommandLine, address: DatabaseAddress): Promise<ToolExit> {
  const { command, folder, env = {}, timeoutMs = TOOL_LIMIT_MS } = line;
  const started = performance.now();
  const { code, output, timedOut } = await runProgram("/bin/sh", ["-c", fillAddress(command, address)], timeoutMs, {
    cwd: folder,
    env: toolEnvironment(process.env, env, address),
  });
  const durationMs = performance.now() - started;
  const shown = redact(output.replaceAll(address.password || "\0", "****"));
  // What a shell returns for a command that it does not find, and for one that it cannot execute (POSIX, 2.8.2).
  if (code === 127 || code === 126) {
    throw new HarnessError(
      `The command ${command} ${code === 127 ? "was not found" : "cannot be executed"}${formatOutputEnd(shown)}`,
      `Install it, or write a command that a shell finds in ${folder}, such as npx or npm run`,
    );
  }

  return { exitCode: code, output: shown, durationMs, timedOut };
}

/** The last lines of an output, indented, after a colon; a full stop is not needed where there are none. */
export function formatOutputEnd(output: string, count = 12): string {
  const lines = output.trimEnd().split(/\r?\n/).slice(-count);

  return output.trim() === "" ? "" : `; its output ends with:\n${lines.map((line) => `    ${line}`).join("\n")}`;
}

/** @throws HarnessError if it is missing or no folder */
export async function requireFolder(folder: string): Promise<void> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    (thrown: unknown) => {
      if (hasCode(thrown, "ENOENT", "ENOTDIR")) return false;
      throw thrown;
    },
  );
  if (!isFolder) throw new HarnessError(`There is no folder ${folder} to run the command in`, "Fix cwd of the command");
}
