/**
 * Tries whether a role that may only connect and execute functions can make them work for it. Only effects count: code
 * of the role ran with another role's privileges, a row of the role's changed, or a call returned what only an object of
 * the role's can have returned.
 */
import type { Session, StatementResult } from "../database/session.ts";
import { Inconclusive } from "../errors.ts";
import { buildCalls, type SampleArguments } from "./calls.ts";
import type { DefinerFunction, FunctionDependencies } from "./function-dependencies.ts";
import {
  buildShadowObjects,
  createReporterSql,
  findReportedRole,
  SHADOW_KINDS,
  type ShadowKind,
  type ShadowObject,
  type ShadowRows,
} from "./shadow-objects.ts";
import { enterRole, formatSqlError, withRollback, withSavepoint } from "./unprivileged-role.ts";

interface Attack {
  readonly kind: ShadowKind;
  /** The role's temporary schema, or its own schema, put first on its search_path. */
  readonly schema: "pg_temp" | "own";
}

export interface AttackPlan {
  /** The name of the role and of its schema. */
  readonly role: string;
  /** Statements that the session's own role sends before. */
  readonly setup: readonly string[];
  readonly dependencies: FunctionDependencies;
  readonly samples: SampleArguments;
  readonly rows: ShadowRows;
}

export interface Escalation {
  readonly attack: Attack;
  readonly definer: DefinerFunction;
  readonly call: string;
  readonly shadows: readonly ShadowObject[];
  readonly effect: "ran" | "wrote" | "read";
  /** What happened, as a clause. */
  readonly description: string;
}

/** The attacks that need least come first. */
const ATTACKS: readonly Attack[] = (["pg_temp", "own"] as const).flatMap((schema) =>
  SHADOW_KINDS.map((kind) => ({ kind, schema })),
);

type Call = Pick<Escalation, "definer" | "call">;
/** What each call returns without shadow objects. */
type Answers = ReadonlyMap<string, string>;

/** Tries every attack on every function; leaves nothing behind. */
export async function findEscalations(session: Session, plan: AttackPlan): Promise<Escalation[]> {
  const { dependencies, rows } = plan;
  const calls = dependencies.definers.flatMap((definer) => callsOf(plan, definer).map((call) => ({ definer, call })));
  const answers = await readAnswers(session, plan, calls);
  const found: Escalation[] = [];

  for (const attack of ATTACKS) {
    const options = { schema: schemaName(plan, attack), mode: "report", rows } as const;
    const shadows = buildShadowObjects(attack.kind, dependencies, options);
    found.push(...(await runAttack(session, plan, { attack, shadows }, calls, answers)));
  }

  return found;
}

/** The same attack with the first shadow object that suffices alone. */
export async function shrinkEscalation(session: Session, plan: AttackPlan, whole: Escalation): Promise<Escalation> {
  const answers = await readAnswers(session, plan, [whole]);

  for (const shadow of whole.shadows) {
    const attempt = { attack: whole.attack, shadows: [shadow] };
    const [found] = await runAttack(session, plan, attempt, [whole], answers);
    if (found?.effect === whole.effect) return found;
  }

  return whole;
}

/** Functions that no statement can call: no attack on them was tried. */
export function findUncallable(plan: AttackPlan): DefinerFunction[] {
  return plan.dependencies.definers.filter((definer) => callsOf(plan, definer).length === 0);
}

export function prepareAttack(plan: AttackPlan, attack: Attack, shadows: readonly ShadowObject[]): readonly string[] {
  const { kind } = attack;
  const schema = schemaName(plan, attack);
  const schemas = new Set(plan.dependencies.definers.map((definer) => definer.schema));
  // Tables and types of pg_temp are found first by default (PostgreSQL manual, 19.11.1, search_path).
  const needsPath = attack.schema === "own" || kind === "function" || kind === "operator";

  return [
    ...(kind === "table" ? [] : [createReporterSql(schema)]),
    ...shadows.map(({ sql }) => sql),
    ...(needsPath ? [`SET LOCAL search_path = ${[schema, "pg_catalog", ...schemas].join(", ")};`] : []),
  ];
}

