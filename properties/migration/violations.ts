/** Makes violations of findings: the smallest rows that still show each, the script, and the line that declares it. */

import { Inconclusive } from "../../harness/errors.ts";
import type { Violation } from "../../harness/property/verdict.ts";
import { type ScriptPart, terminateStatement, toPartsUpTo, toScriptParts } from "../../harness/release/script-part.ts";
import type { Dataset } from "../../harness/rows/generate-row.ts";
import type { Finding } from "./finding.ts";
import { type GeneratedRows, type MigrationObservation, ROW_TITLES } from "./observation.ts";
import { shrinkDataset } from "./shrink.ts";
import type { MigrationWorld } from "./world.ts";

/** Judges an observation. */
export type Judge = (
  observation: MigrationObservation,
  world: MigrationWorld,
) => Promise<readonly Finding[]> | readonly Finding[];

/** Each smaller dataset is applied in a database of its own. */
const SHRINKS_MAX = 12;

/**
 * Makes a violation of each finding.
 * @param judge judges smaller rows, if the finding depends on the rows of the observation
 */
export async function toViolations(
  world: MigrationWorld,
  findings: readonly Finding[],
  judge?: Judge,
): Promise<readonly Violation[]> {
  const violations: Violation[] = [];
  for (const finding of findings) {
    const { finding: smallest, rows } = await findSmallest(world, finding, judge);
    violations.push(toViolation(world, smallest, rows));
  }

  return violations;
}

interface Shown {
  readonly finding: Finding;
  readonly rows: GeneratedRows;
}

async function findSmallest(world: MigrationWorld, finding: Finding, judge: Judge | undefined): Promise<Shown> {
  const rows = finding.rows ?? (await world.observe()).rows;
  if (judge === undefined) return { finding, rows };
  const shrinker = await world.shrinker(rows.source);
  let shown: Shown = { finding, rows };
  const isShown = async (dataset: Dataset): Promise<boolean> => {
    const smaller = await observeAgain(world, rows, dataset);
    const same = smaller && (await judge(smaller, world)).find((one) => isSame(one, finding));
    if (smaller !== undefined && same !== undefined) shown = { finding: same, rows: same.rows ?? smaller.rows };

    return same !== undefined;
  };
  await shrinkDataset(shrinker, rows.dataset, isShown, SHRINKS_MAX);

  return shown;
}

async function observeAgain(
  world: MigrationWorld,
  { level, source }: GeneratedRows,
  dataset: Dataset,
): Promise<MigrationObservation | undefined> {
  return await world.once(`observation ${JSON.stringify([dataset, source.assumptions])}`, async () => {
    const { rows, failure } = await world.attempt(level, dataset, source);
    try {
      return failure === undefined ? await world.observeOn(rows) : undefined;
    } catch (thrown) {
      if (thrown instanceof Inconclusive) return undefined;
      throw thrown;
    }
  });
}

function isSame(one: Finding, other: Finding): boolean {
  return one.kind === other.kind && one.subject === other.subject;
}

function toViolation(world: MigrationWorld, finding: Finding, rows: GeneratedRows): Violation {
  const { kind, subject, answer, expected, got, declare, hint, evidence } = finding;

  return {
    ...{ kind: `${kind} ${subject}`, subject, answer, expected, got },
    // A record has its rows in the state before.
    rows: world.release.origin?.ownRowsOnly === true ? "those of the state before" : ROW_TITLES[rows.level],
    ...(declare === undefined ? {} : { declare }),
    ...(hint === undefined ? {} : { hint }),
    ...(evidence === undefined ? {} : { evidence }),
    script: [...world.scriptBefore(rows), ...formatEnd(world, finding)],
  };
}

/** What follows the rows: up to the statement that fails, or all of up and the query that shows the fault. */
function formatEnd({ release }: MigrationWorld, { parts, failed, show, settings }: Finding): readonly ScriptPart[] {
  const { migrate } = release.lists;
  if (parts !== undefined) return parts;
  if (failed !== undefined) {
    const before = migrate.slice(0, migrate.indexOf(failed.step));

    const first = settings === undefined ? [] : [{ title: "settings", sql: settings }];

    return [...first, ...toScriptParts(before), ...toPartsUpTo(failed.step, failed.statement)];
  }
  const up = toScriptParts(migrate);

  return show === undefined
    ? [
        ...up.slice(0, -1),
        ...up.slice(-1).map((part) => ({ ...part, title: `reproduces the violation: ${part.title}` })),
      ]
    : [...up, { title: "reproduces the violation", sql: terminateStatement(show) }];
}
