/**
 * Waits until PostgreSQL in a container accepts connections. The engine opens its port before anything listens behind
 * it, so only a connection shows that; a container that ends, or in which none of PostgreSQL's programs runs, is an
 * error long before the time limit.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type ClientConfig, DatabaseError } from "pg";
import { type HarnessError, messageOf } from "../../errors.ts";
import { readVersion, type ServerAddress } from "../process/superuser.ts";
import {
  type Container,
  hasEnded,
  inspectContainer,
  listCommands,
  publishedHost,
  readContainerLog,
} from "./containers.ts";
import { notReady } from "./errors.ts";

/** How long PostgreSQL may take to create its cluster, or to recover. */
const readyLimitMs = 120_000;
const attemptLimitMs = 5_000;
/** How long none of PostgreSQL's programs may be seen in a container that runs. */
const absenceLimitMs = 5_000;
const pauseMs = 25;

const PROGRAM = /^(postgres|postmaster|edb-postgres|initdb|pg_[a-z]+|psql|createdb|createuser):?$/;

/** Where PostgreSQL in a container accepts connections, and its version. */
export interface ReadyServer {
  readonly address: ServerAddress;
  readonly version: string;
}

/**
 * @param toConfig how to connect to an address
 * @throws HarnessError if the container ends, contains something else, or takes too long
 */
export async function untilReady(
  container: Container,
  toConfig: (address: ServerAddress) => ClientConfig,
): Promise<ReadyServer> {
  const { handle } = container;
  const deadline = Date.now() + readyLimitMs;
  let last = "its port is not published";
  let lastSeen = Date.now();
  for (let round = 0; Date.now() < deadline; round += 1) {
    const found = await inspectContainer(handle);
    if (found === undefined || hasEnded(found)) {
      throw await notReadyError(container, `ended with code ${found?.State.ExitCode ?? "unknown"}`);
    }
    const port = found.NetworkSettings.Ports?.["5432/tcp"]?.[0]?.HostPort;
    if (port !== undefined) {
      const address = { host: publishedHost(container.engine), port: Number(port) };
      try {
        return { address, version: await readVersion(toConfig(address), attemptLimitMs) };
      } catch (thrown) {
        last = messageOf(thrown);
        // 28: a server that has started, with another password.
        if (thrown instanceof DatabaseError && thrown.code?.startsWith("28") === true) break;
      }
    }
    if (round % 20 === 0) {
      const commands = await listCommands(handle);
      if (commands === undefined || commands.some(isPostgres)) lastSeen = Date.now();
      if (Date.now() - lastSeen > absenceLimitMs) {
        throw await notReadyError(container, "runs, but no PostgreSQL starts in it");
      }
    }
    await delay(pauseMs);
  }

  throw await notReadyError(container, `does not accept connections (${last})`);
}

async function notReadyError({ image, handle }: Container, what: string): Promise<HarnessError> {
  return notReady(image, what, await readContainerLog(handle));
}

/** Whether a command runs one of PostgreSQL's programs; a script that would start it later only names it. */
export function isPostgres(command: string): boolean {
  return PROGRAM.test((command.split(" ", 1)[0] ?? "").replace(/^.*\//, "").replace(/^-/, ""));
}
