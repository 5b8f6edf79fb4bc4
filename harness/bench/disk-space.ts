/**
 * Checks that the rows fit the disk before they are made: a server whose disk is full says little about the cause.
 */
import { statfs } from "node:fs/promises";
import type { Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import type { DatabaseSpec } from "./benchmark-database.ts";
import { formatBytes } from "./number-format.ts";

/** An empty database, and the WAL that a server may keep. */
const BYTES_PER_DATABASE = 8_000_000;
const BYTES_OF_WAL = 1_000_000_000;

/** A high estimate in bytes: a template of each database, and on each server a clone of the largest and the WAL (pure). */
export function estimateDiskBytes(specs: readonly DatabaseSpec[], servers = 1): number {
  const each = specs.map(({ volume, rows }) => volume.bytesPerRow * rows + BYTES_PER_DATABASE);

  return each.reduce((sum, bytes) => sum + bytes, 0) + servers * (Math.max(0, ...each) + BYTES_OF_WAL);
}

/**
 * Checks the disk of a server on this machine.
 * @throws HarnessError if the databases do not fit
 */
export async function checkDiskSpace(session: Session, specs: readonly DatabaseSpec[], servers: number): Promise<void> {
  const [row] = await session.query("SELECT current_setting('data_directory') AS folder");
  const { bavail, bsize } = await statfs(row?.["folder"] ?? "");
  requireDiskSpace(estimateDiskBytes(specs, servers), bavail * bsize);
}

/** @throws HarnessError if more bytes are needed than are free */
export function requireDiskSpace(needed: number, free: number): void {
  if (needed <= free) return;

  throw new HarnessError(
    `The rows to measure on take about ${formatBytes(needed)}, and the server's disk has ${formatBytes(free)} left`,
    "Use a smaller --scale, or set PLUMBLINE_TEMP to a folder on a larger disk",
  );
}
