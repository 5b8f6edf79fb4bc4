/** Reads what the author of a migration declared. */
import { codePath } from "../../harness/files/installation.ts";
import { loadModules } from "../../harness/files/load-module.ts";
import { type AuthorDeclaration, parseDeclarations } from "../../harness/release/declarations.ts";
import { loadParser } from "../../harness/release/parser.ts";
import type { Release, Step } from "../../harness/release/release.ts";
import type { TrialWorld } from "./trial-world.ts";

/** What the files of rules export. */
export async function loadRuleExports(): Promise<readonly unknown[]> {
  const modules = await loadModules(codePath("properties/migration"), "property");

  return modules.flatMap(({ exported }) => Object.values(exported));
}

function readId(value: unknown): string | undefined {
  return typeof value === "object" && value !== null && "id" in value ? String(value.id) : undefined;
}

/**
 * The declarations in the files of up and down, in their order.
 * @throws HarnessError with file and line for a comment that is malformed
 */
export function readDeclared(world: TrialWorld): Promise<readonly AuthorDeclaration[]> {
  return world.once("declarations", async () => {
    const steps = listDeclaring(world.release);
    if (!steps.some(({ source }) => /plumbline\s*:/i.test(source))) return [];
    const ids = (await loadRuleExports()).flatMap((value) => readId(value) ?? []);
    const parser = await loadParser();

    return steps.flatMap((step) => parseDeclarations(step, ids, parser));
  });
}

/** A file may hold both directions: a line of it that is in both is declared once. */
function listDeclaring({ lists }: Release): readonly Step[] {
  const rollbacks = Object.entries(lists).flatMap(([name, steps]) =>
    name.startsWith("rollback.") ? (steps ?? []) : [],
  );

  return [...new Map([...lists.migrate, ...rollbacks].map((step) => [`${step.file}\n${step.source}`, step])).values()];
}
