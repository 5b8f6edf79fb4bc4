/** Decides what the schema of a baseline is, on a server with a catalog and on one without. */
import type { LoadedConfiguration } from "../../../harness/configuration/load-configuration.ts";
import type { Database } from "../../../harness/database/database-provider.ts";
import { Inconclusive } from "../../../harness/errors.ts";
import { type CreditSchema, PLAIN_SCHEMA } from "../model/credit-schema.ts";
import { sampleAccount } from "../model/model.ts";
import { readCreditSchema } from "./read-credit-schema.ts";
import { insertAccounts } from "./sql.ts";

/**
 * Reads the schema, as `readCreditSchema` does. The server in memory has no catalog: there it is the plain one, where
 * that of the baseline accepts a plain organization.
 * @throws Inconclusive where it does not
 */
export async function decideSchema(database: Database, loaded?: LoadedConfiguration): Promise<CreditSchema> {
  try {
    return await readCreditSchema(database, loaded);
  } catch (error) {
    if (!(error instanceof Inconclusive && error.message.startsWith("memory cannot decide"))) throw error;
  }
  await using session = await database.connect();
  const { error } = await session.tryAndRollBack([insertAccounts([sampleAccount(0)])]);
  if (error !== undefined) {
    throw new Inconclusive(`memory cannot decide: organizations of a schema that asks for more (${error.message})`);
  }

  return PLAIN_SCHEMA;
}
