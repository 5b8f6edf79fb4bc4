/** Finds what a migration asks of the rows before it: what its author assumes, and what it was seen to refuse. */
import { basename } from "node:path";
import { HarnessError } from "../../harness/errors.ts";
import type { MigrationChecks, PreflightCheck, UnaskedFailure } from "../../harness/preflight/check.ts";
import { describeFailedStatement } from "../../harness/release/apply.ts";
import { loadParser } from "../../harness/release/parser.ts";
import { Targets } from "../../harness/release/targets/targets.ts";
import type { SchemaModel } from "../../harness/rows/schema-model.ts";
import type { TestResources } from "../../harness/suite/test-resources.ts";
import { appliesToAllRows, appliesToOrdinaryRows, describeAssumption, ends, isRaised } from "./applies.property.ts";
import { assumedSource } from "./assumed-source.ts";
import { findUndeclared } from "./declared.ts";
import {
  type Assumption,
  declaredAssumption,
  formatCountQuery,
  formatValuesQuery,
  type Schemas,
} from "./model/assumption.ts";
import type { GeneratedRows } from "./observation.ts";
import { listQuestions, type RowQuestion } from "./preflight-questions.ts";
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
    const declared = await listDeclared(world, schemas.before);
    const asked = await listAimed(world, schemas, refusals);
    const checks = new Map<string, PreflightCheck>();
    for (const found of [...declared, ...asked.found, ...listUpdates(refusals)]) {
      const { key: table, condition } = found.assumption;
      const key = `${table} ${condition.replace(/\s+/g, " ")}`;
      checks.set(key, mergeChecks(checks.get(key), toCheck(found, schemas.before)));
    }

    return {
      migration: world.release.name,
      checks: [...checks.values()],
      unasked: [...listUnknown(world), ...asked.unasked, ...(await listUnasked(world, refusals, asked.questions))],
    };
  } finally {
    await world.close();
  }
}

/** A condition, what asks for it, and whether the migration fails where it is broken. */
type Found = Pick<PreflightCheck, "reason" | "isRequired" | "isEvaluated"> & { readonly assumption: Assumption };

function toCheck({ assumption, reason, isRequired, isEvaluated = false }: Found, before: SchemaModel): PreflightCheck {
  const { table, from, condition } = assumption;
  const [count, values] = [formatCountQuery(assumption), formatValuesQuery(assumption, before)];

  return { table, from, condition, reason, isRequired, count, values, ...(isEvaluated && { isEvaluated }) };
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
  const found: Found[] = [];
  for (const { verb, object, condition = "", file, line } of await readDeclared(world)) {
    if (verb !== "assume") continue;
    const assumption = declaredAssumption(object, condition, before);
    if (assumption === undefined) {
      throw new HarnessError(
        `${file}:${line}: there is no table ${object} before the migration`,
        "Correct the name of the table, or remove the comment",
      );
    }
    const missing = await findMissing(world, assumption);
    if (missing !== undefined) {
      throw new HarnessError(
        `${file}:${line}: the condition cannot be asked before the migration: ${missing}`,
        "Correct the condition: it is on the rows of the table as it is before the migration",
      );
    }
    found.push({ assumption, reason: `assumed in ${basename(file)}, line ${line}`, isRequired: true });
  }

  return found;
}

/** What is asked by queries, and what by none. */
interface Asked {
  readonly found: readonly Found[];
  readonly unasked: readonly UnaskedFailure[];
  /** The questions with a query. */
  readonly questions: readonly RowQuestion[];
}

async function listAimed(world: MigrationWorld, schemas: Schemas, refusals: readonly Refusal[]): Promise<Asked> {
  const found: Found[] = [];
  const unasked: UnaskedFailure[] = [];
  const questions: RowQuestion[] = [];
  const refused = refusals.flatMap(({ assumption }) => assumption ?? []);
  for (const question of await listQuestions(world, schemas)) {
    const { assumption, isConstant = false } = question;
    const isSeen = refusals.some(({ failure }) => question.matches(failure));
    if (isConstant && !isSeen) continue;
    const missing = assumption && (await findMissing(world, assumption));
    if (assumption !== undefined && missing === undefined) {
      questions.push(question);
      found.push(await toFound(world, question, assumption, { isSeen, refused }));
    } else if (!isSeen && !(await succeedsOnRows(world, question))) {
      const problem = missing === undefined ? "no query is known for it" : `its query needs what is added: ${missing}`;
      unasked.push({ subject: question.subject, message: `${question.reason}, and ${problem}` });
    }
  }

  return { found, unasked, questions };
}

async function succeedsOnRows(world: MigrationWorld, question: RowQuestion): Promise<boolean> {
  const hasRows = ({ filled }: GeneratedRows): boolean =>
    filled.some(({ of, accepted }) => of.key === question.table && accepted.length > 0);

  return (await countAccepted(world, question, [], hasRows)) > 0;
}

