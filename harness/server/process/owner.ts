/**
 * Identifies the process that owns a folder, by the file `owner.json` in it, or a container, by a label. A process is
 * named by pid, start time and realm. The realm is the machine and its pid namespace: the pid of a process in another
 * container says nothing here, even if both share a folder, nor does that of another machine that shares an engine.
 */
import { readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { hasCode } from "../../files/file-errors.ts";
import { readStartTime } from "./processes.ts";

const ownerShape = v.object({
  plumbline: v.literal("run"),
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  start: v.string(),
  realm: v.string(),
});

export type Owner = v.InferOutput<typeof ownerShape>;

/** This process as an owner, in JSON. */
export function formatOwner(): string {
  const start = readStartTime(process.pid) ?? "unknown";
  const owner: Owner = { plumbline: "run", pid: process.pid, start, realm: readRealm() };

  return JSON.stringify(owner);
}

/** Marks the folder as this process's. */
export function writeOwner(folder: string): void {
  writeFileSync(join(folder, "owner.json"), formatOwner(), { mode: 0o600 });
}

/** Undefined for anything but the exact JSON of an owner. */
export function parseOwner(text: string): Owner | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), ownerShape), text);

  return parsed.success ? parsed.output : undefined;
}

/** True only if the folder names an owner of this realm, and that process is gone. */
export function isOrphaned(folder: string): boolean {
  const owner = parseOwner(readIfPresent(join(folder, "owner.json")));

  return owner !== undefined && isOwnerGone(owner);
}

/** True only if the owner is of this realm, and that process is gone. */
export function isOwnerGone(owner: Owner): boolean {
  return owner.realm === readRealm() && readStartTime(owner.pid) !== owner.start;
}

function readIfPresent(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    if (hasCode(thrown, "ENOENT", "ENOTDIR", "EACCES")) return "";

    throw thrown;
  }
}

function readRealm(): string {
  const namespace = process.platform === "linux" ? readlinkSync("/proc/self/ns/pid") : process.platform;

  // Host names repeat, and the initial namespace has the same number on every machine.
  return [hostname(), namespace, readIfPresent("/etc/machine-id").trim()].join(" ").trim();
}
