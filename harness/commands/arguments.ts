/** Parses the values of options. Commander adds the name of the option to an error. */
import { InvalidArgumentError } from "commander";
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

/** Accepts an option once. */
export function rejectRepeated(value: string, before: string | undefined): string {
  if (before !== undefined) throw new InvalidArgumentError(`It takes one value, and ${before} was given before.`);

  return value;
}

/** Collects the values of an option that may be repeated. */
export function collectRepeated(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
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
