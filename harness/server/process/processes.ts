/**
 * Reads what the operating system knows of processes, and signals them. A pid proves nothing, since pids are reused; a
 * pid with the start time of its process does.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { hasCode } from "../../files/file-errors.ts";

export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  /** `T` is stopped, `Z` a zombie. */
  readonly state: string;
  /** When it started, in the system's own form: only good for comparison. */
  readonly start: string;
}

/** Parses `/proc/<pid>/stat` (proc(5)); the command in it may contain blanks and parentheses. */
export function parseProcStat(pid: number, stat: string): ProcessFacts | undefined {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, parent, start] = [fields[0], fields[1], fields[19]];
  if (!stat.includes(")") || state === undefined || start === undefined) return undefined;

  return { pid, parent: Number(parent), state, start };
}

/** Parses the output of `ps -o pid=,ppid=,state=,lstart=`. */
export function parsePs(output: string): readonly ProcessFacts[] {
  return [...output.matchAll(/^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S.*?)\s*$/gm)].map(
    ([, pid, parent, state = "", start = ""]) => ({ pid: Number(pid), parent: Number(parent), state, start }),
  );
}

export function listProcesses(): readonly ProcessFacts[] {
  if (process.platform !== "linux") return parsePs(ps("-axo", FACTS));

  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (readProcess(Number(name)) ?? []) : []));
}

/** The process with this pid, zombies included. */
export function readProcess(pid: number): ProcessFacts | undefined {
  return process.platform === "linux"
    ? parseProcStat(pid, readProc(pid, "stat"))
    : parsePs(ps("-o", FACTS, "-p", String(pid)))[0];
}

/** The start time of the live process with this pid. A zombie is dead: its parent may never reap it. */
export function readStartTime(pid: number): string | undefined {
  const facts = readProcess(pid);

  return facts === undefined || /^[ZX]/.test(facts.state) ? undefined : facts.start;
}

/** The command line of a process, its words separated by blanks; empty if there is none. */
export function readCommandLine(pid: number): string {
  return process.platform === "linux"
    ? readProc(pid, "cmdline").replaceAll("\0", " ").trim()
    : ps("-o", "command=", "-p", String(pid)).trim();
}

/** The processes whose environment has this text; other accounts do not show theirs, and dead ones have none. */
export function findByEnvironment(text: string): readonly number[] {
  if (process.platform === "linux") {
    return readdirSync("/proc").flatMap((name) =>
      /^\d+$/.test(name) && readProc(Number(name), "environ").includes(text) ? [Number(name)] : [],
    );
  }
  const lines = ps("-axE", "-o", "pid=,command=").split("\n");

  return lines.filter((line) => line.includes(text)).map((line) => Number.parseInt(line, 10));
}

function readProc(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch (thrown) {
    // ENOENT before the file is opened, ESRCH if the process ends between opening and reading; an environment is private.
    if (hasCode(thrown, "ENOENT", "ESRCH", "EACCES", "EPERM")) return "";

    throw thrown;
  }
}

const FACTS = "pid=,ppid=,state=,lstart=";

/** `ps` exits with 1 if there is no such process. Its times are local; a fixed zone keeps them comparable. */
function ps(...words: readonly string[]): string {
  try {
    return execFileSync("ps", ["-ww", ...words], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC" },
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch (thrown) {
    if (thrown instanceof Error && "status" in thrown && thrown.status === 1) return "";

    throw thrown;
  }
}

/** Sends a signal to a process, or to a process group by its negative id; false if it is gone. */
export function sendSignal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (thrown) {
    if (hasCode(thrown, "ESRCH")) return false;

    throw thrown;
  }
}

/** Blocks until the condition holds or the limit has passed, at exit, when nothing can be awaited. @returns whether it holds */
export function blockUntil(condition: () => boolean, limitMs: number): boolean {
  const deadline = Date.now() + limitMs;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (!condition()) {
    if (Date.now() >= deadline) return false;
    Atomics.wait(cell, 0, 0, 5);
  }

  return true;
}