/** The message of PostgreSQL where the query of a condition needs something that is not there before the migration. */
async function findMissing(world: MigrationWorld, assumption: Assumption): Promise<string | undefined> {
  const error = await (await world.trials()).findQueryError(assumption);
  // The server that is asked may be a later version.
  const isMissing = error !== undefined && /^(?:42|3F)/.test(error.code) && !/pg_input_is_valid/.test(error.message);

  return isMissing ? error.message : undefined;
}

async function toFound(
  world: MigrationWorld,
  question: RowQuestion,
  assumption: Assumption,
  { isSeen, refused }: { readonly isSeen: boolean; readonly refused: readonly Assumption[] },
): Promise<Found> {
  const { reason, isEnforced = false, isEvaluated = false } = question;
  const others = refused.filter(({ key, condition }) => key !== assumption.key || condition !== assumption.condition);
  const found = { assumption, reason, isRequired: true, isEvaluated };
  if (isSeen || others.length < refused.length) return found;
  const trials = await world.trials();
  const isBroken = async (rows: GeneratedRows) => (await trials.countBroken(rows, assumption, isEvaluated)) > 0;
  if (!isEnforced && (await countAccepted(world, question, others, isBroken)) > 0) {
    return { ...found, isRequired: false, reason: `${reason}; up succeeded on generated rows like these` };
  }
  // Which values are repaired, no generated row can show.
  const isChanged = (isEnforced || isEvaluated) && (await writesTo(world, assumption));

  return isChanged ? { ...found, isRequired: false, reason: `${reason}; the migration changes rows before` } : found;
}

async function writesTo({ release }: MigrationWorld, { key }: Assumption): Promise<boolean> {
  const targets = new Targets(await loadParser(), release.lists.migrate, new Map());
  const [within = "", name = ""] = key.split(".");

  return targets.isDynamic || targets.isWritten({ within, name });
}

/**
 * How often up was seen to succeed on rows that count; 0 where it was seen to fail because of the question. The rows keep to
 * what else it refuses.
 */
async function countAccepted(
  world: MigrationWorld,
  question: RowQuestion,
  others: readonly Assumption[],
  counts: (rows: GeneratedRows) => Promise<boolean> | boolean,
): Promise<number> {
  const trials = await world.trials();
  const source = (others.length === 0 ? undefined : await assumedSource(world, others)) ?? trials.free;
  const directed =
    question.isEvaluated === true
      ? await world.directed(source)
      : aimedDatasets(trials, source, question.aims, await loadParser(), world.seed);
  let accepted = 0;
  for (const dataset of [...directed, ...(await world.boundary(source))]) {
    const { rows, failure } = await world.attempt("directed", dataset, source);
    if (!(await counts(rows))) continue;
    if (failure !== undefined && question.matches(failure)) return 0;
    if (failure === undefined) accepted += 1;
  }

  return accepted;
}

/** Of statements that violate what was there before. */
function listUpdates(refusals: readonly Refusal[]): readonly Found[] {
  return refusals.flatMap(({ aim, assumption, failure: { step, statement, error } }): readonly Found[] =>
    aim !== undefined || assumption === undefined
      ? []
      : [{ assumption, reason: `${step.path}, line ${statement.line}: ${error.message}`, isRequired: true }],
  );
}

/** Of a migration whose code reads rows, only what its schema asks for is known. */
function listUnknown({ release: { name, origin } }: MigrationWorld): readonly UnaskedFailure[] {
  return origin?.unknownRows === undefined ? [] : [{ subject: name, message: origin.unknownRows }];
}

/** The ways to fail that are not declared and that no query counts. */
async function listUnasked(
  world: MigrationWorld,
  refusals: readonly Refusal[],
  questions: readonly RowQuestion[],
): Promise<readonly UnaskedFailure[]> {
  const counted = refusals
    .filter(({ assumption, failure }) => assumption !== undefined || questions.some((one) => one.matches(failure)))
    .map(({ failure }) => failure);
  // No rule asks to declare what the migration refuses in words of its own, but it fails where there are such rows.
  const raised = refusals.filter(({ failure }) => isRaised(failure)).map(describeAssumption);
  const found = [...(await findUndeclared(world, appliesToAllRows.id, raised))];
  for (const { id, find } of [appliesToOrdinaryRows, appliesToAllRows, ends]) {
    found.push(...(await findUndeclared(world, id, await find(world))));
  }

  return found
    .filter(
      ({ failed, evidence }) =>
        !counted.some(
          ({ statement, error }) =>
            statement === failed?.statement && evidence?.shows === "error" && evidence.message === error.message,
        ),
    )
    .map(({ subject, got }) => ({ subject, message: got }));
}
