/**
 * What the operating system knows of a process: a pid alone proves nothing, since pids are used again; a pid with the
 * moment of its start does. A zombie is dead: nobody may be there to reap it.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { hasCode } from "../../files/file-errors.ts";

export interface ProcessFacts {
  readonly dead: boolean;
  /** When it started, as the system writes it: only good for being compared. */
  readonly start: string;
}

/** The state and the start of a process out of `/proc/<pid>/stat`; the command in it may hold blanks and brackets. */
export function factsInStat(stat: string): ProcessFacts | undefined {
  const fields = stat
    .slice(stat.lastIndexOf(")") + 2)
    .trim()
    .split(" ");
  const [state, start] = [fields[0], fields[19]];
  if (!stat.includes(")") || state === undefined || start === undefined) return undefined;

  return { dead: state === "Z" || state === "X", start };
}

/** The same out of `ps -o state=,lstart=`. */
export function factsInPs(line: string): ProcessFacts | undefined {
  const [, state, start] = /^\s*(\S+)\s+(\S.*?)\s*$/.exec(line) ?? [];
  if (state === undefined || start === undefined) return undefined;

  return { dead: state.startsWith("Z"), start };
}

/** When the process with this pid started; undefined if there is none that lives. */
export function startOf(pid: number): string | undefined {
  const facts =
    process.platform === "linux" ? factsInStat(readProc(pid, "stat")) : factsInPs(ps(pid, "state=,lstart="));

  return facts === undefined || facts.dead ? undefined : facts.start;
}

/** The command line of a process, its words parted by blanks; empty if there is none. */
export function commandOf(pid: number): string {
  return process.platform === "linux"
    ? readProc(pid, "cmdline").replaceAll("\0", " ").trim()
    : ps(pid, "command=").trim();
}

function readProc(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch (thrown) {
    // ENOENT before the file is opened, ESRCH where the process ends between opening and reading.
    if (hasCode(thrown, "ENOENT", "ESRCH")) return "";

    throw thrown;
  }
}

/** `ps` ends with 1 where there is no such process. Its times are local, so the zone is fixed to keep them comparable. */
function ps(pid: number, format: string): string {
  try {
    return execFileSync("ps", ["-ww", "-o", format, "-p", String(pid)], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC" },
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch (thrown) {
    if (thrown instanceof Error && "status" in thrown && thrown.status === 1) return "";

    throw thrown;
  }
}

/** Sends a signal; false where the process is gone already. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (thrown) {
    if (hasCode(thrown, "ESRCH")) return false;

    throw thrown;
  }
}

/** Blocks until the condition holds or the limit has passed; says whether it holds. For the way out, where nothing can be awaited. */
export function blockUntil(condition: () => boolean, limitMs: number): boolean {
  const deadline = Date.now() + limitMs;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (!condition()) {
    if (Date.now() >= deadline) return false;
    Atomics.wait(cell, 0, 0, 5);
  }

  return true;
}
