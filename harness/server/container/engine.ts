/**
 * Docker Engine asked by its own HTTP interface, for what has to have a limit or has to work while the process ends:
 * whoever waits for an engine that hangs is let go. Containers are made by Testcontainers, not here.
 */
import { existsSync, readFileSync } from "node:fs";
import { type IncomingMessage, type RequestOptions, request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { HarnessError } from "../../errors.ts";
import { hasCode } from "../../files/file-errors.ts";
import { type Endpoint, endpointOf, placesOf } from "./endpoint.ts";
import { noEngine } from "./errors.ts";

/** What the engine answered. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

const pingLimitMs = 3_000;
const answerLimitMs = 20_000;
/** Until a registry has been reached: after that the engine tells of its progress all the time. */
const firstWordLimitMs = 5_000;
const silenceLimitMs = 60_000;

/**
 * The first engine that answers.
 * @throws HarnessError within a few seconds where none does
 */
export async function findEngine(env: NodeJS.ProcessEnv = process.env): Promise<Endpoint> {
  const { addresses, only } = placesOf({
    env,
    home: homedir(),
    uid: userInfo().uid,
    properties: readIfThere(join(homedir(), ".testcontainers.properties")),
  });
  let trouble: HarnessError | undefined;
  for (const address of addresses) {
    const engine = endpointOf(address, env);
    if (!only && "socketPath" in engine.connection && !existsSync(engine.connection.socketPath)) continue;
    try {
      const { status } = await ask(engine, "GET", "/_ping", pingLimitMs);
      if (status === 200) return engine;
      trouble = noEngine(address, new Error(`it answers with HTTP status ${status}`));
    } catch (thrown) {
      trouble ??= noEngine(address, thrown);
    }
  }

  throw trouble ?? noEngine(undefined, undefined);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    if (hasCode(thrown, "ENOENT", "EACCES", "EISDIR")) return "";

    throw thrown;
  }
}

/** Asks for something and waits for the whole answer, of whatever status. Throws what the system or the limit says. */
export async function ask(
  engine: Endpoint,
  method: "GET" | "POST" | "DELETE",
  path: string,
  limitMs = answerLimitMs,
): Promise<Answer> {
  const signal = AbortSignal.timeout(limitMs);
  try {
    const message = await send(engine, { method, path, signal });

    return { status: message.statusCode ?? 0, body: await text(message) };
  } catch (thrown) {
    throw signal.aborted ? new Error(`it did not answer within ${limitMs} ms`, { cause: thrown }) : thrown;
  }
}

/**
 * Pulls an image without credentials.
 * @param path the request of the engine's interface
 * @param onLine told each line of the engine's progress
 * @returns the answer, with the engine's last line where it went on to the end
 */
export async function follow(
  engine: Endpoint,
  path: string,
  onLine: (line: string) => void,
): Promise<Answer> {
  const stop = new AbortController();
  let timer = setTimeout(() => stop.abort(), firstWordLimitMs);
  try {
    const message = await send(engine, { method: "POST", path, signal: stop.signal });
    const lines: string[] = [];
    for await (const line of createInterface({ input: message })) {
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(), silenceLimitMs);
      lines.splice(0, lines.length, line);
      onLine(line);
    }
    // A stream that is cut off ends its lines without an error.
    if (!message.complete) throw new Error("the engine broke off");

    return { status: message.statusCode ?? 0, body: lines.join("") };
  } catch (thrown) {
    throw stop.signal.aborted ? new Error("the registry does not answer", { cause: thrown }) : thrown;
  } finally {
    clearTimeout(timer);
  }
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly signal: AbortSignal;
}

async function send({ connection }: Endpoint, wanted: Request): Promise<IncomingMessage> {
  const tls = !("socketPath" in connection) && connection.tls;
  const options: RequestOptions = {
    ...wanted,
    ...("socketPath" in connection
      ? { socketPath: connection.socketPath }
      : { host: connection.host, port: connection.port, ...(tls ? certificates() : {}) }),
    headers: { Host: "docker" },
    // No connection stays open: it would keep the process from ending.
    agent: false,
  };

  return await new Promise((resolve, reject) => {
    const outgoing = tls ? requestTls(options) : requestPlain(options);
    outgoing.once("response", resolve).once("error", reject).end();
  });
}

function certificates(): Record<string, Buffer> {
  const folder = process.env["DOCKER_CERT_PATH"];
  if (!folder) return {};

  return Object.fromEntries(
    ["ca", "cert", "key"].map((name) => [name, readFileSync(join(folder, `${name}.pem`))]),
  );
}
