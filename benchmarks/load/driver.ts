/**
 * Chooses what makes the calls of a load: pgbench if it is installed, since it takes hardly any processor time, or Node.
 * The choice is part of the result.
 */
import type { ClientConfig } from "pg";
import { HarnessError } from "../../harness/errors.ts";
import { nodeDriver } from "./node-driver.ts";
import { findPgbench, pgbenchDriver } from "./pgbench.ts";
import { libpqEnvironment } from "./pgbench-text.ts";
import type { DriverName, LoadDriver } from "./turn.ts";

/** The requested driver, or the best available. */
export async function chooseDriver(connection: ClientConfig, requested?: DriverName): Promise<LoadDriver> {
  if (requested === "node") return nodeDriver(connection);
  const version = await findPgbench();
  const environment = libpqEnvironment(connection);
  if (version !== undefined && environment !== undefined) return pgbenchDriver(version, environment);
  const because =
    version === undefined ? "pgbench 15 or later is not installed" : "libpq has no variables for this connection";
  if (requested === "pgbench") {
    throw new HarnessError(because, "Install PostgreSQL's client programs, or let Node make the calls");
  }

  return nodeDriver(connection, because);
}
