/**
 * Asks a real database, in one transaction that can only read. Each query is undone before the next one, which releases
 * its locks: none is stronger than ACCESS SHARE (PostgreSQL manual, 13.3.1 Table-Level Locks).
 */
import { escapeLiteral } from "pg";
import { flattenPlan, parsePlan } from "../bench/plans/explain.ts";
import type { Session, StatementResult } from "../database/session.ts";
import { LimitError } from "../errors.ts";
import type {
  CheckAnswer,
  CheckCost,
  MigrationAnswers,
  MigrationChecks,
  MigrationCosts,
  PreflightCheck,
  Refused,
} from "./check.ts";
import { explainKind, explainRefusal, explainTimeout } from "./explain-refusal.ts";
import { limitValues } from "./format-script.ts";
import { formatBegin } from "./settings.ts";

/** A session, and the limit of each of its statements. */
export interface Asked {
  readonly session: Session;
  /** The name of its role, for messages. */
  readonly role: string;
  readonly timeoutMs: number;
}

/**
 * Counts the rows that break each condition.
 * @param values how many of their values are read; 0 for none
 * @throws HarnessError if the server goes away
 */
export async function askChecks(
  asked: Asked,
  migrations: readonly MigrationChecks[],
  values = 0,
): Promise<readonly MigrationAnswers[]> {
  return await readOnly(asked, async () => {
    const all: MigrationAnswers[] = [];
    for (const { migration, checks, unasked } of migrations) {
      const answers: CheckAnswer[] = [];
      for (const check of checks) answers.push(await askOne(asked, check, values));
      all.push({ migration, unasked, answers });
    }

    return all;
  });
}

/** Asks what each query would cost, and runs none. @throws HarnessError if the server goes away */
export async function askCosts(
  asked: Asked,
  migrations: readonly MigrationChecks[],
): Promise<readonly MigrationCosts[]> {
  return await readOnly(asked, async () => {
    const all: MigrationCosts[] = [];
    for (const { migration, checks } of migrations) {
      const costs: CheckCost[] = [];
      for (const check of checks) costs.push(await askCost(asked, check));
      all.push({ migration, costs });
    }

    return all;
  });
}

async function readOnly<Result>({ session, timeoutMs }: Asked, work: () => Promise<Result>): Promise<Result> {
  for (const sql of formatBegin(timeoutMs)) await session.query(sql);
  try {
    return await work();
  } finally {
    if (session.isOpen) await session.query("ROLLBACK");
  }
}

/** A view shows other rows than those that the migration would change. */
async function findOtherKind(asked: Asked, check: PreflightCheck): Promise<Refused | undefined> {
  const found = await ask(
    asked,
    check,
    `SELECT relkind FROM pg_class WHERE oid = to_regclass(${escapeLiteral(check.from)})`,
  );
  if ("problem" in found) return found;
  const kind = found.rows[0]?.[0];

  return kind == null || kind === "r" || kind === "p" ? undefined : explainKind(kind, check);
}

async function askOne(asked: Asked, check: PreflightCheck, values: number): Promise<CheckAnswer> {
  const other = await findOtherKind(asked, check);
  if (other !== undefined) return { check, refused: other };
  const counted = await ask(asked, check, check.count);
  if ("problem" in counted) {
    return check.isEvaluated === true && counted.raised !== undefined
      ? { check, raised: counted.raised }
      : { check, refused: counted };
  }
  const broken = Number(counted.rows[0]?.[0]);
  if (values === 0 || broken === 0) return { check, broken };
  const found = await ask(asked, check, limitValues(check, values));

  return "problem" in found
    ? { check, broken, refused: found }
    : { check, broken, values: { columns: found.columns, rows: found.rows } };
}

async function askCost(asked: Asked, check: PreflightCheck): Promise<CheckCost> {
  const other = await findOtherKind(asked, check);
  if (other !== undefined) return { check, refused: other };
  const explained = await ask(asked, check, `EXPLAIN (FORMAT JSON) ${check.count}`);
  if ("problem" in explained) return { check, refused: explained };
  const { root, cost } = parsePlan(explained.rows[0]?.[0] ?? "");
  const scans = flattenPlan(root).flatMap(({ type, relation }) =>
    relation === undefined ? (type.startsWith("Nested Loop") ? type : []) : `${type} on ${relation}`,
  );
  const name = escapeLiteral(check.from);
  // A partitioned table has no size of its own; the function lists nothing for any other.
  const partitions = `SELECT sum(pg_table_size(relid)) FROM pg_partition_tree(${name})`;
  const sql = `SELECT pg_size_pretty(coalesce((${partitions}), pg_table_size(${name})))`;
  const measured = await ask(asked, check, sql);
  const size = "problem" in measured ? null : measured.rows[0]?.[0];

  return { check, scans, ...(cost !== undefined && { cost }), ...(size != null && { size }) };
}

/** Runs one query and undoes it, whether it succeeds or not. */
async function ask(
  { session, role, timeoutMs }: Asked,
  check: PreflightCheck,
  sql: string,
): Promise<StatementResult | Refused> {
  await session.query("SAVEPOINT asked");
  try {
    const result = await session.tryExecute(sql);

    return result.error === undefined ? result : explainRefusal(result.error, check, role);
  } catch (thrown) {
    if (!(thrown instanceof LimitError)) throw thrown;

    return explainTimeout(timeoutMs);
  } finally {
    if (session.isOpen) await session.query("ROLLBACK TO SAVEPOINT asked");
  }
}