/** The query that reads what the role gained; undefined where the call itself returns it. */
export function formatGainQuery(plan: AttackPlan, { attack, effect, shadows }: Escalation): string | undefined {
  switch (effect) {
    case "ran":
      return `SELECT ran_as FROM ${schemaName(plan, attack)}.seen;`;
    case "wrote":
      return shadows.flatMap(({ rows }) => (rows === undefined ? [] : [`SELECT * FROM ${rows};`])).join("\n");
    case "read":
      return undefined;
  }
}

function callsOf({ dependencies, samples }: AttackPlan, definer: DefinerFunction): string[] {
  return buildCalls(definer, samples, dependencies.relations);
}

function schemaName({ role }: AttackPlan, { schema }: Attack): string {
  return schema === "pg_temp" ? "pg_temp" : role;
}

function asRole<Result>(session: Session, plan: AttackPlan, work: () => Promise<Result>): Promise<Result> {
  return withRollback(session, [...plan.setup, ...enterRole(plan.role, plan.dependencies)], work);
}

/** Calls twice, and keeps the answers that are the same both times. */
async function readAnswers(session: Session, plan: AttackPlan, calls: readonly Call[]): Promise<Answers> {
  const answers = new Map<string, string>();
  for (const isFirst of [true, false]) {
    await asRole(session, plan, async () => {
      for (const { call } of calls) {
        const answer = await withSavepoint(session, call, async (outcome) => formatAnswer(outcome));
        if (answer !== undefined && isFirst) {
          answers.set(call, answer);
        } else if (answer !== answers.get(call)) {
          answers.delete(call);
        }
      }
    });
  }

  return answers;
}

async function runAttack(
  session: Session,
  plan: AttackPlan,
  { attack, shadows }: Pick<Escalation, "attack" | "shadows">,
  calls: readonly Call[],
  answers: Answers,
): Promise<Escalation[]> {
  if (shadows.length === 0) return [];
  const found = new Map<DefinerFunction, Escalation>();

  await asRole(session, plan, async () => {
    if (!(await isAllowed(session, prepareAttack(plan, attack, shadows)))) return;
    const before = await readShadowRows(session, shadows);
    for (const { definer, call } of calls.filter((each) => !found.has(each.definer))) {
      const effect = await withSavepoint(session, call, async (outcome) => {
        const after = outcome.error === undefined ? await readShadowRows(session, shadows) : before;

        return findEffect(plan, outcome, answers.get(call), before !== after);
      });
      if (effect !== undefined) {
        found.set(definer, { attack, definer, call, shadows, ...effect });
      }
    }
  });

  return [...found.values()];
}

/** Whether the role may send the statements; where it may not, the attack fails. */
async function isAllowed(session: Session, statements: readonly string[]): Promise<boolean> {
  const { error } = await session.tryExecute(statements.join("\n"));
  if (error !== undefined && error.code !== "42501") {
    throw new Inconclusive(`an attack cannot be tried: ${formatSqlError(error)}`);
  }

  return error === undefined;
}

function findEffect(
  { role }: AttackPlan,
  outcome: StatementResult,
  expected: string | undefined,
  written: boolean,
): Pick<Escalation, "effect" | "description"> | undefined {
  const reported = outcome.notices.flatMap(({ message }) => findReportedRole(message) ?? []);
  const ranAs = reported.find((name) => name !== role);
  if (ranAs !== undefined) {
    return { effect: "ran", description: `ran the role's own code with the rights of ${ranAs}` };
  }
  if (written) {
    return { effect: "wrote", description: "wrote to the role's own table" };
  }
  const answer = formatAnswer(outcome);

  return answer === undefined || expected === undefined || answer === expected
    ? undefined
    : { effect: "read", description: `returned ${answer} from the role's own table, instead of ${expected}` };
}

function formatAnswer({ error, rows }: StatementResult): string | undefined {
  return error === undefined ? JSON.stringify(rows) : undefined;
}

/** The rows of the shadow tables as one text. A view among them reports that the role itself reads it, which is no gain. */
async function readShadowRows(session: Session, shadows: readonly ShadowObject[]): Promise<string> {
  const all: unknown[] = [];
  for (const { rows: table } of shadows) {
    if (table !== undefined) {
      const { rows, error } = await session.tryExecute(`SELECT * FROM ${table}`);
      all.push(error ?? rows);
    }
  }

  return JSON.stringify(all);
}
