/**
 * Whether the rows have room: estimated before anything is made, since a server whose disk is full tells little of what
 * filled it.
 */
import { statfs } from "node:fs/promises";
import type { Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import type { Site } from "./benchmark-database.ts";
import { bytesOf } from "./statement-lookup.ts";

/** An empty database, and what the log may keep on top of all. */
const BYTES_PER_DATABASE = 8_000_000;
const BYTES_OF_LOG = 1_000_000_000;

/**
 * What the templates of the sites take, in bytes (pure), and on each of the servers a clone of the largest and a log:
 * rather too much.
 */
export function roomNeeded(sites: readonly Site[], servers = 1): number {
  const each = sites.map(({ volume, rows }) => volume.bytesPerRow * rows + BYTES_PER_DATABASE);

  return each.reduce((sum, bytes) => sum + bytes, 0) + servers * (Math.max(0, ...each) + BYTES_OF_LOG);
}

/**
 * Makes sure that the sites fit the disk of a server on this machine, where others of our own may be at work too.
 * @throws HarnessError where they do not
 */
export async function demandRoom(session: Session, sites: readonly Site[], servers: number): Promise<void> {
  const [row] = await session.query("SELECT current_setting('data_directory') AS folder");
  const { bavail, bsize } = await statfs(row?.["folder"] ?? "");
  requireRoom(roomNeeded(sites, servers), bavail * bsize);
}

/** @throws HarnessError where more is needed than is free, both in bytes */
export function requireRoom(needed: number, free: number): void {
  if (needed <= free) return;

  throw new HarnessError(
    `The rows to measure on take about ${bytesOf(needed)}, and the server's disk has ${bytesOf(free)} left`,
    "Ask for a smaller --scale, or set PLUMBLINE_TEMP to a folder on a larger disk",
  );
}
