/**
 * Finds the Docker Engine, with Testcontainers' own client, and sends it requests with a time limit: an engine that hangs
 * does not hang the caller. Testcontainers takes its time to load, and is loaded here.
 */
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { ContainerRuntimeClient } from "testcontainers";
import { noEngine } from "./errors.ts";

/** Testcontainers' client of an engine. */
export type Engine = ContainerRuntimeClient;

const findLimitMs = 15_000;
const connectLimitMs = 3_000;
const answerLimitMs = 20_000;

/**
 * The engine that Testcontainers works with: at DOCKER_HOST if that is set, else at one of the usual sockets.
 * @throws HarnessError within seconds if there is none, or if DOCKER_HOST is set and another one answers
 */
export async function findEngine(): Promise<Engine> {
  const host = process.env["DOCKER_HOST"] || undefined;
  const { getContainerRuntimeClient } = await import("testcontainers");
  try {
    const engine = await withLimit(getContainerRuntimeClient(), findLimitMs);
    if (host === undefined || isAt(engine, host)) return engine;
  } catch (thrown) {
    throw noEngine(host, (await findConnectionError(host)) ?? thrown);
  }

  throw noEngine(
    host,
    (await findConnectionError(host)) ?? new Error("Testcontainers cannot work with what answers there"),
  );
}

/** Testcontainers passes over an engine that does not answer it, and takes the next. */
function isAt({ container: { dockerode } }: Engine, host: string): boolean {
  const { socketPath, host: name } = dockerode.modem as { socketPath?: string; host?: string };
  const url = URL.canParse(host) ? new URL(host) : undefined;

  return url?.hostname === "" ? socketPath === url.pathname : name === url?.hostname;
}

/** Tries to connect, since Testcontainers does not report why it could not. */
async function findConnectionError(host = "unix:///var/run/docker.sock"): Promise<unknown> {
  if (!URL.canParse(host)) return new Error("it is no address such as unix:///path/to/docker.sock");
  const { hostname, port, pathname } = new URL(host);
  const socket =
    hostname === "" ? connect(pathname) : connect({ host: hostname, port: Number(port || 2375) });
  try {
    await withLimit(
      new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject)),
      connectLimitMs,
    );

    return undefined;
  } catch (thrown) {
    return thrown;
  } finally {
    socket.destroy();
  }
}

/** Rejects if the work takes longer; the work itself goes on. */
export async function withLimit<T>(work: Promise<T>, limitMs: number): Promise<T> {
  const timer = new AbortController();
  const late = delay(limitMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`it did not answer within ${limitMs} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}

/**
 * Waits for the engine's answer, up to a limit.
 * @param tolerated HTTP statuses of errors to return undefined for
 */
export async function answerOf<T>(
  request: Promise<T>,
  tolerated: readonly number[] = [],
  limitMs = answerLimitMs,
): Promise<T | undefined> {
  try {
    return await withLimit(request, limitMs);
  } catch (thrown) {
    const status = thrown instanceof Error && "statusCode" in thrown ? Number(thrown.statusCode) : 0;
    if (tolerated.includes(status)) return undefined;

    throw thrown;
  }
}
