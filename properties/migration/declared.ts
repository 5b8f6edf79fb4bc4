/** Reads what the author of a migration declared, and leaves out the findings that it covers. */
import { codePath } from "../../harness/files/installation.ts";
import { loadModules } from "../../harness/files/load-module.ts";
import { type Declaration, parseDeclarations } from "../../harness/release/declarations.ts";
import { loadParser } from "../../harness/release/parser.ts";
import type { Release, Step } from "../../harness/release/release.ts";
import type { Finding } from "./finding.ts";
import { covers } from "./model/match-declarations.ts";
import type { MigrationWorld } from "./world.ts";

interface DeclarableRule {
  readonly id: string;
  find(world: MigrationWorld): Promise<readonly Finding[]>;
}

/** All rules of any migration. */
export async function loadRules(): Promise<readonly DeclarableRule[]> {
  const modules = await loadModules(codePath("properties/migration"), "property");

  return modules.flatMap(({ exported }) => Object.values(exported)).filter(isRule);
}

function isRule(value: unknown): value is DeclarableRule {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "property" && "find" in value;
}

/**
 * The declarations in the files of up and down, in their order.
 * @throws HarnessError with file and line for a comment that is malformed
 */
export function readDeclarations(world: MigrationWorld): Promise<readonly Declaration[]> {
  return world.once("declarations", async () => {
    const steps = listDeclaring(world.release);
    if (!steps.some(({ source }) => /plumbline\s*:/i.test(source))) return [];
    const ids = (await loadRules()).map(({ id }) => id);
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

/** The findings of a rule that no declaration covers. */
export async function findUndeclared(
  world: MigrationWorld,
  rule: string,
  findings: readonly Finding[],
): Promise<readonly Finding[]> {
  const declarations = findings.length === 0 ? [] : await readDeclarations(world);
  const open: Finding[] = [];
  for (const finding of findings) {
    let isDeclared = false;
    for (const declaration of declarations) isDeclared ||= await isCovered(world, declaration, rule, finding);
    if (!isDeclared) open.push(finding);
  }

  return open;
}

/** Whether it covers the finding; an assumption does where rows of the finding break it. */
export async function isCovered(
  world: MigrationWorld,
  declaration: Declaration,
  rule: string,
  finding: Finding,
): Promise<boolean> {
  if (!covers(declaration, rule, finding)) return false;
  const { verb, object, condition = "" } = declaration;
  if (verb !== "assume" || finding.rows === undefined) return true;
  const db = await world.open(finding.rows);
  const { rows } = await db.session.tryExecute(`SELECT FROM ${object} WHERE NOT (${condition}) LIMIT 1`);

  return rows.length > 0;
}
