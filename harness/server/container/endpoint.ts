/**
 * Where a container engine may listen (pure): the same places that Testcontainers tries, in the same order, so that
 * what answers us is what it will use. A place that the user named himself is not passed over for another.
 */
import { HarnessError } from "../../errors.ts";

/** A place where an engine may listen. */
export interface Endpoint {
  /** As DOCKER_HOST would have it: `unix:///var/run/docker.sock`. */
  readonly address: string;
  readonly connection:
    | { readonly socketPath: string }
    | { readonly host: string; readonly port: number; readonly tls: boolean };
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface Surroundings {
  readonly env: Environment;
  readonly home: string;
  readonly uid: number;
  /** The text of `.testcontainers.properties`; empty where there is none. */
  readonly properties: string;
}

/** Addresses to try, the first first; where `only` is true, the last is the user's own word. */
export function placesOf({ env, home, uid, properties }: Surroundings): {
  readonly addresses: readonly string[];
  readonly only: boolean;
} {
  const proxy = propertyIn(properties, "tc.host");
  const named = env["DOCKER_HOST"] || propertyIn(properties, "docker.host");
  const runtime = env["XDG_RUNTIME_DIR"];
  const sockets = [
    "/var/run/docker.sock",
    ...(runtime ? [`${runtime}/docker.sock`] : []),
    `${home}/.docker/run/docker.sock`,
    `${home}/.docker/desktop/docker.sock`,
    `/run/user/${uid}/docker.sock`,
  ].map((path) => `unix://${path}`);

  return {
    addresses: [...(proxy ? [proxy] : []), ...(named ? [named] : sockets)],
    only: Boolean(named),
  };
}

function propertyIn(properties: string, name: string): string | undefined {
  for (const line of properties.split("\n")) {
    const [, key, value] = /^\s*([^#!=:\s][^=:\s]*)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    // A colon may be written with a backslash before it.
    if (key === name && value) return value.replaceAll("\\", "");
  }

  return undefined;
}

/**
 * Reads an address of an engine.
 * @param env says by DOCKER_TLS_VERIFY whether a port is spoken to by TLS
 * @throws HarnessError where it is none that can be spoken to
 */
export function endpointOf(address: string, env: Environment): Endpoint {
  const { protocol, hostname, port, pathname } = parsed(address);
  if (protocol === "unix:" && hostname === "" && pathname !== "") {
    return { address, connection: { socketPath: decodeURIComponent(pathname) } };
  }
  const tls = protocol === "https:" || (protocol === "tcp:" && env["DOCKER_TLS_VERIFY"] === "1");
  if (["tcp:", "http:", "https:"].includes(protocol) && hostname !== "") {
    const usual = tls ? 2376 : 2375;

    return {
      address,
      connection: { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || usual), tls },
    };
  }

  throw notAnAddress(address);
}

function parsed(address: string): URL {
  if (!URL.canParse(address)) throw notAnAddress(address);

  return new URL(address);
}

function notAnAddress(address: string): HarnessError {
  return new HarnessError(
    `${JSON.stringify(address)} is no address of Docker Engine that Testcontainers can use`,
    "Set DOCKER_HOST to unix:///path/to/docker.sock or tcp://host:port, or ask for --server embedded",
  );
}

/**
 * True where ports that the engine publishes on the loopback interface are in reach from here: not from inside another
 * container, unless the user says so.
 */
export function sharesLoopback(
  { connection }: Endpoint,
  insideContainer: boolean,
  env: Environment,
): boolean {
  const host = env["TESTCONTAINERS_HOST_OVERRIDE"];
  if (host !== undefined) return /^(localhost|127\..*)$/.test(host);

  return "socketPath" in connection && !insideContainer;
}
