/** Connects to the server that is asked, after checking that its answers would be those of production. */
import { Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import { isPostgresUrl, parseServerAddress, resolveAddress } from "../server/external/address.ts";
import { type ExternalFacts, readFacts } from "../server/external/eligibility.ts";
import { connectionError } from "../server/external/errors.ts";
import { connectExternal } from "../server/external/external.ts";
import type { Asked } from "./ask.ts";

export interface OpenAsked extends Asked, AsyncDisposable {
  /** The address without its password, and the version. */
  readonly server: { readonly address: string; readonly version: string };
}

/**
 * A query ends so soon after this process, where the platform of the server allows it (PostgreSQL manual, 19.3.2 TCP
 * Settings); otherwise, by the statement timeout.
 */
const CHECK_INTERVAL_MS = 1_000;

/**
 * Opens a session on the database of an address, or of DATABASE_URL where it is `external`.
 * @throws HarnessError, without any password, if the server cannot be reached, refuses the role, is a pooler or a standby
 */
export async function openAsked(name: string, timeoutMs: number): Promise<OpenAsked> {
  if (name !== "external" && !isPostgresUrl(name)) {
    throw new HarnessError(
      `preflight asks a server of yours, and ${JSON.stringify(name)} is none`,
      "Name its address with --server postgres://role:password@host:5432/database, or leave --server out to print the queries",
    );
  }
  const address = parseServerAddress(resolveAddress(name), process.env, "plumbline preflight");
  const { client, plain } = await connectExternal(address);
  let facts: ExternalFacts;
  try {
    const { client: second } = await connectExternal(address);
    facts = await readFacts(client, second).finally(() => second.end());
  } catch (thrown) {
    throw thrown instanceof HarnessError ? thrown : connectionError(thrown, address.shown);
  } finally {
    await client.end();
  }
  requireFit(facts, address.shown);
  const session = await Session.open({
    ...address.connection(address.database, plain),
    statement_timeout: timeoutMs,
  });
  await session.tryExecute(`SET client_connection_check_interval = ${CHECK_INTERVAL_MS}`);

  return {
    session,
    timeoutMs,
    role: facts.role,
    server: { address: address.shown, version: facts.version },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** @throws HarnessError for a pooler or a standby */
export function requireFit({ pooled, inRecovery }: ExternalFacts, shown: string): void {
  if (pooled !== undefined) {
    throw new HarnessError(
      `the server ${shown} is behind a pooler: ${pooled}`,
      "Name the server's own address and port, not those of a pooler such as PgBouncer",
    );
  }
  if (inRecovery) {
    throw new HarnessError(
      `the server ${shown} is a standby: it may be behind, and it cancels long queries`,
      "Name the primary server, or print the queries without --server and run them on the standby in psql",
    );
  }
}
