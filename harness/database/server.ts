/**
 * Defines a PostgreSQL server, which the rest of the harness knows by this interface alone, and names the databases of a
 * run (pure). On a shared server the name holds the run's id, so that a database of other software is never mistaken for one
 * of ours, and those of runs that ended can be found.
 */
import type { ClientConfig } from "pg";
import type { DatabaseProvider } from "./database-provider.ts";

/** How to work on a server that others use too. */
export interface Tenancy {
  /** The database from which others are created and dropped; nothing else is done in it. */
  readonly maintenance: string;
  /** Id of the run, eight hexadecimal digits: part of the name of each database that it creates. */
  readonly run: string;
}

/** A server that accepts connections until it is disposed of. */
export interface Server extends AsyncDisposable {
  /** As on the command line: `embedded`, for one. */
  readonly kind: string;
  /** As the server reports it: `18.4`. */
  readonly version: string;
  /** Undefined if the server is this run's own and removed at its end. */
  readonly tenancy?: Tenancy;
  /** Set if the databases are inside this process and cannot be connected to. */
  readonly databases?: DatabaseProvider;
  /** How to connect to the named database, as a role that may create databases. */
  connection(database: string): ClientConfig;
  /** Stops a server of our own and removes all its files; drops our databases on a shared one. Safe to call twice. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A server that can be crashed. Between a crash and the restart it accepts no connections; connections from before the
 * crash stay closed. If it runs with crash-safe settings, all that was committed survives, and nothing else does.
 */
export interface CrashableServer extends Server {
  /** Kills all processes of the server with SIGKILL. Without effect if it is down already. */
  crash(): Promise<void>;
  /**
   * Starts the server again on the same data, and returns when it has recovered and accepts connections.
   * @throws HarnessError if it does not start
   */
  restart(): Promise<void>;
}

const ON_SHARED_SERVER = /^plumbline_[ct]_([0-9a-f]{8})_[0-9a-f]{8}_(\d+|[0-9a-f]{16})$/;

/** @param creator id of the Databases that builds it, eight hexadecimal digits @param hash of the recipe */
export function templateName(tenancy: Tenancy | undefined, creator: string, hash: string): string {
  return tenancy === undefined ? `plumbline_t_${hash}` : `plumbline_t_${tenancy.run}_${creator}_${hash}`;
}

/** @param creator id of the Databases that clones it, eight hexadecimal digits */
export function cloneName(tenancy: Tenancy | undefined, creator: string, number: number): string {
  return `plumbline_c_${tenancy === undefined ? "" : `${tenancy.run}_`}${creator}_${number}`;
}

/** The run that created a database on a shared server; undefined for any other database. */
export function parseRun(name: string): string | undefined {
  return ON_SHARED_SERVER.exec(name)?.[1];
}

/** The name of a clone in a text; undefined where there is none. */
export function findCloneName(text: string): string | undefined {
  return /\bplumbline_c(?:_[0-9a-f]{8}){1,2}_\d+\b/.exec(text)?.[0];
}
