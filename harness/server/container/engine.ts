/**
 * Finds the Docker Engine, with Testcontainers' own client, and sends it requests with a time limit: an engine that hangs
 * hangs neither the caller nor the end of the process. Testcontainers takes long to load, and is loaded here.
 */
import { existsSync } from "node:fs";
import { get } from "node:http";
import type { ContainerRuntimeClient } from "testcontainers";
import { noEngine } from "./errors.ts";

/** Testcontainers' client of an engine. */
export type Engine = ContainerRuntimeClient;

const usualSocket = "/var/run/docker.sock";
const pingLimitMs = 3_000;
const answerLimitMs = 20_000;

/**
 * The engine that Testcontainers works with: at DOCKER_HOST if that is set, else at one of the usual sockets.
 * @throws HarnessError within seconds if there is none, or if DOCKER_HOST is set and another one answers
 */
export async function findEngine(): Promise<Engine> {
  const host = process.env["DOCKER_HOST"] || undefined;
  const found = host !== undefined || existsSync(usualSocket);
  const error = found ? await ping(host ?? `unix://${usualSocket}`) : undefined;
  // Without DOCKER_HOST another socket may serve, but waiting for one that hangs would hang Testcontainers.
  if (error !== undefined && (host !== undefined || error.name === "TimeoutError")) throw noEngine(host, error);
  const { getContainerRuntimeClient } = await import("testcontainers");
  const engine = await getContainerRuntimeClient().catch((thrown: unknown) => {
    throw noEngine(host, error ?? (found ? thrown : new Error(`ENOENT: no ${usualSocket}`)));
  });
  if (host === undefined || isAt(engine, host)) return engine;

  throw noEngine(host, new Error("Testcontainers cannot work with what answers there"));
}

/** Testcontainers passes over an engine that it cannot work with, and takes the next. */
function isAt({ container: { dockerode } }: Engine, host: string): boolean {
  const { socketPath, host: name } = dockerode.modem as { socketPath?: string; host?: string };
  const { hostname, pathname } = new URL(host);

  return hostname === "" ? socketPath === pathname : name === hostname;
}

/** Why the engine does not answer, which Testcontainers does not report. What speaks TLS is left to Testcontainers. */
async function ping(host: string): Promise<Error | undefined> {
  if (!/^(unix|tcp|https?):\/\//.test(host) || !URL.canParse(host)) {
    return new Error("it is no address such as unix:///path/to/docker.sock");
  }
  const { protocol, hostname, port, pathname } = new URL(host);
  if (protocol === "https:" || process.env["DOCKER_TLS_VERIFY"] === "1") return undefined;
  const signal = AbortSignal.timeout(pingLimitMs);
  const address =
    hostname === "" ? { socketPath: decodeURIComponent(pathname) } : { host: hostname, port: port || 2375 };

  return await new Promise((resolve) => {
    get({ ...address, path: "/_ping", signal, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200 ? undefined : new Error(`HTTP status ${answer.statusCode}`));
    }).once("error", (thrown) => resolve(signal.aborted ? timeoutError(pingLimitMs) : thrown));
  });
}

function timeoutError(limitMs: number): Error {
  return Object.assign(new Error(`it did not answer within ${limitMs} ms`), { name: "TimeoutError" });
}

/**
 * Sends a request to the engine and waits for the answer, up to a limit.
 * @param tolerated HTTP statuses of errors to return undefined for
 */
export async function ask<T>(
  request: (options: { abortSignal: AbortSignal }) => Promise<T>,
  tolerated: readonly number[] = [],
  limitMs = answerLimitMs,
): Promise<T | undefined> {
  const abortSignal = AbortSignal.timeout(limitMs);
  const late = new Promise<never>((_, reject) => {
    abortSignal.addEventListener("abort", () => reject(timeoutError(limitMs)), { once: true });
  });
  try {
    // Some of dockerode's requests ignore the signal.
    return await Promise.race([request({ abortSignal }), late]);
  } catch (thrown) {
    const status = thrown instanceof Error && "statusCode" in thrown ? Number(thrown.statusCode) : 0;
    if (tolerated.includes(status)) return undefined;

    throw thrown;
  }
}
