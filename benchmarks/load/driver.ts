/**
 * Who makes the calls of a load: pgbench where it is installed, since it costs the machine next to nothing, or Node.
 * Which of the two it was is part of the result.
 */
import type { ClientConfig } from "pg";
import { HarnessError } from "../../harness/errors.ts";
import type { CallKind } from "./calls.ts";
import { nodeDriver } from "./node-driver.ts";
import { findPgbench, pgbenchDriver } from "./pgbench.ts";
import { addressFor } from "./pgbench-text.ts";
import type { DrivenBy, DriverName } from "./result.ts";

/** One turn of a load. */
export interface Turn {
  readonly kind: CallKind;
  readonly organizations: number;
  readonly sessions: number;
  /** Calls of each session. */
  readonly calls: number;
}

export interface TurnResult {
  /** From the moment on at which all sessions are there. */
  readonly callsPerSecond: number;
  /** Calls that succeeded. */
  readonly calls: number;
  readonly retries: number;
  /** What the server said, where it refused a call for another reason than class 40. */
  readonly refusal?: string;
}

export interface Driver {
  readonly told: DrivenBy;
  /** @throws HarnessError where the server cannot be reached, or a turn does not end */
  take(turn: Turn): Promise<TurnResult>;
}

/** A call is made so often before its refusal with class 40 counts as any other. */
export const TRIES_MAX = 10;

/** The driver that is asked for, or the best there is. */
export async function chooseDriver(connection: ClientConfig, asked?: DriverName): Promise<Driver> {
  if (asked === "node") {
    return nodeDriver(connection);
  }
  const version = await findPgbench();
  const address = addressFor(connection);
  if (version !== undefined && address !== undefined) {
    return pgbenchDriver(version, address);
  }
  const because =
    version === undefined
      ? "pgbench 15 or later is not installed"
      : "pgbench cannot be told how this server is reached";
  if (asked === "pgbench") {
    throw new HarnessError(because, "Install PostgreSQL's client programs, or let Node make the calls");
  }

  return nodeDriver(connection, because);
}
