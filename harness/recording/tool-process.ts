/**
 * Runs a command line of a migration tool as the caller, with the address of a database. It has no input, so that a
 * question gets the end of the file.
 */
import { randomBytes } from "node:crypto";
import { stat } from "node:fs/promises";
import { stripVTControlCharacters } from "node:util";
import { HarnessError } from "../errors.ts";
import { hasCode } from "../files/file-errors.ts";
import { onExit } from "../server/process/on-exit.ts";
import { blockUntil, findByEnvironment, sendSignal } from "../server/process/processes.ts";
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

/** How long killed processes may take to end. */
const KILL_LIMIT_MS = 2_000;

/**
 * When this returns or throws, or this process ends, nothing that the command started runs any more.
 * @throws HarnessError if the command is not found or not executable
 */
export async function runTool(line: ToolCommandLine, address: DatabaseAddress): Promise<ToolExit> {
  const { command, folder, env = {}, timeoutMs = TOOL_LIMIT_MS } = line;
  const mark = `PLUMBLINE_TOOL=${randomBytes(8).toString("hex")}`;
  const [name = "", value = ""] = mark.split("=");
  // Background services leave the process group, and keep the environment.
  const killAll = () => blockUntil(() => killEach(findByEnvironment(mark)) === 0, KILL_LIMIT_MS);
  const forget = onExit(killAll);
  const started = performance.now();
  try {
    const { code, output, timedOut } = await runProgram("/bin/sh", ["-c", fillAddress(command, address)], timeoutMs, {
      cwd: folder,
      env: { ...toolEnvironment(process.env, env, address), [name]: value },
    });
    const durationMs = performance.now() - started;
    const shown = stripVTControlCharacters(redact(output.replaceAll(address.password || "\0", "****")));
    requireFound(line, code, shown);

    return { exitCode: code, output: shown, durationMs, timedOut };
  } finally {
    killAll();
    forget();
  }
}

/** @returns how many there are */
function killEach(pids: readonly number[]): number {
  for (const pid of pids) sendSignal(pid, "SIGKILL");

  return pids.length;
}

/** By what a shell returns for a command that it does not find, and for one that it cannot execute (POSIX, 2.8.2). */
function requireFound({ command, folder }: ToolCommandLine, code: number, output: string): void {
  if (code !== 127 && code !== 126) return;
  throw new HarnessError(
    `The command ${command} ${code === 127 ? "was not found" : "cannot be executed"}${formatOutputEnd(output)}`,
    `Install it, or write a command that a shell finds in ${folder}, such as npx or npm run`,
  );
}

/** Longer lines are no messages. */
const COLUMNS_MAX = 300;

/** The last lines of an output as the end of a message; empty if there is no output. */
export function formatOutputEnd(output: string, count = 12): string {
  const lines = output.trimEnd().split(/\r?\n/).slice(-count);
  const shown = lines.map((line) => `    ${line.length > COLUMNS_MAX ? `${line.slice(0, COLUMNS_MAX)} …` : line}`);

  return output.trim() === "" ? "" : `; its output ends with:\n${shown.join("\n")}`;
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
