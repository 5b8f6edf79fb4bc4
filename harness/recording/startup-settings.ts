/** Reads the settings of a startup packet (pure; PostgreSQL manual, 54.7 Message Formats, StartupMessage). */
import { ProtocolError } from "./body-reader.ts";

/**
 * The settings by name: the parameters themselves, and those in `options`, which the server takes first.
 * @throws ProtocolError for an option that is no setting, and for a session of replication
 */
export function parseStartupSettings(parameters: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { options = "", replication, ...others } = parameters;
  if (replication !== undefined) throw new ProtocolError("it opens a session of replication");
  const settings = Object.entries(others).filter(([name]) => !name.startsWith("_pq_."));

  return { ...Object.fromEntries(parseOptions(options)), ...Object.fromEntries(settings) };
}

/** As the server's command line: `-c name=value` or `--name=value`; a backslash escapes a blank. */
function parseOptions(options: string): readonly (readonly [string, string])[] {
  const words = (options.match(/(?:\\[\s\S]|[^\s\\])+/g) ?? []).map((word) => word.replace(/\\([\s\S])/g, "$1"));
  const joined = words.flatMap((word, index) => {
    if (words[index - 1] === "-c") return [];

    return word === "-c" ? [`-c${words[index + 1] ?? ""}`] : [word];
  });

  return joined.map((word) => {
    const [, dashes, name = "", value = ""] = /^(-c|--)([^=]+)=([\s\S]*)$/.exec(word) ?? [];
    if (dashes === undefined) throw new ProtocolError(`it begins with the option ${word}`);

    return [name.replaceAll("-", "_"), value];
  });
}
