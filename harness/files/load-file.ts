/**
 * What somebody adds to a folder is a file of its own: a property, a gate, an operator. Where it cannot be loaded, that
 * is told as a fault of this file, and not of the program.
 */
import { isAbsolute, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { HarnessError, messageOf } from "../errors.ts";
import { moduleAt } from "./import-module.ts";

/**
 * What the file exports.
 * @throws HarnessError naming the file if it cannot be loaded, and where the error was thrown if that is known
 */
export async function loaded(file: string): Promise<object> {
  try {
    return await moduleAt(file);
  } catch (error) {
    if (error instanceof HarnessError) throw error;
    throw new HarnessError(
      `${relative("", file)} cannot be loaded: ${messageOf(error)}${placeOf(error)}`,
      "Mend it, or what it imports",
      error,
    );
  }
}

/** Where it was thrown: ` (properties/world.ts, line 3)`; nothing where that is no file of the project. */
function placeOf(error: unknown): string {
  const stack = (error instanceof Error && error.stack) || "";
  const [, frame = ""] = /^\s+at (.+)$/m.exec(stack) ?? [];
  const [, path = "", line = ""] = /([^(\s]+):(\d+):\d+\)?$/.exec(frame) ?? [];
  const file = path.startsWith("file:") ? fileURLToPath(path) : path;

  return !isAbsolute(file) || file.includes("node_modules") ? "" : ` (${relative("", file)}, line ${line})`;
}
