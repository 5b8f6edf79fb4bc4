/**
 * Where a PostgreSQL comes from. Everything else in the harness knows a server by this interface alone.
 */
import type { ClientConfig } from "pg";

export type ServerKind = "embedded" | "container" | "external" | "memory";

export interface Server extends AsyncDisposable {
  readonly kind: ServerKind;
  /** As the server itself says it: `18.4`. */
  readonly version: string;
  /** How to reach the named database on this server, as a role that may create databases. */
  connection(database: string): ClientConfig;
  /** Stops the server and removes all that it left on disk. Safe to call twice. */
  [Symbol.asyncDispose](): Promise<void>;
}
