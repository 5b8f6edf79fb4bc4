/**
 * The life of a container as the engine tells it: whether it still runs, where its port is, what it said last, and its
 * end. Whether PostgreSQL in it is up is found by connecting to it.
 */
import { setTimeout as delay } from "node:timers/promises";
import { Client, type ClientConfig, DatabaseError } from "pg";
import * as v from "valibot";
import { messageOf } from "../../errors.ts";
import type { Endpoint } from "./endpoint.ts";
import { ask } from "./engine.ts";
import { notReady, notStarted } from "./errors.ts";
import { silence } from "./startup-progress.ts";

/** A container by its name, and what it was made of. */
export interface Container {
  readonly engine: Endpoint;
  readonly name: string;
  readonly image: string;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where a server takes connections, and its version. */
export interface Place extends Address {
  readonly version: string;
}

/** How long PostgreSQL may take to make its cluster and to recover. */
const readyLimitMs = 120_000;
const attemptLimitMs = 5_000;
const pauseMs = 25;

const stateShape = v.object({
  State: v.object({ Status: v.string(), ExitCode: v.nullish(v.number()) }),
  NetworkSettings: v.object({
    Ports: v.nullish(v.record(v.string(), v.nullish(v.array(v.object({ HostPort: v.string() }))))),
  }),
});

/** Kills all processes in it at once. Where it is down already, nothing happens. */
export async function killContainer(container: Container): Promise<void> {
  const { status, body } = await ask(
    container.engine,
    "POST",
    `/containers/${container.name}/kill?signal=KILL`,
  );
  if (status !== 204 && status !== 409) throw notStarted(container.image, new Error(body));
  await until(
    async () => (await stateOf(container))?.State.Status === "exited",
    AbortSignal.timeout(attemptLimitMs),
  );
}

/** Starts it again, with the files that it had; its port may be another. */
export async function startAgain(container: Container): Promise<void> {
  const { status, body } = await ask(container.engine, "POST", `/containers/${container.name}/start`);
  if (status !== 204 && status !== 304) throw notStarted(container.image, new Error(body));
}

/** Removes it with all its files, running or not; where there is none, nothing happens. */
export async function removeContainer({
  engine,
  name,
}: Pick<Container, "engine" | "name">): Promise<boolean> {
  const { status, body } = await ask(engine, "DELETE", `/containers/${name}?force=1&v=1`);
  // 409: whoever else removes it is at it.
  if (![204, 404, 409].includes(status)) throw new Error(`the container ${name} cannot be removed: ${body}`);

  return status !== 404;
}

/**
 * Does the work, and then waits until the server takes connections.
 * @param bring brings the container up, and says on which host its port is published
 * @param config how to connect
 * @throws HarnessError where it ends before that, runs no PostgreSQL, or does not come up in time
 */
export async function comesUp(
  container: Container,
  bring: () => Promise<string>,
  config: (address: Address) => ClientConfig,
): Promise<Place> {
  const over = new AbortController();
  const up = async () => await answers(container, await bring(), config, over.signal);
  try {
    return await Promise.race([up(), ended(container, over.signal), silent(container, over.signal)]);
  } finally {
    over.abort();
  }
}

/** Whether the engine has it, in whatever state. */
export async function isThere(container: Container): Promise<boolean> {
  return (await stateOf(container)) !== undefined;
}

async function stateOf({ engine, name }: Container): Promise<v.InferOutput<typeof stateShape> | undefined> {
  const { status, body } = await ask(engine, "GET", `/containers/${name}/json`);

  return status === 200 ? v.parse(stateShape, JSON.parse(body)) : undefined;
}

async function answers(
  container: Container,
  host: string,
  config: (address: Address) => ClientConfig,
  signal: AbortSignal,
): Promise<Place> {
  const deadline = Date.now() + readyLimitMs;
  let last = "its port is not published";
  while (!signal.aborted && Date.now() < deadline) {
    const port = Number((await stateOf(container))?.NetworkSettings.Ports?.["5432/tcp"]?.[0]?.HostPort);
    if (port > 0) {
      try {
        return { host, port, version: await versionAt(config({ host, port })) };
      } catch (thrown) {
        last = messageOf(thrown);
        // Not a server on its way: one that does not know the password it was given.
        if (thrown instanceof DatabaseError && thrown.code?.startsWith("28") === true) break;
      }
    }
    await delay(pauseMs);
  }

  throw notReady(container.image, `takes no connection (${last})`, await logOf(container));
}

async function versionAt(config: ClientConfig): Promise<string> {
  const client = new Client({ ...config, connectionTimeoutMillis: attemptLimitMs });
  // A connection that breaks is told by the query that waits on it; unheard, it would end the process.
  client.on("error", (error) => error);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>(
      "SELECT current_setting('server_version') AS version",
    );

    return rows[0]?.version.split(" ")[0] ?? "unknown";
  } finally {
    await client.end();
  }
}

/** Comes back only with an error: that of a container that has ended. Goes on as long as nobody says that it is over. */
async function ended(container: Container, signal: AbortSignal): Promise<never> {
  let code: number | null | undefined;
  await until(async () => {
    const state = (await stateOf(container))?.State;
    code = state?.ExitCode;

    return state?.Status === "exited" || state?.Status === "dead";
  }, signal);
  signal.throwIfAborted();

  throw notReady(container.image, `ended with code ${code ?? "unknown"}`, await logOf(container));
}

/** Comes back only with an error: that of a container that runs something else. */
async function silent(container: Container, signal: AbortSignal): Promise<never> {
  await silence(container.engine, container.name, signal);
  signal.throwIfAborted();

  throw notReady(container.image, "runs, but no PostgreSQL starts in it", await logOf(container));
}

async function until(condition: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await condition())) await delay(4 * pauseMs);
}

async function logOf({ engine, name }: Container): Promise<string> {
  const { body } = await ask(engine, "GET", `/containers/${name}/logs?stdout=1&stderr=1&tail=40`);

  return unframed(body);
}

/** The engine puts eight bytes before each piece of the log: where it comes from, and its length. */
export function unframed(log: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what the engine sends
  return log.replace(/[\u0000-\u0002]\u0000\u0000\u0000.{4}/gs, "");
}
