/**
 * From the word on the command line to a server.
 */
import { HarnessError } from "../errors.ts";
import { startContainer, startCrashableContainer } from "./container.ts";
import { type EmbeddedOptions, startEmbedded } from "./embedded.ts";
import { openExternal } from "./external.ts";
import { isAddress } from "./external-address.ts";
import { masked } from "./masked.ts";
import type { CrashableServer, Server } from "./server.ts";
import { crashSafe } from "./settings.ts";

/** What a command may ask of a server, of whatever kind. */
export interface ServerOptions extends EmbeddedOptions {
  /** The image that a container is made of. */
  readonly image?: string;
  /** True where the user has said that an external server that looks like production is none. */
  readonly yes?: boolean;
}

/**
 * Starts the server that is asked for: `embedded`, `container`, `memory`, or one that is there already, by its address
 * or, as `external`, by the address in DATABASE_URL.
 * @throws HarnessError for a word that is no kind at all, and where the server cannot be had
 */
export async function startServer(name: string, options: ServerOptions = {}): Promise<Server> {
  if (name !== "container" && options.image !== undefined) throw imageForNothing();
  if (name === "embedded") return startEmbedded(options);
  if (name === "container") return startContainer(options);
  if (name === "external" || isAddress(name)) return openExternal(addressFor(name), options);
  if (name === "memory") {
    // Loaded when it is needed: nobody else pays for it.
    const { openMemory } = await import("./memory.ts");
    return await openMemory();
  }

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
  if (name === "container") return () => startCrashableContainer(options);

  return name === "embedded" ? () => startEmbedded({ ...options, settings: crashSafe }) : undefined;
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
