/**
 * Whether a mutant can be put into a database by replacing what it changes: that is so where all that differs are
 * functions, and PostgreSQL is told to replace them. All else is applied anew from the baseline on.
 */

import { loadParser } from "../release/parser.ts";
import type { Release, Statement, Step } from "../release/release.ts";
import type { Patch } from "../suite/test-resources.ts";

/** The statements that make the mutated step's database of the original's; undefined where that is not enough. */
export async function patchOf(original: Release, before: Step, after: Step): Promise<Patch | undefined> {
  const migrates = original.migrate.some(({ file }) => file === before.file);
  if (!migrates || before.statements.length !== after.statements.length) {
    return undefined;
  }
  const changed = after.statements.filter(({ text }, index) => text !== before.statements[index]?.text);
  const replaces = await Promise.all(changed.map(replacesFunction));

  return changed.length > 0 && !replaces.includes(false)
    ? { original, statements: changed.map(({ text }) => text) }
    : undefined;
}

async function replacesFunction({ text, node }: Statement): Promise<boolean> {
  if (node !== "CreateFunctionStmt") {
    return false;
  }
  const parsed = (await loadParser()).parse(text);
  const [statement] = "statements" in parsed ? parsed.statements : [];

  return (statement?.tree as { replace?: boolean } | undefined)?.replace === true;
}
