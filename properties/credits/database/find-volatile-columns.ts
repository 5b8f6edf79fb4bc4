/** Finds what differs by the user's own triggers, generated columns and defaults, whatever a release does, by trying. */
import type { Session } from "../../../harness/database/session.ts";
import { ACTION_COLUMNS, type CreditSchema, ORGANIZATION_COLUMNS } from "../model/credit-schema.ts";
import { type CreditAccount, sampleAccount } from "../model/model.ts";
import { insertAccounts, insertPastActions, literal } from "./sql.ts";

/** Unlike each other: a trigger may depend on the row. */
const ACCOUNTS: readonly CreditAccount[] = [
  sampleAccount(0),
  sampleAccount(1, { name: " Other ", planName: "enterprise", totalCredits: 12_345 }),
  sampleAccount(2, { name: "O'Hara", planName: " Premium", totalCredits: null, status: null }),
  sampleAccount(3, { name: "", planName: null, totalCredits: 1, status: "inactive" }),
];

const ROWS_SQL = "SELECT id, to_jsonb(o) - ARRAY['id', 'updated_at'] AS columns FROM organizations AS o";

const LOG_SQL = `SELECT to_jsonb(a) - ARRAY[${ACTION_COLUMNS.map(literal).join(", ")}] AS columns FROM credit_actions AS a`;

/** Those that a release writes, and one from before. */
const ACTIONS = ["allocation", "ai_consumption", "purchase"];

/**
 * The columns of organizations that another value of `updated_at` or a new log row changes, in a database with the
 * baseline: in the row itself, or in others. Rows are committed there, since the time of a transaction stands still.
 */
export async function findVolatileColumns(
  session: Session,
  schema: CreditSchema,
): Promise<Pick<CreditSchema, "volatile" | "spreading">> {
  const volatile = new Set<string>();
  const spreading = new Set<string>();
  if (schema.refusal === undefined) {
    // What a table refuses of these, no other row has.
    for (const account of ACCOUNTS) await session.tryExecute(insertAccounts([account], schema));
    let before = await readRows(session);

    const compare = (written: string, after: Rows): void => {
      for (const [id, row] of before) {
        for (const name of Object.keys(row)) {
          if (JSON.stringify(row[name]) === JSON.stringify(after.get(id)?.[name])) continue;
          volatile.add(name);
          if (id !== written) spreading.add(name);
        }
      }
    };
    for (const id of before.keys()) {
      // What refuses these refuses the release's own statements, too.
      await session.tryExecute(`UPDATE organizations SET updated_at = now() WHERE id = ${literal(id)}`);
      const after = await readRows(session);
      compare(id, after);
      before = after;
      // No log row stays: an organization with one cannot be deleted.
      for (const action of ACTIONS) {
        const results = await session.tryExecuteAll(["BEGIN", insertAction(id, action)]);
        if (results.every(({ error }) => error === undefined)) compare(id, await readRows(session));
        await session.query("ROLLBACK");
      }
    }
  }

  return { volatile: [...volatile].sort(), spreading: [...spreading].sort() };
}

/** The columns of organizations besides the contract's that the same INSERT fills differently in two sessions. */
export async function findCountedColumns(
  sessions: readonly Session[],
  schema: CreditSchema,
): Promise<readonly string[]> {
  if (schema.refusal !== undefined) return [];
  const rows: Readonly<Record<string, unknown>>[] = [];
  const account = sampleAccount();
  for (const session of sessions) {
    await session.tryExecuteAll(["BEGIN", insertAccounts([account], schema)]);
    const { rows: found } = await session.tryExecute(`${ROWS_SQL} WHERE id = ${literal(account.id)}`);
    await session.query("ROLLBACK");
    rows.push(JSON.parse(found[0]?.[1] ?? "{}"));
  }
  const [first = {}, second = {}] = rows;

  return Object.keys(first).filter(
    (name) => !ORGANIZATION_COLUMNS.includes(name) && JSON.stringify(first[name]) !== JSON.stringify(second[name]),
  );
}

/**
 * The columns of the log that no two rows share, which the contract does not name: those that a sequence numbers, a
 * volatile default fills, or a trigger sets. Two transactions of two sessions log the same in a database with the baseline.
 */
export async function findVolatileLogColumns(
  sessions: readonly Session[],
  schema: CreditSchema,
): Promise<readonly string[]> {
  if (schema.refusal !== undefined) return [];
  const account = sampleAccount(0);
  for (const session of sessions) {
    await session.tryExecute(insertAccounts([account], schema));
    await session.tryExecute(insertAction(account.id, "ai_consumption"));
  }
  const rows = (await sessions[0]?.query(LOG_SQL)) ?? [];
  const [first = {}, ...others] = rows.map((row) => JSON.parse(row["columns"] ?? "{}") as Record<string, unknown>);

  return Object.keys(first).filter((name) =>
    others.some((other) => JSON.stringify(first[name]) !== JSON.stringify(other[name])),
  );
}

function insertAction(organization: string, action: string): string {
  return insertPastActions([{ organization, action, credits: 1, description: "before" }]);
}

type Rows = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

async function readRows(session: Session): Promise<Rows> {
  const rows = await session.query(ROWS_SQL);

  return new Map(
    rows.map((row) => [row["id"] ?? "", JSON.parse(row["columns"] ?? "{}") as Readonly<Record<string, unknown>>]),
  );
}
