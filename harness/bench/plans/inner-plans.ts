/**
 * Reads the plans of statements inside functions: auto_explain sends them as notices to the session that runs them
 * (PostgreSQL manual, F.3 auto_explain). Without that module they are unknown.
 */
import type { Notice, Session } from "../../database/session.ts";
import { parsePlan } from "./explain.ts";
import type { QueryPlan } from "./facts.ts";

const SETTINGS: Readonly<Record<string, string>> = {
  log_min_duration: "0",
  log_level: "notice",
  log_nested_statements: "on",
  log_format: "json",
  log_analyze: "on",
  log_timing: "off",
  log_buffers: "on",
  log_wal: "on",
};

/** Makes the session report the plans of what it runs from now on; false if it cannot. */
export async function enableAutoExplain(session: Session): Promise<boolean> {
  const { error } = await session.tryExecute("LOAD 'auto_explain'");
  if (error !== undefined) return false;
  const settings = Object.entries(SETTINGS).map(([name, value]) => `SET auto_explain.${name} = ${value}`);
  await session.query(`SET client_min_messages = notice; ${settings.join("; ")}`);

  return true;
}

/**
 * The plans among the notices of a statement, in the order of execution.
 * @param sql the statement itself, whose own plan is left out; its reported text includes what was sent around it
 */
export function parseAutoExplain(notices: readonly Notice[], sql?: string): readonly QueryPlan[] {
  return notices
    .flatMap(
      ({ message }) => /^duration: [\d.]+ ms {2}plan:\n(?<json>\{[\s\S]*)$/.exec(message)?.groups?.["json"] ?? [],
    )
    .map(parsePlan)
    .filter((plan) => sql === undefined || plan.sql?.includes(sql.trim()) !== true);
}
