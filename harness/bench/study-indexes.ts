/**
 * Studies what each index of a migration is worth: the plans of all documented queries at the largest size, with and
 * without sequential scans, and the same workload on clones with and without the index.
 */
import type { Session } from "../database/session.ts";
import type { Release } from "../release/release.ts";
import type { BenchmarkDatabases, DatabaseSpec } from "./benchmark-database.ts";
import type { BenchCall, BenchQuery, Gate, Volume } from "./gate.ts";
import type { IndexStudy, IndexUsage } from "./indexes.ts";
import { explainInner, measureWorkload } from "./measure-call.ts";
import { executeRequired, pinSettings, WITHOUT_SCANS } from "./measuring-session.ts";
import { parsePlan } from "./plans/explain.ts";
import type { Counts } from "./plans/facts.ts";
import { listUsedIndexes } from "./plans/shape.ts";

interface StudyContext {
  readonly databases: BenchmarkDatabases;
  readonly release: Release;
  readonly volume: Volume;
  readonly queries: readonly BenchQuery[];
  readonly call: BenchCall;
}

type IndexDefinition = Pick<IndexUsage, "name" | "definition">;

/**
 * @param other a release whose additional indexes are tried on this one
 * @returns undefined if the gate is not about indexes, or the release has no workload
 */
export async function studyIndexes(
  databases: BenchmarkDatabases,
  release: Release,
  { subjects, data: volume }: Gate,
  other?: Release,
): Promise<IndexStudy | undefined> {
  const call = subjects.kind === "indexes" ? subjects.workload(release)[0] : undefined;
  if (subjects.kind !== "indexes" || call === undefined) return undefined;
  const context: StudyContext = { databases, release, volume, queries: subjects.select(release), call };
  const created = await listCreatedIndexes(context, release);
  const omitted = other === undefined ? [] : exclude(await listCreatedIndexes(context, other), created);
  const { planned, forced, unplanned } = await chooseIndexes(context, []);
  const workload = await countWorkload(context, []);
  const indexes: IndexUsage[] = [];
  for (const index of created) {
    indexes.push({
      ...index,
      chosenBy: planned.get(index.name) ?? [],
      usableFor: forced.get(index.name) ?? [],
      without: await countWorkload(context, [`DROP INDEX ${index.name}`]),
    });
  }
  const unused = indexes.filter(({ chosenBy }) => chosenBy.length === 0).map(({ name }) => name);

  return {
    rows: planRows(volume),
    workloadRows: workloadRows(volume),
    workload,
    indexes,
    withoutUnused: unused.length === 0 ? undefined : await countWorkload(context, [`DROP INDEX ${unused.join(", ")}`]),
    omitted: await tryOmitted(context, omitted),
    missingLists: subjects.missingLists(release),
    unplanned,
  };
}

function planRows({ sizes }: Volume): number {
  return sizes.at(-1) ?? 0;
}

/** The second largest size, of which clones are faster. */
function workloadRows({ sizes }: Volume): number {
  return sizes.at(-2) ?? sizes.at(-1) ?? 0;
}

async function listCreatedIndexes(
  { databases, volume }: StudyContext,
  release: Release,
): Promise<readonly IndexDefinition[]> {
  const rows = volume.sizes[0] ?? 0;
  const listAt = async (state: DatabaseSpec["state"]) =>
    await listIndexes(await (await databases.shared({ release, volume, state, rows })).connect());
  const before = await listAt("baseline");

  return exclude(await listAt("schema"), before);
}

function exclude(all: readonly IndexDefinition[], these: readonly IndexDefinition[]) {
  return all.filter(({ name }) => !these.some((other) => other.name === name));
}

async function listIndexes(session: Session): Promise<readonly IndexDefinition[]> {
  const rows = await session.query(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
     FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
     WHERE relnamespace = 'public'::regnamespace ORDER BY 1`,
  );

  return rows.map(({ name, definition }) => ({ name: name ?? "", definition: definition ?? "" }));
}

/** Which queries use which index, normally and with sequential scans disabled, with additional indexes. */
async function chooseIndexes(context: StudyContext, additional: readonly string[]) {
  const { databases, release, volume, queries, call } = context;
  const spec: DatabaseSpec = { release, volume, state: "migrated", rows: planRows(volume) };
  const database = additional.length === 0 ? await databases.shared(spec) : await databases.fresh(spec);
  const session = await pinSettings(await database.connect());
  await executeAll(session, additional);
  const inner = await explainInner(database, call);
  const { chosen: planned, unplanned } = await explainQueries(session, queries);
  addQuery(planned, listUsedIndexes({ inner }), call.name);
  await pinSettings(session, WITHOUT_SCANS);
  const { chosen: forced } = await explainQueries(session, queries);
  if (additional.length > 0) await database[Symbol.asyncDispose]();

  return { planned, forced, unplanned };
}

/** The queries that use an index, by its name. */
async function explainQueries(session: Session, queries: readonly BenchQuery[]) {
  const chosen = new Map<string, string[]>();
  const unplanned: string[] = [];
  for (const { name, sql } of queries) {
    const { rows, error } = await session.tryExecute(`EXPLAIN (FORMAT JSON) ${sql}`);
    if (error === undefined) {
      addQuery(chosen, listUsedIndexes({ plan: parsePlan(rows[0]?.[0] ?? "") }), name);
    } else {
      unplanned.push(`${name} cannot be planned here: ${error.message}`);
    }
  }

  return { chosen, unplanned };
}

function addQuery(chosen: Map<string, string[]>, indexes: ReadonlySet<string>, query: string): void {
  for (const index of indexes) chosen.set(index, [...(chosen.get(index) ?? []), query]);
}

async function countWorkload(context: StudyContext, changes: readonly string[]): Promise<Counts> {
  const { databases, release, volume, call } = context;
  const rows = workloadRows(volume);
  await using database = await databases.fresh({ release, volume, state: "migrated", rows });
  await executeAll(await pinSettings(await database.connect()), changes);

  return (await measureWorkload(database, call, rows)).counts;
}

async function tryOmitted(context: StudyContext, omitted: readonly IndexDefinition[]) {
  if (omitted.length === 0) return [];
  const definitions = omitted.map(({ definition }) => definition);
  const { planned } = await chooseIndexes(context, definitions);
  const tried: IndexStudy["omitted"][number][] = [];
  for (const { name, definition } of omitted) {
    const workload = await countWorkload(context, [definition]);
    tried.push({ name, chosenBy: planned.get(name) ?? [], workload });
  }

  return tried;
}

async function executeAll(session: Session, statements: readonly string[]): Promise<void> {
  for (const statement of statements) {
    await executeRequired(
      session,
      statement,
      "An index could not be tried",
      "Give the index a form that can be created on this release too",
    );
  }
}
