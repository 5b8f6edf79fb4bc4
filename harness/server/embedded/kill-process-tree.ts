/**
 * The end of a server without any warning: SIGKILL to its first process and all its children, at one moment. Each child
 * of PostgreSQL leads a process group of its own, so they are found by their parent. That parent is stopped first:
 * then it neither makes another child nor sees one of them die.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { HarnessError } from "../../errors.ts";
import { hasCode } from "../../files/file-errors.ts";
import { blockUntil, signal, startOf } from "../process/processes.ts";

const stopLimitMs = 2_000;
const endLimitMs = 6_000;

/** A process as it stands in the system's list. */
export interface Listed {
  readonly pid: number;
  readonly parent: number;
  /** `T` is stopped. */
  readonly state: string;
}

/**
 * Kills the process and its children, and waits until none of them is left.
 * @throws HarnessError where one of them does not end
 */
export async function killFamily(pid: number): Promise<void> {
  const killed = killAtOnce(pid);
  const deadline = Date.now() + endLimitMs;
  // What a killed process held, its part of the shared memory above all, is free only when it is gone.
  while (killed.some((one) => startOf(one.pid) === one.start)) {
    if (Date.now() >= deadline) {
      throw new HarnessError(
        `processes of PostgreSQL do not end within ${endLimitMs} ms of being killed`,
        "Look for a disk that hangs, and run again",
      );
    }
    await delay(1);
  }
}

/** No await in here: whatever ends this process meanwhile finds the server either running or killed. */
function killAtOnce(pid: number): readonly { readonly pid: number; readonly start: string }[] {
  if (signal(pid, "SIGSTOP")) {
    blockUntil(() => stateOf(pid) !== "running", stopLimitMs);
  }
  const family = [...listed().filter(({ parent }) => parent === pid), { pid }].flatMap((one) => {
    const start = startOf(one.pid);

    return start === undefined ? [] : [{ pid: one.pid, start }];
  });
  for (const one of family) signal(one.pid, "SIGKILL");

  return family;
}

function stateOf(pid: number): "running" | "stopped" | "gone" {
  const found = listed(pid).find((one) => one.pid === pid);
  if (found === undefined) return "gone";

  return found.state.startsWith("T") ? "stopped" : "running";
}

/** All processes that the system lists, or the one. */
function listed(only?: number): readonly Listed[] {
  return process.platform === "linux" ? listedInProc(only) : listedByPs();
}

function listedInProc(only?: number): readonly Listed[] {
  const names =
    only === undefined ? readdirSync("/proc").filter((name) => /^\d+$/.test(name)) : [String(only)];

  return names.flatMap((name) => listedInStat(Number(name), statOf(name)) ?? []);
}

function statOf(name: string): string {
  try {
    return readFileSync(`/proc/${name}/stat`, "utf8");
  } catch (thrown) {
    if (hasCode(thrown, "ENOENT", "ESRCH")) return "";

    throw thrown;
  }
}

/** A process out of its `/proc/<pid>/stat`; the command in it may hold blanks and brackets. */
export function listedInStat(pid: number, stat: string): Listed | undefined {
  const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (!stat.includes(")") || state === undefined || parent === undefined) return undefined;

  return { pid, parent: Number(parent), state };
}

function listedByPs(): readonly Listed[] {
  return listedInPs(
    execFileSync("ps", ["-axo", "pid=,ppid=,state="], { encoding: "utf8", env: { LC_ALL: "C" } }),
  );
}

/** The processes out of `ps -axo pid=,ppid=,state=`. */
export function listedInPs(output: string): readonly Listed[] {
  return [...output.matchAll(/^\s*(\d+)\s+(\d+)\s+(\S+)/gm)].map(([, pid, parent, state = ""]) => ({
    pid: Number(pid),
    parent: Number(parent),
    state,
  }));
}
