/** Finds the rows that up refuses: on which rows, at which statement, and what it would have to assume. */
import { UnmetNeedError } from "../../harness/errors.ts";
import { describeFailedStatement } from "../../harness/release/apply.ts";
import { isMentioned } from "../../harness/release/mentions.ts";
import { suggestSetup } from "../../harness/release/missing-state.ts";
import { loadParser } from "../../harness/release/parser.ts";
import { getBaselineSteps } from "../../harness/release/recipes.ts";
import type { Release, Step } from "../../harness/release/release.ts";
import { Targets } from "../../harness/release/targets/targets.ts";
import type { Aim } from "../../harness/rows/directed.ts";
import type { Dataset } from "../../harness/rows/generate-row.ts";
import type { Failure } from "./apply-within.ts";
import { assumedSource } from "./assumed-source.ts";
import { type Assumption, assumeAim, assumeFilled, assumeUpdate, type Schemas } from "./model/assumption.ts";
import { matchAim, nameFailure } from "./model/match-aim.ts";
import { withSingleParents } from "./model/single-parents.ts";
import type { GeneratedRows, RowLevel, RowSource } from "./observation.ts";
import { shrinkDataset } from "./shrink.ts";
import type { TrialWorld } from "./trial-world.ts";

/** One way in which up fails. */
export interface Refusal {
  /** The same for failures of one statement for one reason. */
  readonly name: string;
  readonly failure: Failure;
  /** The smallest rows that were found. */
  readonly rows: GeneratedRows;
  /** The constraint of the schema after that these rows violate. */
  readonly aim?: Aim;
  /** What the rows break, if it is known; the server has counted at least one such row. */
  readonly assumption?: Assumption;
  /** True if no rows fail so that keep to what is declared. */
  readonly isAssumedAway?: boolean;
}

const SHRINKS_MAX = 40;
/** Every further try of what does not end takes as long as its limit, or a database of its own. */
const COSTLY_SHRINKS_MAX = 4;
/** What has not ended before is given less time while it is made smaller: the smallest rows are confirmed. */
const SHORT_LIMIT_MS = 1_000;
/** More ways to fail than these are not looked for. */
const REFUSALS_MAX = 8;

/**
 * Finds the ways in which up fails, on empty tables first; one that fails there has no other. Where something is assumed,
 * rows that keep to it are tried, too.
 */
export function findRefusals(world: TrialWorld): Promise<readonly Refusal[]> {
  return world.once("refusals", async () => {
    const { free } = await world.trials();
    const refusals = await findIn(world, free);
    const assumed = await assumedSource(world);
    if (assumed === undefined || refusals.some(({ rows }) => rows.level === "empty")) return refusals;
    const remaining = await findIn(world, assumed);
    const names = new Set(remaining.map(({ name }) => name));

    return [
      ...remaining,
      ...refusals.filter(({ name }) => !names.has(name)).map((refusal) => ({ ...refusal, isAssumedAway: true })),
    ];
  });
}

interface Found {
  readonly name: string;
  readonly level: RowLevel;
  readonly dataset: Dataset;
  readonly isEndless: boolean;
}

async function findIn(world: TrialWorld, source: RowSource): Promise<readonly Refusal[]> {
  const found: Found[] = [];
  for (const { level, dataset } of await listDatasets(world, source)) {
    const { failure } = await world.attempt(level, dataset, source);
    if (failure === undefined) continue;
    if (level === "empty") requireSetup(world.release, failure);
    const name = nameFailure(failure);
    const { isEndless } = failure;
    if (!found.some((one) => one.name === name)) found.push({ name, level, dataset, isEndless });
    if (level === "empty" || isEndless || found.length === REFUSALS_MAX) break;
  }
  const refusals: Refusal[] = [];
  for (const one of found) {
    const refusal = await describeRefusal(world, one, source);
    if (refusal !== undefined) refusals.push(refusal);
  }

  return refusals;
}

/** @throws UnmetNeedError if up fails because of what the server or the setup lacks */
function requireSetup(release: Release, failure: Failure): void {
  const { leftOut = [] } = release.origin ?? {};
  const before = getBaselineSteps(release);
  const remedy =
    suggestSetup(failure, [...before, ...release.lists.migrate]) ??
    (leftOut.length > 0 ? suggestRecording(failure, before, leftOut) : undefined);
  if (remedy === undefined) return;

  throw new UnmetNeedError(`the migration cannot be applied here: ${describeFailedStatement(failure)}`, remedy);
}

