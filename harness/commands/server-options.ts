/** Converts the options of a command into those that start a server. */
import type { ServerOptions } from "../server/process/settings.ts";
import { sanitize } from "../text/sanitize.ts";

export interface ServerArguments {
  readonly postgres?: number;
  readonly image?: string;
  readonly yes?: boolean;
  readonly quiet?: boolean;
}

/** @param log receives the progress of a starting server; default: standard error */
export function toServerOptions(
  { postgres, image, yes = false, quiet = false }: ServerArguments,
  log = (line: string): unknown => quiet || process.stderr.write(`${line}\n`),
): ServerOptions {
  return {
    yes,
    ...(postgres === undefined ? {} : { major: postgres }),
    ...(image === undefined ? {} : { image }),
    onProgress: (text) => {
      log(sanitize(text));
    },
  };
}
