/**
 * Where a PostgreSQL comes from. Everything else in the harness knows a server by this interface alone.
 */
import type { ClientConfig } from "pg";
import type { DatabaseProvider } from "./databases.ts";

export type ServerKind = "embedded" | "container" | "external" | "memory";

/** How to behave on a server that others use too. */
export interface Tenancy {
  /** The database that sessions which make and drop databases are on; nothing else is done in it. */
  readonly maintenance: string;
  /** Eight hexadecimal digits that no other run has: part of the name of each database that is made. */
  readonly run: string;
}

export interface Server extends AsyncDisposable {
  readonly kind: ServerKind;
  /** As the server itself says it: `18.4`. */
  readonly version: string;
  /** Missing where the server is this run's alone, and gone with it. */
  readonly tenancy?: Tenancy;
  /** Where databases are in this process, and nobody can connect to them. */
  readonly databases?: DatabaseProvider;
  /** How to reach the named database on this server, as a role that may create databases. */
  connection(database: string): ClientConfig;
  /** Stops the server and removes all that it left on disk. Safe to call twice. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A server that can be crashed. Between a crash and the restart no connection is taken; connections from before the
 * crash are dead for good. What was committed is there afterwards, and what was not is gone, if the server is set to be
 * crash-safe.
 */
export interface CrashableServer extends Server {
  /** Kills all processes of the server at once (SIGKILL). Where it is down already, nothing happens. */
  crash(): Promise<void>;
  /**
   * Starts the server again on the same data, and returns when recovery is over and it takes connections.
   * @throws HarnessError where it does not come up
   */
  restart(): Promise<void>;
}
