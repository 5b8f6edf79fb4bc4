/**
 * The words of the command line as values. What a flag does not take is said by commander, with the flag's name.
 */
import { InvalidArgumentError } from "commander";
import { majors, requireMajor } from "../server/process/major-versions.ts";
import { parseShard, type Shard } from "../suite/shard.ts";

/** A part of the properties: `2/3`. */
export function parseShardArgument(text: string): Shard {
  const shard = parseShard(text);
  if (shard === undefined) {
    throw new InvalidArgumentError("It takes a part and how many there are, such as 2/3.");
  }

  return shard;
}

/** A major version that Plumbline verifies on. */
export function parseMajor(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError(`It takes one of ${majors.join(", ")}.`);
  const major = Number(text);
  requireMajor(major);

  return major;
}

/** Words separated by commas. */
export function parseList(text: string): readonly string[] {
  return text.split(",").map((word) => word.trim());
}

/** A word that is given once. */
export function rejectRepeated(value: string, before: string | undefined): string {
  if (before !== undefined) throw new InvalidArgumentError(`It takes one, and ${before} was given before.`);

  return value;
}

/** A word that may be given again. */
export function collectRepeated(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** A whole number from the minimum to the largest integer of PostgreSQL. */
export function parseIntegerFrom(minimum: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < minimum || number > 2 ** 31 - 1) {
      throw new InvalidArgumentError(`It takes a whole number from ${minimum} to ${2 ** 31 - 1}.`);
    }

    return number;
  };
}
