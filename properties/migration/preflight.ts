/** Finds what a migration asks of the rows before it: what its author assumes, and what it was seen to refuse. */
import { basename } from "node:path";
import { HarnessError } from "../../harness/errors.ts";
import type { MigrationChecks, PreflightCheck, UnaskedFailure } from "../../harness/preflight/check.ts";
import { describeFailedStatement } from "../../harness/release/apply.ts";
import { loadParser } from "../../harness/release/parser.ts";
import type { Aim } from "../../harness/rows/directed.ts";
import { type SchemaModel, tableKey } from "../../harness/rows/schema-model.ts";
import type { TestResources } from "../../harness/suite/test-resources.ts";
import { appliesToAllRows, appliesToOrdinaryRows, describeAssumption, ends, isRaised } from "./applies.property.ts";
import { assumedSource } from "./assumed-source.ts";
import { findUndeclared } from "./declared.ts";
import {
  type Assumption,
  assumeAim,
  declaredAssumption,
  formatCountQuery,
  formatValuesQuery,
  type Schemas,
} from "./model/assumption.ts";
import { matchAim } from "./model/match-aim.ts";
import { readDeclared } from "./read-declarations.ts";
import { findRefusals, type Refusal } from "./refusals.ts";
import { aimedDatasets } from "./row-sets.ts";
import { MigrationWorld } from "./world.ts";

/**
 * Lists the conditions of a migration, each once: those that are declared, then one for each constraint, NOT NULL, key and
 * type that it adds to a table that is there, then those under which an UPDATE keeps a key unique.
 * @throws HarnessError if it fails on empty tables, or if a declaration names no table
 */
export async function findPreflightChecks(resources: TestResources): Promise<MigrationChecks> {
  const world = new MigrationWorld(resources);
  try {
    const refusals = await findRefusals(world);
    const schemas = await world.schemas();
    if (schemas === undefined) throw createError(world, refusals);
    const found = [
      ...(await listDeclared(world, schemas.before)),
      ...(await listAimed(world, schemas, refusals)),
      ...listUpdates(refusals),
    ];
    const checks = new Map<string, PreflightCheck>();
    for (const [assumption, reason, isRequired] of found) {
      const key = `${assumption.key} ${assumption.condition.replace(/\s+/g, " ")}`;
      checks.set(key, mergeChecks(checks.get(key), toCheck(assumption, reason, isRequired, schemas.before)));
    }

    return {
      migration: world.release.name,
      checks: [...checks.values()],
      unasked: [...listUnknown(world), ...(await listUnasked(world, schemas, refusals))],
    };
  } finally {
    await world.close();
  }
}

/** A condition, what asks for it, and whether the migration fails where it is broken. */
type Found = readonly [assumption: Assumption, reason: string, isRequired: boolean];

function toCheck(assumption: Assumption, reason: string, isRequired: boolean, before: SchemaModel): PreflightCheck {
  const { table, from, condition } = assumption;
  const [count, values] = [formatCountQuery(assumption), formatValuesQuery(assumption, before)];

  return { table, from, condition, reason, isRequired, count, values };
}

/** What is declared word for word as a constraint asks for it is asked by the query of the constraint. */
function mergeChecks(first: PreflightCheck | undefined, check: PreflightCheck): PreflightCheck {
  if (first === undefined) return check;

  return {
    ...check,
    reason: `${first.reason}; ${check.reason}`,
    isRequired: first.isRequired || check.isRequired,
  };
}

function createError({ release }: MigrationWorld, [first]: readonly Refusal[]): HarnessError {
  const cause = first === undefined ? "" : `: ${describeFailedStatement(first.failure)}`;

  return new HarnessError(
    `${release.name} cannot be applied to empty tables, so what it asks of rows is not known${cause}`,
    "Run pg-plumbline verify on it, and fix that first",
  );
}

async function listDeclared(world: MigrationWorld, before: SchemaModel): Promise<readonly Found[]> {
  return (await readDeclared(world)).flatMap(({ verb, object, condition = "", file, line }): readonly Found[] => {
    if (verb !== "assume") return [];
    const assumption = declaredAssumption(object, condition, before);
    if (assumption !== undefined) return [[assumption, `assumed in ${basename(file)}, line ${line}`, true]];

    throw new HarnessError(
      `${file}:${line}: there is no table ${object} before the migration`,
      "Correct the name of the table, or remove the comment",
    );
  });
}

