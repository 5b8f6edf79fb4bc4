/** Decides what the schema of a release is, on a server with a catalog and on one without. */
import type { LoadedConfiguration } from "../../../harness/configuration/load-configuration.ts";
import type { Database } from "../../../harness/database/database-provider.ts";
import type { Session } from "../../../harness/database/session.ts";
import { Inconclusive } from "../../../harness/errors.ts";
import type { Release, Step } from "../../../harness/release/release.ts";
import { listFunctions } from "../../../harness/security/function-dependencies.ts";
import { type CreditSchema, type NumberColumns, PLAIN_SCHEMA } from "../model/credit-schema.ts";
import { sampleAccount } from "../model/model.ts";
import { findRefusedWrites } from "./application-writes.ts";
import { findEntanglement } from "./find-entanglement.ts";
import { findCountedColumns, findVolatileColumns, findVolatileLogColumns } from "./find-volatile-columns.ts";
import { once } from "./once.ts";
import { readCreditSchema } from "./read-credit-schema.ts";
import { readNumberColumns } from "./read-number-columns.ts";
import { insertAccounts } from "./sql.ts";

interface SchemaSources {
  readonly release: Release;
  /** A database with the baseline, which is disposed of. */
  readonly baseline: () => Promise<Database>;
  /** A database that was migrated while empty. */
  readonly migrated: () => Promise<Database>;
  readonly configuration?: LoadedConfiguration | undefined;
}

const schemas = new WeakMap<readonly Step[], Promise<CreditSchema>>();
const numberColumns = new WeakMap<readonly Step[], Promise<NumberColumns>>();

/**
 * Reads the schema of the user, once for each baseline, and that of the eight columns, once for each release.
 * @throws Inconclusive naming what the contract's statements lack
 */
export async function decideSchema(sources: SchemaSources): Promise<CreditSchema> {
  const { baseline, migrate } = sources.release.lists;
  const schema = await once(schemas, baseline, async () => {
    // Made meanwhile for the properties that need it next; it reports its own failure to them.
    void sources.migrated().catch(() => undefined);
    await using database = await sources.baseline();

    return await decideBaselineSchema(database, sources.configuration);
  });
  // The server in memory has no catalog.
  if (schema === PLAIN_SCHEMA) return schema;

  return { ...schema, numbers: await once(numberColumns, migrate, async () => await readNumbers(sources, schema)) };
}

/** Those of the document where the release cannot be migrated to, which the properties report. */
async function readNumbers({ migrated }: SchemaSources, { tables, numbers }: CreditSchema): Promise<NumberColumns> {
  const database = await migrated().catch(() => undefined);

  return database === undefined ? numbers : await readNumberColumns(await database.observer(), tables.organizations);
}

/**
 * Reads the schema, as `readCreditSchema` does. The server in memory has no catalog: there it is the plain one, where
 * that of the baseline accepts a plain organization.
 * @throws Inconclusive where it does not
 */
async function decideBaselineSchema(database: Database, loaded?: LoadedConfiguration): Promise<CreditSchema> {
  try {
    const schema = await readCreditSchema(database, loaded);
    await using session = await database.connect();

    const hasOwnRows = await holdsRows(session);
    await using another = await database.connect();
    const counted = await findCountedColumns([session, another], schema);
    const functions = await listFunctions(session);
    const changing = await findVolatileColumns(session, schema);
    const refusedWrites = await findRefusedWrites(session, schema);
    const entanglement = await findEntanglement(database, schema);
    // The last one: the log rows of it stay.
    const volatile = await findVolatileLogColumns([session, another], schema);

    return {
      ...schema,
      functions,
      ...changing,
      hasOwnRows,
      counted: [...new Set([...schema.counted, ...counted])],
      disablePathTriggers: await findPathTriggers(session),
      log: { ...schema.log, volatile },
      refusedWrites,
      ...(entanglement === undefined ? {} : { entanglement }),
    };
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

/** Those of all tables. They run after the writes of any release, and find what a caller puts on the path by themselves. */
const PATH_TRIGGERS = `SELECT format('ALTER TABLE %I.%I DISABLE TRIGGER %I;', n.nspname, c.relname, t.tgname) AS statement
FROM pg_trigger AS t
JOIN pg_class AS c ON c.oid = t.tgrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_proc AS p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND EXISTS (SELECT FROM unnest(p.proconfig) AS setting WHERE setting LIKE 'search_path=%')
ORDER BY 1`;

async function findPathTriggers(session: Session): Promise<readonly string[]> {
  return (await session.query(PATH_TRIGGERS)).map((row) => row["statement"] ?? "");
}

async function holdsRows(session: Session): Promise<boolean> {
  const [row] = await session.query(
    "SELECT EXISTS (SELECT FROM organizations) OR EXISTS (SELECT FROM credit_actions) AS held",
  );

  return row?.["held"] === "t";
}
