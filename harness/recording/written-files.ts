/** Finds what a tool wrote to the folder in which it ran, such as a dump of the schema. */
import { stat } from "node:fs/promises";
import { relative } from "node:path";
import { listSmallFiles } from "./small-files.ts";

/** When each file was last written, by its path. */
export type FileTimes = ReadonlyMap<string, number>;

/** Of the files that `listSmallFiles` lists. */
export async function readFileTimes(folder: string): Promise<FileTimes> {
  const files = await listSmallFiles(folder);
  const times = await Promise.all(files.map(async (file) => [file, (await stat(file)).mtimeMs] as const));

  return new Map(times);
}

const NAMED_MAX = 3;

/** What was written or removed between two readings, as a sentence without its full stop; undefined for nothing. */
export function describeWritten(folder: string, before: FileTimes, after: FileTimes): string | undefined {
  const changed = [...new Set([...before.keys(), ...after.keys()])]
    .filter((file) => before.get(file) !== after.get(file))
    .map((file) => relative(folder, file))
    .toSorted();
  const others = changed.length - NAMED_MAX;
  const named = changed.slice(0, others === 1 ? undefined : NAMED_MAX).join(", ");

  return changed.length === 0
    ? undefined
    : `the tool itself changed ${named}${others > 1 ? ` and ${others} other files` : ""} in your folder while it was recorded`;
}
