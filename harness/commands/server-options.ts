/**
 * The flags that say which server a command works on, as those who start servers take them.
 */

import type { ServerOptions } from "../server/process/server-options.ts";
import { sanitize } from "../text/sanitize.ts";

/** The flags, as the command line has them. */
export interface ServerArguments {
  readonly postgres?: number;
  readonly image?: string;
  readonly yes?: boolean;
  readonly quiet?: boolean;
}

/** @param say where a line goes that a server has to tell while it starts; standard error unless told */
export function toServerOptions(
  { postgres, image, yes = false, quiet = false }: ServerArguments,
  say = (line: string): unknown => quiet || process.stderr.write(`${line}\n`),
): ServerOptions {
  return {
    yes,
    ...(postgres === undefined ? {} : { major: postgres }),
    ...(image === undefined ? {} : { image }),
    onProgress: (text) => {
      say(sanitize(text));
    },
  };
}
