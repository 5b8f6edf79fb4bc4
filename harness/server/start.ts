/**
 * From the word on the command line to a server.
 */
import { HarnessError } from "../errors.ts";
import { type EmbeddedOptions, startEmbedded } from "./embedded.ts";
import type { CrashableServer, Server } from "./server.ts";
import { crashSafe } from "./settings.ts";

/** Known words that this version has no server for. */
const notYet = ["container", "memory", "external"];

/**
 * Starts the server that is asked for: `embedded`. Throws a HarnessError for a kind that is not available yet, and for
 * a word that is no kind at all.
 */
export async function startServer(name: string, options: EmbeddedOptions = {}): Promise<Server> {
  if (name === "embedded") return startEmbedded(options);
  if (notYet.includes(name) || isAddress(name)) {
    throw new HarnessError(
      `a server of the kind ${isAddress(name) ? "external" : name} is not available in this version`,
      "Ask for --server embedded",
    );
  }

  throw new HarnessError(
    `there is no server of the kind ${JSON.stringify(name)}`,
    "Ask for one of embedded, container, memory or postgres://…",
  );
}

/**
 * How to start a server apart that may be crashed and loses nothing by it; undefined where servers of the kind that is
 * asked for are not ours to crash.
 */
export function crashableStart(
  name: string,
  options: EmbeddedOptions = {},
): (() => Promise<CrashableServer>) | undefined {
  return name === "embedded" ? () => startEmbedded({ ...options, settings: crashSafe }) : undefined;
}

function isAddress(name: string): boolean {
  return /^postgres(ql)?:\/\//.test(name);
}
