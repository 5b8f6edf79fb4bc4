/** Reads what the author of a migration declared, and leaves out the findings that it covers. */
import type { AuthorDeclaration } from "../../harness/release/declarations.ts";
import type { Finding } from "./finding.ts";
import { covers } from "./model/match-declarations.ts";
import { loadRuleExports, readDeclared } from "./read-declarations.ts";
import type { MigrationWorld } from "./world.ts";

interface DeclarableRule {
  readonly id: string;
  find(world: MigrationWorld): Promise<readonly Finding[]>;
}

/** All rules of any migration. */
export async function loadRules(): Promise<readonly DeclarableRule[]> {
  return (await loadRuleExports()).filter(isRule);
}

function isRule(value: unknown): value is DeclarableRule {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "property" && "find" in value;
}

/** The findings of a rule that no declaration covers. */
export async function findUndeclared(
  world: MigrationWorld,
  rule: string,
  findings: readonly Finding[],
): Promise<readonly Finding[]> {
  const declarations = findings.length === 0 ? [] : await readDeclared(world);
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
  declaration: AuthorDeclaration,
  rule: string,
  finding: Finding,
): Promise<boolean> {
  if (!covers(declaration, rule, finding)) return false;
  const { verb, object, condition = "" } = declaration;
  if (verb !== "assume" || finding.rows === undefined) return true;

  return await world.withDatabase(finding.rows, async ({ session }) => {
    const { rows } = await session.tryExecute(`SELECT FROM ${object} WHERE NOT (${condition}) LIMIT 1`);

    return rows.length > 0;
  });
}