/** An object that no statement before mentions was made by a migration in code. */
function suggestRecording(
  { error: { code, message } }: Failure,
  before: readonly Step[],
  [first, ...others]: readonly string[],
): string | undefined {
  const [, quoted, called] = (/^42(?:P01|703|704|883)$/.test(code) && /"([^"]+)"|function (\S+)\(/.exec(message)) || [];
  const missing = quoted ?? called;
  if (missing === undefined || isMentioned(before, missing)) return undefined;
  const files = `${first}${others.length === 0 ? "" : ` or another of ${others.length + 1} migrations in code`}`;

  return `If ${missing} comes from ${files}, name the tool's command in plumbline.config.ts, or create it in setup there`;
}

async function listDatasets(
  world: TrialWorld,
  source: RowSource,
): Promise<readonly { readonly level: RowLevel; readonly dataset: Dataset }[]> {
  const list: readonly (readonly [RowLevel, readonly Dataset[]])[] = [
    ["empty", [{}]],
    ["mild", await world.mild(source)],
    ["directed", await world.directed(source)],
    ["boundary", await world.boundary(source)],
  ];

  return list.flatMap(([level, datasets]) => datasets.map((dataset) => ({ level, dataset })));
}

/** @returns undefined if up does not fail so where it is applied as its tool does it */
async function describeRefusal(
  world: TrialWorld,
  { name, level, dataset, isEndless }: Found,
  source: RowSource,
): Promise<Refusal | undefined> {
  const trials = await world.trials();
  const fails = async (smaller: Dataset): Promise<boolean> => {
    const { failure } = await trials.attempt(level, smaller, source, isEndless ? SHORT_LIMIT_MS : undefined);

    return failure !== undefined && nameFailure(failure) === name;
  };
  const limit = isEndless || !trials.isCheap ? COSTLY_SHRINKS_MAX : SHRINKS_MAX;
  const smallest = await shrinkDataset(await world.shrinker(source), dataset, fails, limit);
  const { rows } = await trials.attempt(level, smallest, source, isEndless ? SHORT_LIMIT_MS : undefined);
  const failure = await trials.applyTo(rows);
  if (failure === undefined || nameFailure(failure) !== name) return undefined;
  const schemas = await world.schemas();
  const aim = schemas && matchAim(failure, await world.aims());
  const assumption = schemas && (await assume(failure, aim, { schemas, release: world.release }));
  const isCounted = assumption !== undefined && (await trials.countBroken(rows, assumption)) > 0;

  const isOrdinary = level !== "mild" || (await failsWithSingleParents(world, { name, dataset, failure }, source));
  const shown: GeneratedRows = isOrdinary ? rows : { ...rows, level: "boundary" };

  return { name, failure, rows: shown, ...(aim && { aim }), ...(isCounted && { assumption }) };
}

/**
 * False where up succeeds on as many rows once each has one optional parent: what belongs to two may be no such row. Nor
 * may two rows of one parent be, where a statement copies them into a table that has one row for each.
 */
async function failsWithSingleParents(
  world: TrialWorld,
  { name, dataset, failure: { error } }: Pick<Found, "name" | "dataset"> & Pick<Refusal, "failure">,
  source: RowSource,
): Promise<boolean> {
  const single = withSingleParents(dataset, source.plan, error.code === "23505");
  if (single === undefined) return true;
  const { rows, failure } = await world.attempt("mild", single, source);
  const { rows: before } = await world.attempt("mild", dataset, source);

  return (failure !== undefined && nameFailure(failure) === name) || countRows(rows) < countRows(before);
}

function countRows({ filled }: GeneratedRows): number {
  return filled.reduce((sum, { accepted }) => sum + accepted.length, 0);
}

async function assume(
  { statement, error }: Failure,
  aim: Aim | undefined,
  { schemas, release }: { readonly schemas: Schemas; readonly release: Release },
): Promise<Assumption | undefined> {
  if (aim !== undefined) return (await setsColumns(release, aim)) ? undefined : assumeAim(aim, schemas);
  const parser = await loadParser();
  const [, constraint] = (error.code === "23505" && /unique constraint "([^"]+)"/.exec(error.message)) || [];
  if (constraint !== undefined) return assumeUpdate(parser, statement.text, constraint, schemas.before);
  const [, column] = (error.code === "23502" && /column "([^"]+)"/.exec(error.message)) || [];

  return column === undefined ? undefined : assumeFilled(parser, statement.text, column, schemas.before);
}

/** True where the migration sets the columns itself: a condition on what they were before would ask for too much. */
async function setsColumns({ lists }: Release, { table, columns }: Aim): Promise<boolean> {
  const targets = new Targets(await loadParser(), lists.migrate, new Map());
  const [schema = "", name = ""] = table.split(".");

  return columns.some((column) => targets.isConverted({ within: schema, name }, column));
}
