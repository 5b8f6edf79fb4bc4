/** What an application does to an organization besides calling the functions. */
import type { Session } from "../../../harness/database/session.ts";
import type { ApplicationWrite, CreditSchema, Write } from "../model/credit-schema.ts";
import { fitAccount } from "../model/domain.ts";
import { sampleAccount } from "../model/model.ts";
import { clearSql, insertPastActions, literal, touchSql } from "./sql.ts";

export const NEW_NAME = "Renamed";
const NEW_PLAN = "enterprise";

/** The plan that `replan` gives: Enterprise, where the schema knows it. */
export function newPlan({ domain }: CreditSchema): string {
  return literal(fitAccount(domain, sampleAccount(0, { planName: NEW_PLAN })).planName);
}

/** The statement of a write, without a semicolon. */
export function applicationWrite(kind: ApplicationWrite, id: string, schema: CreditSchema): string {
  const where = `WHERE id = ${literal(id)}`;
  switch (kind) {
    case "rename":
      return `UPDATE organizations SET name = ${literal(NEW_NAME)} ${where}`;
    case "replan":
      return `UPDATE organizations SET plan_name = ${newPlan(schema)} ${where}`;
    case "touch":
      return touchSql(id, schema);
    case "delete":
      return `DELETE FROM organizations ${where}`;
  }
}

/**
 * The writes that the user's own triggers and constraints refuse of some organization, in a database with the baseline
 * and organizations unlike each other.
 */
export async function findRefusedWrites(session: Session, schema: CreditSchema): Promise<readonly Write[]> {
  if (schema.refusal !== undefined) return [];
  const isRefused = async (...statements: readonly string[]): Promise<boolean> =>
    (await session.tryAndRollBack([...statements, "SET CONSTRAINTS ALL IMMEDIATE"])).error !== undefined;
  const ids = (await session.query("SELECT id FROM organizations ORDER BY id")).map((row) => row["id"] ?? "");
  const refused: Write[] = [];
  for (const kind of ["rename", "replan", "touch", "delete"] as const) {
    for (const id of ids) {
      if (!(await isRefused(applicationWrite(kind, id, schema)))) continue;
      refused.push(kind);
      break;
    }
  }
  const logged = ids.map((organization) => ({ organization, action: "purchase", credits: 1, description: "before" }));
  const log = insertPastActions(logged);
  if (!(await isRefused(log)) && (await isRefused(log, clearSql(schema)))) refused.push("clear");

  return refused;
}