async function listAimed(
  world: MigrationWorld,
  schemas: Schemas,
  refusals: readonly Refusal[],
): Promise<readonly Found[]> {
  const found: Found[] = [];
  const refused = refusals.flatMap(({ assumption }) => assumption ?? []);
  for (const aim of await world.aims()) {
    const assumption = assumeAim(aim, schemas);
    if (assumption === undefined) continue;
    const others = refused.filter(({ key, condition }) => key !== assumption.key || condition !== assumption.condition);
    const isRefused = others.length < refused.length;
    found.push([
      assumption,
      describeAim(aim, schemas),
      isRefused || !(await isAccepted(world, aim, { assumption, others })),
    ]);
  }

  return found;
}

/**
 * Whether up was seen to succeed on rows that break an assumption, and never to fail because of it. The rows keep to what
 * else it refuses.
 */
async function isAccepted(
  world: MigrationWorld,
  aim: Aim,
  { assumption, others }: { readonly assumption: Assumption; readonly others: readonly Assumption[] },
): Promise<boolean> {
  const trials = await world.trials();
  const source = (others.length === 0 ? undefined : await assumedSource(world, others)) ?? trials.free;
  const directed = aimedDatasets(trials, source, [aim], await loadParser(), world.seed);
  const aims = await world.aims();
  let accepted = 0;
  for (const dataset of [...directed, ...(await world.boundary(source))]) {
    const { rows, failure } = await world.attempt("directed", dataset, source);
    if ((await trials.countBroken(rows, assumption)) === 0) continue;
    const cause = failure && matchAim(failure, aims);
    if (cause !== undefined && nameAim(cause) === nameAim(aim)) return false;
    if (failure === undefined) accepted += 1;
  }

  return accepted > 0;
}

function nameAim({ table, kind, constraint }: Aim): string {
  return `${table} ${kind} ${constraint}`;
}

function describeAim({ table, kind, constraint, columns }: Aim, { before, after }: Schemas): string {
  switch (kind) {
    case "not-null":
      return `${columns.join(", ")} becomes NOT NULL`;
    case "unique":
      return `the unique index ${constraint} is added`;
    case "exclusion":
      return `the exclusion constraint ${constraint} is added`;
    case "partition":
      return `the partition ${constraint} is added`;
    case "check":
      return `the CHECK ${constraint} is added`;
    case "foreign-key":
      return `the foreign key ${constraint} is added`;
    case "type": {
      const oid = before.tables.find((one) => tableKey(one) === table)?.oid;
      const now = after.tables.find((one) => one.oid === oid);

      return `${columns.join(", ")} becomes ${now?.columns.find(({ name }) => name === constraint)?.typeName}`;
    }
  }
}

/** Of statements that violate what was there before. */
function listUpdates(refusals: readonly Refusal[]): readonly Found[] {
  return refusals.flatMap(({ aim, assumption, failure: { step, statement, error } }): readonly Found[] =>
    aim !== undefined || assumption === undefined
      ? []
      : [[assumption, `${step.path}, line ${statement.line}: ${error.message}`, true]],
  );
}

/** The ways to fail that are not declared and that no query counts. */
/** Of a migration whose code reads rows, only what its schema asks for is known. */
function listUnknown({ release: { name, origin } }: MigrationWorld): readonly UnaskedFailure[] {
  return origin?.unknownRows === undefined ? [] : [{ subject: name, message: origin.unknownRows }];
}

async function listUnasked(
  world: MigrationWorld,
  _schemas: Schemas,
  refusals: readonly Refusal[],
): Promise<readonly UnaskedFailure[]> {
  const counted = refusals.filter(({ assumption }) => assumption !== undefined).map(({ failure }) => failure.statement);
  // No rule asks to declare what the migration refuses in words of its own, but it fails where there are such rows.
  const raised = refusals.filter(({ failure }) => isRaised(failure)).map(describeAssumption);
  const found = [...(await findUndeclared(world, appliesToAllRows.id, raised))];
  for (const { id, find } of [appliesToOrdinaryRows, appliesToAllRows, ends]) {
    found.push(...(await findUndeclared(world, id, await find(world))));
  }

  return found
    .filter(({ failed }) => failed === undefined || !counted.includes(failed.statement))
    .map(({ subject, got }) => ({ subject, message: got }));
}
