/**
 * Who something belongs to: a folder by the file `owner.json` in it, a container by a label. Both name a process by pid,
 * moment of start and realm. The realm is the machine and its pid namespace: a pid of another container says nothing
 * here, even where both share a folder, nor does one of another machine that shares an engine.
 */
import { readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { hasCode } from "../../files/file-errors.ts";
import { startOf } from "./processes.ts";

const ownerShape = v.object({
  plumbline: v.literal("run"),
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  start: v.string(),
  realm: v.string(),
});

export type Owner = v.InferOutput<typeof ownerShape>;

/** This process as an owner, for `ownerIn` to read. */
export function ownWords(): string {
  const owner: Owner = {
    plumbline: "run",
    pid: process.pid,
    start: startOf(process.pid) ?? "unknown",
    realm: realm(),
  };

  return JSON.stringify(owner);
}

/** Marks the folder as this process's. */
export function signOwner(folder: string): void {
  writeFileSync(join(folder, "owner.json"), ownWords(), { mode: 0o600 });
}

/** The owner as a text has it; undefined for anything that is not exactly ours. */
export function ownerIn(text: string): Owner | undefined {
  try {
    const parsed = v.safeParse(ownerShape, JSON.parse(text));

    return parsed.success ? parsed.output : undefined;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;

    throw thrown;
  }
}

/** True only if the folder names an owner of this realm, and that very process no longer lives. */
export function isOrphaned(folder: string): boolean {
  const owner = ownerIn(readOwner(folder));

  return owner !== undefined && isGone(owner);
}

/** True only if the owner is of this realm, and that very process no longer lives. */
export function isGone(owner: Owner): boolean {
  return owner.realm === realm() && startOf(owner.pid) !== owner.start;
}

function readOwner(folder: string): string {
  return readIfThere(join(folder, "owner.json"));
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    if (hasCode(thrown, "ENOENT", "ENOTDIR", "EACCES")) return "";

    throw thrown;
  }
}

function realm(): string {
  const namespace = process.platform === "linux" ? readlinkSync("/proc/self/ns/pid") : process.platform;

  // Hosts are often called alike, and the first namespace has the same number everywhere.
  return [hostname(), namespace, readIfThere("/etc/machine-id").trim()].join(" ").trim();
}
