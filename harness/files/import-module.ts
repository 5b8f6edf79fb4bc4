/**
 * Loading a file by its path: something new is a new file in its folder, and no edit elsewhere. Where the program was
 * put together, built.js stands in for this, with all files of those folders.
 */
import { pathToFileURL } from "node:url";

/** What the file exports. */
export async function moduleAt(file: string): Promise<object> {
  return await import(pathToFileURL(file).href);
}
