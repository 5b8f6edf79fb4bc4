/** Finds what the user's own triggers and generated columns change on an UPDATE of another column, by trying. */
import type { Session } from "../../../harness/database/session.ts";
import type { CreditSchema } from "../model/credit-schema.ts";
import { type CreditAccount, sampleAccount } from "../model/model.ts";
import { insertAccounts, literal } from "./sql.ts";

/** Unlike each other: a trigger may depend on the row. */
const ACCOUNTS: readonly CreditAccount[] = [
  sampleAccount(0),
  sampleAccount(1, { name: " Other ", planName: "enterprise", totalCredits: 12_345 }),
  sampleAccount(2, { name: "O'Hara", planName: " Premium", totalCredits: null, status: null }),
  sampleAccount(3, { name: "", planName: null, totalCredits: 1, status: "inactive" }),
];

const ROWS_SQL = "SELECT id, to_jsonb(o) - ARRAY['id', 'updated_at'] AS columns FROM organizations AS o";

/**
 * The columns that another value of `updated_at` changes, in a database with the baseline: in the row itself, or in
 * others. Rows are committed there, since the time of a transaction stands still.
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

    for (const updated of before.keys()) {
      // What refuses this refuses the release's own updates, too.
      await session.tryExecute(`UPDATE organizations SET updated_at = now() WHERE id = ${literal(updated)}`);
      const after = await readRows(session);
      for (const [id, row] of before) {
        for (const name of Object.keys(row)) {
          if (JSON.stringify(row[name]) === JSON.stringify(after.get(id)?.[name])) continue;
          volatile.add(name);
          if (id !== updated) spreading.add(name);
        }
      }
      before = after;
    }
  }

  return { volatile: [...volatile].sort(), spreading: [...spreading].sort() };
}

type Rows = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

async function readRows(session: Session): Promise<Rows> {
  const rows = await session.query(ROWS_SQL);

  return new Map(
    rows.map((row) => [row["id"] ?? "", JSON.parse(row["columns"] ?? "{}") as Readonly<Record<string, unknown>>]),
  );
}
