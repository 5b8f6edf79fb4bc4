/**
 * From the word on the command line to a server. Each kind is loaded when it is asked for: nobody pays for the others.
 */

import type { CrashableServer, Server } from "../database/server.ts";
import { HarnessError } from "../errors.ts";
import { masked } from "../text/redact.ts";
import type { EmbeddedOptions } from "./embedded/embedded.ts";
import { isAddress } from "./external/address.ts";
import { crashSafe } from "./settings.ts";

/** What a command may ask of a server, of whatever kind. */
export interface ServerOptions extends EmbeddedOptions {
  /** The image that a container is made of. */
  readonly image?: string;
  /** True where the user has said that an external server that looks like production is none. */
  readonly yes?: boolean;
}

/**
 * Starts the server that is asked for: `embedded`, `container`, or one that is there already, by its address or, as
 * `external`, by the address in DATABASE_URL.
 * @throws HarnessError for a word that is no kind of server that can be connected to, and where it cannot be had
 */
export async function startServer(name: string, options: ServerOptions = {}): Promise<Server> {
  if (name !== "container" && options.image !== undefined) throw imageForNothing();
  if (name === "embedded") return (await import("./embedded/embedded.ts")).startEmbedded(options);
  if (name === "container") return (await import("./container/container.ts")).startContainer(options);
  if (name === "external" || isAddress(name)) {
    const { openExternal } = await import("./external/external.ts");

    return await openExternal(addressFor(name), options);
  }
  if (name === "memory") throw memoryOnlyVerifies();

  throw new HarnessError(
    `there is no server of the kind ${JSON.stringify(masked(name))}`,
    "Ask for one of embedded, container, memory, external or postgres://…",
  );
}

/**
 * How to start a server apart that may be crashed and loses nothing by it; undefined where servers of the kind that is
 * asked for are not ours to crash.
 */
export function crashableStart(
  name: string,
  options: ServerOptions = {},
): (() => Promise<CrashableServer>) | undefined {
  if (name === "container") {
    return async () => (await import("./container/container.ts")).startCrashableContainer(options);
  }

  return name === "embedded"
    ? async () => (await import("./embedded/embedded.ts")).startEmbedded({ ...options, settings: crashSafe })
    : undefined;
}

/**
 * The same, and `memory`, to which nobody can connect: for who only asks for databases.
 * @throws HarnessError besides where a version is asked of memory, which has none
 */
export async function startAny(name: string, options: ServerOptions = {}): Promise<Server> {
  if (name !== "memory") return await startServer(name, options);
  if (options.image !== undefined) throw imageForNothing();
  if (options.major !== undefined) {
    throw new HarnessError(
      "memory is no version of PostgreSQL",
      "Leave out --postgres, or ask for --server embedded or container",
    );
  }
  const { openMemory } = await import("./memory/memory.ts");

  return await openMemory();
}

function memoryOnlyVerifies(): HarnessError {
  return new HarnessError(
    "memory can only verify, for nothing can connect to it",
    "Ask for --server embedded",
  );
}

function imageForNothing(): HarnessError {
  return new HarnessError(
    "--image names what a container is made of, and no container was asked for",
    "Add --server container, or leave out --image",
  );
}

/**
 * The address that the word stands for.
 * @throws HarnessError where `external` stands for none
 */
export function addressFor(name: string, env: NodeJS.ProcessEnv = process.env): string {
  if (isAddress(name)) return name;
  const { DATABASE_URL: url, PGHOST: host } = env;
  if (url !== undefined && url !== "") return url;
  // What an empty address leaves open, the PG* variables say.
  if (host !== undefined && host !== "") return "postgres://";

  throw new HarnessError(
    "--server external takes its address from DATABASE_URL, which is not set",
    "Set DATABASE_URL to postgres://role:password@host:5432/database, or name the address with --server",
  );
}
