/** Parses the values of options. Commander adds the name of the option to an error. */
import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { majors, requireMajor } from "../server/process/major-versions.ts";
import { parseShard, type Shard } from "../suite/shard.ts";

/** Parses a shard of the properties: `2/3`. */
export function parseShardArgument(text: string): Shard {
  const shard = parseShard(text);
  if (shard === undefined) {
    throw new InvalidArgumentError("It takes a shard and their number, such as 2/3.");
  }

  return shard;
}

/** Parses a supported major version. */
export function parseMajor(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError(`It takes one of ${majors.join(", ")}.`);
  const major = Number(text);
  requireMajor(major);

  return major;
}

/** Parses words separated by commas. */
export function parseList(text: string): readonly string[] {
  return text.split(",").map((word) => word.trim());
}

/** Collects the folders of an option that may be repeated, each once. */
export function collectFolders(value: string, before: readonly string[] = []): readonly string[] {
  if (before.some((folder) => resolve(folder) === resolve(value))) {
    throw new InvalidArgumentError(`${value} was given before.`);
  }

  return [...before, value];
}

/**
 * Rejects an option with a value that is given twice, unless it collects its values.
 * @throws CommanderError while the arguments are parsed
 */
export function rejectRepeated(command: Command): void {
  for (const option of command.options.filter(({ required, optional }) => required || optional)) {
    let given = 0;
    command.on(`option:${option.name()}`, () => {
      given += 1;
      if (given > 1 && option.parseArg !== (collectFolders as unknown)) {
        throw new InvalidArgumentError(`error: option '${option.flags}' takes one value, and was given twice.`);
      }
    });
  }
}

/** Parses a whole number from the minimum to the largest integer of PostgreSQL. */
export function parseIntegerFrom(minimum: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < minimum || number > 2 ** 31 - 1) {
      throw new InvalidArgumentError(`It takes a whole number from ${minimum} to ${2 ** 31 - 1}.`);
    }

    return number;
  };
}
