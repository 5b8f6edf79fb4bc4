/** Starts the server that the command line names. Each kind is loaded when it is used. */
import type { CrashableServer, Server } from "../database/server.ts";
import { HarnessError } from "../errors.ts";
import { redact } from "../text/redact.ts";
import { isPostgresUrl, resolveAddress } from "./external/address.ts";
import type { CleanupResult } from "./process/cleanup.ts";
import type { ServerOptions } from "./process/settings.ts";
import { crashSafeSettings } from "./process/settings.ts";

/** A kind of server. Another one is a folder, and an entry in `kinds`. */
interface ServerStarter {
  /** @param name the kind, or the address of an external server */
  start(options: ServerOptions, name: string): Promise<Server>;
  /** Starts a server that may be crashed and loses nothing committed; missing if servers of this kind are not ours to crash. */
  readonly startCrashable?: (options: ServerOptions) => Promise<CrashableServer>;
  /** Removes what killed runs left; missing if servers of this kind leave nothing. @param name as for `start` */
  readonly clean?: (name: string) => Promise<CleanupResult>;
  /** False if clients cannot connect to it. */
  readonly connectable?: false;
}

const kinds: Readonly<Record<string, ServerStarter>> = {
  embedded: {
    start: async (options) => (await import("./embedded/embedded.ts")).startEmbedded(options),
    startCrashable: async (options) =>
      (await import("./embedded/embedded.ts")).startEmbedded({ ...options, settings: crashSafeSettings }),
    clean: async () => (await import("./embedded/embedded.ts")).sweepEmbedded(),
  },
  container: {
    start: async (options) => (await import("./container/container.ts")).startContainer(options),
    startCrashable: async (options) => (await import("./container/container.ts")).startCrashableContainer(options),
    clean: async () => (await import("./container/containers.ts")).cleanContainers(),
  },
  external: {
    start: async (options, name) =>
      (await import("./external/external.ts")).openExternal(resolveAddress(name), options),
    clean: async (name) => (await import("./external/external.ts")).cleanExternal(resolveAddress(name)),
  },
  memory: {
    start: async ({ major }) => {
      if (major === undefined) return (await import("./memory/memory.ts")).openMemory();

      throw new HarnessError(
        "memory is no version of PostgreSQL",
        "Leave out --postgres, or use --server embedded or container",
      );
    },
    connectable: false,
  },
};

/**
 * Starts a server to connect to: `embedded`, `container`, or an external one, by its address or, as `external`, by the
 * address in DATABASE_URL.
 * @throws HarnessError for another name, and if the server cannot be started
 */
export async function startServer(name: string, options: ServerOptions = {}): Promise<Server> {
  if (findKind(name).connectable === false) {
    throw new HarnessError(`${name} can only verify: clients cannot connect to it`, "Use --server embedded");
  }

  return await startAnyServer(name, options);
}

/** Like startServer, for a caller that only needs its databases: `memory` too. */
export async function startAnyServer(name: string, options: ServerOptions = {}): Promise<Server> {
  const kind = findKind(name);
  if (options.image !== undefined && name !== "container") {
    throw new HarnessError(
      "--image names the image of a container, and --server names no container",
      "Add --server container, or leave out --image",
    );
  }

  return await kind.start(options, name);
}

/** How to start a separate server that may be crashed; undefined if servers of this kind are not ours to crash. */
export function findCrashableStart(
  name: string,
  options: ServerOptions = {},
): (() => Promise<CrashableServer>) | undefined {
  const { startCrashable } = findKind(name);

  return startCrashable && (() => startCrashable(options));
}

/** Removes what killed runs left on servers of a kind. @throws HarnessError if it leaves nothing or is unknown */
export async function cleanServer(name: string): Promise<CleanupResult> {
  const { clean } = findKind(name);
  if (clean !== undefined) return await clean(name);

  throw new HarnessError(`a server of the kind ${name} leaves nothing behind`, "Use another kind with --server");
}

function findKind(name: string): ServerStarter {
  const kind = isPostgresUrl(name) ? kinds["external"] : Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (kind !== undefined) return kind;

  throw new HarnessError(
    `there is no server of the kind ${JSON.stringify(redact(name))}`,
    `Use one of ${Object.keys(kinds).join(", ")} or postgres://…`,
  );
}
