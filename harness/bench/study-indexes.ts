/**
 * Finding out what each index of a migration is worth: the plans of all documented queries at the largest size, with and
 * without sequential scans, and the same use on clones with and without it.
 */
import type { Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import type { Release } from "../release/release.ts";
import type { Ground, Site } from "./benchmark-database.ts";
import type { Call, Gate, Query, Volume } from "./gate.ts";
import type { IndexFacts, IndexStudy, LeftOut } from "./indexes.ts";
import { innerPlans, measureUse } from "./measure-call.ts";
import { pin, WITHOUT_SCANS } from "./pinned-planner.ts";
import { readPlan } from "./plans/explain.ts";
import type { Counts } from "./plans/facts.ts";
import { indexesOf } from "./plans/shape.ts";

interface Desk {
  readonly ground: Ground;
  readonly release: Release;
  readonly volume: Volume;
  readonly queries: readonly Query[];
  readonly call: Call;
}

interface Named {
  readonly name: string;
  readonly definition: string;
}

/**
 * Studies the indexes of the release.
 * @param other a release whose further indexes are tried on this one
 */
export async function studyIndexes(
  ground: Ground,
  release: Release,
  gate: Gate,
  other?: Release,
): Promise<IndexStudy | undefined> {
  const { subjects, data: volume } = gate;
  const call = subjects.kind === "indexes" ? subjects.use(release)[0] : undefined;
  if (subjects.kind !== "indexes" || call === undefined) return undefined;
  const desk: Desk = { ground, release, volume, queries: subjects.of(release), call };
  const { rows, useRows } = sizesOf(volume);
  const made = await madeByMigrating(desk, release);
  const lacked = other === undefined ? [] : without(await madeByMigrating(desk, other), made);
  const chosen = await choices(desk, []);
  const use = await useWith(desk, []);
  const indexes: IndexFacts[] = [];
  for (const index of made) {
    indexes.push({
      ...index,
      chosenBy: chosen.planned.get(index.name) ?? [],
      couldServe: chosen.forced.get(index.name) ?? [],
      without: await useWith(desk, [`DROP INDEX ${index.name}`]),
    });
  }
  const unchosen = indexes.filter(({ chosenBy }) => chosenBy.length === 0);
  const freed =
    unchosen.length === 0
      ? undefined
      : await useWith(desk, [`DROP INDEX ${unchosen.map(({ name }) => name).join(", ")}`]);

  return {
    rows,
    useRows,
    use,
    indexes,
    ...(freed === undefined ? {} : { withoutUnchosen: freed }),
    leftOut: await tryLeftOut(desk, lacked),
    lacking: subjects.lacking(release),
    unplanned: chosen.unplanned,
  };
}

/** Plans are made at the largest size; a use is counted at the one before, which a clone has sooner. */
function sizesOf({ sizes }: Volume): { readonly rows: number; readonly useRows: number } {
  const rows = sizes.at(-1) ?? 0;

  return { rows, useRows: sizes.at(-2) ?? rows };
}

async function madeByMigrating(desk: Desk, release: Release): Promise<readonly Named[]> {
  const rows = desk.volume.sizes[0] ?? 0;
  const at = async (state: Site["state"]) =>
    await indexesIn(await desk.ground.shared({ release, volume: desk.volume, state, rows }));
  const before = await at("baseline");

  return without(await at("schema"), before);
}

function without(all: readonly Named[], these: readonly Named[]): readonly Named[] {
  return all.filter(({ name }) => !these.some((other) => other.name === name));
}

async function indexesIn(database: { connect(): Promise<Session> }): Promise<readonly Named[]> {
  const session = await database.connect();
  const rows = await session.query(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
     FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
     WHERE relnamespace = 'public'::regnamespace ORDER BY 1`,
  );

  return rows.map(({ name, definition }) => ({ name: name ?? "", definition: definition ?? "" }));
}

/** Which index which queries choose, as things are and where sequential scans are forbidden. */
async function choices(desk: Desk, added: readonly string[]) {
  const { ground, release, volume, queries, call } = desk;
  const site: Site = { release, volume, state: "migrated", rows: sizesOf(volume).rows };
  const database = added.length === 0 ? await ground.shared(site) : await ground.fresh(site);
  const session = await pin(await database.connect());
  await sendAll(session, added);
  const inner = (await innerPlans(database, call)) ?? [];
  const { chosen: planned, unplanned } = await chosenIn(session, queries);
  addAll(planned, indexesOf({ inner }), call.name);
  await pin(session, WITHOUT_SCANS);
  const { chosen: forced } = await chosenIn(session, queries);
  if (added.length > 0) await database[Symbol.asyncDispose]();

  return { planned, forced, unplanned };
}

interface Chosen {
  /** The queries that use an index, by its name. */
  readonly chosen: Map<string, string[]>;
  readonly unplanned: readonly string[];
}

async function chosenIn(session: Session, queries: readonly Query[]): Promise<Chosen> {
  const chosen = new Map<string, string[]>();
  const unplanned: string[] = [];
  for (const { name, sql } of queries) {
    const { rows, refusal } = await session.attempt(`EXPLAIN (FORMAT JSON) ${sql}`);
    if (refusal === undefined) {
      addAll(chosen, indexesOf({ plan: readPlan(rows[0]?.[0] ?? "") }), name);
    } else {
      unplanned.push(`${name} has no plan here: ${refusal.message}`);
    }
  }

  return { chosen, unplanned };
}

function addAll(chosen: Map<string, string[]>, indexes: ReadonlySet<string>, query: string): void {
  for (const index of indexes) {
    chosen.set(index, [...(chosen.get(index) ?? []), query]);
  }
}

/** One use on a clone on which these statements were run first. */
async function useWith({ ground, release, volume, call }: Desk, changes: readonly string[]): Promise<Counts> {
  const rows = sizesOf(volume).useRows;
  await using database = await ground.fresh({ release, volume, state: "migrated", rows });
  await sendAll(await pin(await database.connect()), changes);

  return (await measureUse(database, call, rows)).counts;
}

async function tryLeftOut(desk: Desk, lacked: readonly Named[]): Promise<readonly LeftOut[]> {
  if (lacked.length === 0) return [];
  const { planned } = await choices(
    desk,
    lacked.map(({ definition }) => definition),
  );
  const tried: LeftOut[] = [];
  for (const { name, definition } of lacked) {
    tried.push({ name, chosenBy: planned.get(name) ?? [], use: await useWith(desk, [definition]) });
  }

  return tried;
}

async function sendAll(session: Session, statements: readonly string[]): Promise<void> {
  for (const statement of statements) {
    const { refusal } = await session.attempt(statement);
    if (refusal !== undefined) {
      throw new HarnessError(
        `An index could not be tried: ${refusal.message} (in: ${statement})`,
        "Give the index a form that can be made on this release too",
      );
    }
  }
}
