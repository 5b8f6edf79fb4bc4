/**
 * Applies a mutant to a release. One that PostgreSQL does not parse, in SQL or in a PL/pgSQL body, is invalid: it
 * could never have been shipped.
 */
import { HarnessError } from "../errors.ts";
import { listSteps, replaceStep } from "../release/lists.ts";
import { loadParser } from "../release/parser.ts";
import type { Release, Statement, Step } from "../release/release.ts";
import { splitStatements } from "../release/split-statements.ts";
import { edited, type Mutant } from "./mutant.ts";

type AppliedMutant =
  | { readonly kind: "applied"; readonly release: Release; readonly step: Step }
  | { readonly kind: "invalid"; readonly message: string };

/**
 * The release with the mutated step, split into statements again.
 * @throws HarnessError if the release has no such step, or the parser cannot be loaded
 */
export async function applyMutant(release: Release, mutant: Mutant): Promise<AppliedMutant> {
  const original = findMutatedStep(release, mutant);
  const source = edited(original.source, mutant.edits);
  const statements = await splitMutated(source, original);
  if (typeof statements === "string") return { kind: "invalid", message: statements };
  const step: Step = { ...original, source, statements };
  const message = await findBodyError(original, step);

  return message === undefined
    ? { kind: "applied", release: replaceStep(release, step), step }
    : { kind: "invalid", message };
}

function findMutatedStep(release: Release, { step: path, id }: Mutant): Step {
  const found = listSteps(release).find(({ step }) => step.path === path);

  if (found === undefined) {
    throw new HarnessError(
      `The release ${release.name} has no step ${path}, which the mutant ${id} changes`,
      "Find the mutants of this release again",
    );
  }

  return found.step;
}

async function splitMutated(source: string, { path }: Step): Promise<readonly Statement[] | string> {
  try {
    return await splitStatements(source, path);
  } catch (thrown) {
    // The original step could be split: the mutant caused the error.
    if (thrown instanceof HarnessError) return thrown.message;
    throw thrown;
  }
}

async function findBodyError(original: Step, mutated: Step): Promise<string | undefined> {
  const parser = await loadParser();
  const before = new Set(original.statements.map(({ text }) => text));
  const bodies = mutated.statements.filter(
    ({ node, text }) => (node === "DoStmt" || node === "CreateFunctionStmt") && !before.has(text),
  );

  for (const { text, line } of bodies) {
    const parsed = parser.parseBodies(text);
    if ("message" in parsed) return `${mutated.path}, the statement in line ${line}: ${parsed.message}`;
  }

  return undefined;
}
