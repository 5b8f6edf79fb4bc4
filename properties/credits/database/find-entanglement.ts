/** Finds where sessions that write different organizations wait for each other, whatever the release, by trying. */
import type { Database } from "../../../harness/database/database-provider.ts";
import { Inconclusive } from "../../../harness/errors.ts";
import type { CreditSchema } from "../model/credit-schema.ts";
import { insertPastActions, literal } from "./sql.ts";

/** SQLSTATE lock_not_available. */
const LOCK_TIMEOUT = "55P03";

/** What each call of the contract writes, for an organization. */
const WRITES: Readonly<Record<string, (id: string) => string>> = {
  "updates of different organizations": (id) => `UPDATE organizations SET updated_at = now() WHERE id = ${literal(id)}`,
  "log rows of different organizations": (id) =>
    insertPastActions([{ organization: id, action: "ai_consumption", credits: 1, description: "another" }]),
};

/**
 * Says how a session that writes a row of one organization keeps another from writing those of the others: a trigger
 * may update these, or a row that all have in common. Needs a database with the baseline and organizations unlike each
 * other.
 */
export async function findEntanglement(database: Database, schema: CreditSchema): Promise<string | undefined> {
  if (schema.refusal !== undefined) return undefined;
  await using holder = await database.connect();
  await using writer = await database.connect();
  const ids = (await holder.query("SELECT id FROM organizations ORDER BY id")).map((row) => row["id"] ?? "");

  for (const [writes, write] of Object.entries(WRITES)) {
    for (const id of ids) {
      const others = ids.filter((other) => other !== id).map(write);
      await holder.tryExecuteAll(["BEGIN", write(id)]);
      const { error } = await writer.tryAndRollBack(["SET LOCAL lock_timeout = '100ms'", ...others]);
      await holder.query("ROLLBACK");
      if (error?.code === LOCK_TIMEOUT) {
        return `in the schema before, ${writes} wait for each other, because of a trigger or of a row that all refer to`;
      }
    }
  }

  return undefined;
}

/** @throws Inconclusive where sessions that write different organizations wait for each other, whatever the release */
export function requireIndependence({ entanglement }: CreditSchema): void {
  if (entanglement !== undefined) throw new Inconclusive(entanglement);
}
