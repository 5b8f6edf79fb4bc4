/**
 * The plans of statements inside of functions: auto_explain tells them as notices on the session that runs them. Where a
 * server does not have it, they are unknown, and told as that.
 */
import type { Notice, Session } from "../../database/session.ts";
import { readPlan } from "./explain.ts";
import type { Plan } from "./facts.ts";

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

/** Has the session tell the plans of what it runs from now on; false where it cannot. */
export async function tellPlans(session: Session): Promise<boolean> {
  const { refusal } = await session.attempt("LOAD 'auto_explain'");
  if (refusal !== undefined) return false;
  const settings = Object.entries(SETTINGS).map(([name, value]) => `SET auto_explain.${name} = ${value}`);
  await session.query(`SET client_min_messages = notice; ${settings.join("; ")}`);

  return true;
}

/**
 * The plans among the notices of a statement, in the order of their execution.
 * @param sql the statement itself, whose own plan is left out; the server tells it with what was sent around it
 */
export function plansIn(notices: readonly Notice[], sql?: string): readonly Plan[] {
  return notices
    .flatMap(
      ({ message }) =>
        /^duration: [\d.]+ ms {2}plan:\n(?<json>\{[\s\S]*)$/.exec(message)?.groups?.["json"] ?? [],
    )
    .map(readPlan)
    .filter((plan) => sql === undefined || plan.sql?.includes(sql.trim()) !== true);
}
