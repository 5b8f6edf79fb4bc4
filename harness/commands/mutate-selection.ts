/**
 * What `pg-plumbline mutate` is asked for, and what makes no sense to ask of it.
 */
import { HarnessError } from "../errors.ts";
import { selectChangedSince } from "../mutation/changed-since.ts";
import { findMutants } from "../mutation/find-mutants.ts";
import type { Mutant } from "../mutation/mutant.ts";
import type { Release } from "../release/release.ts";

/** The flags, as the command line has them. */
export interface MutateOptions {
  readonly release?: string;
  readonly server: string;
  readonly postgres?: number;
  readonly image?: string;
  readonly yes?: boolean;
  readonly seed: number;
  /** Refused: see `demandSense`. */
  readonly runs?: number;
  /** The properties or rules that are asked; all, where it is left out. */
  readonly only?: readonly string[];
  readonly operators?: readonly string[];
  readonly lists?: readonly string[];
  readonly steps?: readonly string[];
  readonly mutants?: readonly string[];
  readonly changedSince?: string;
  readonly resume?: boolean;
  /** The others are asked as well once a property has noticed, until a second one does. */
  readonly alone?: boolean;
  /** Percent. */
  readonly minScore?: number;
  readonly json?: string;
  readonly junit?: string;
  readonly html?: string;
  /** Tells where the time went. */
  readonly profile?: boolean;
  /** Writes who noticed what, for the next run to ask them first. */
  readonly update?: boolean;
  readonly quiet?: boolean;
}

/** The lists that change a database. The others only look at it, and much of what they report nobody promised. */
const CHANGING = ["migrate", "rollback.emergency", "rollback.controlled"];

/** @throws HarnessError for flags of other commands that mean nothing here, and for a score that nothing can reach */
export function validateMutateOptions({ runs, minScore = 0 }: MutateOptions): void {
  if (runs !== undefined) {
    throw new HarnessError(
      "mutate has no --runs: each property is asked for a few cases first, and for more where nobody noticed",
      "Leave --runs out, or ask for other cases with --seed",
    );
  }
  if (minScore > 100) {
    throw new HarnessError(
      `No score reaches --min-score ${minScore}: it is a percentage`,
      "Name one from 0 to 100",
    );
  }
}

/**
 * The mutants that are asked for: none only where none of them changed since the revision.
 * @param all of the release
 * @throws HarnessError where one is named that there is not, or no statement can be mutated so
 */
export async function selectMutants(
  release: Release,
  all: readonly Mutant[],
  options: MutateOptions,
): Promise<readonly Mutant[]> {
  const { operators, lists, steps, mutants: ids, changedSince: revision } = options;
  const stranger = ids?.find((id) => !all.some((mutant) => mutant.id === id));
  if (stranger !== undefined) {
    throw new HarnessError(`There is no mutant ${stranger} of ${release.name}`, "Take an id from the report");
  }
  const wanted = await findMutants(release, {
    ...(operators === undefined ? {} : { operators }),
    ...(lists === undefined && steps === undefined && ids === undefined ? { lists: CHANGING } : {}),
    ...(lists === undefined ? {} : { lists }),
    ...(steps === undefined ? {} : { steps }),
  });
  const wantedIds = new Set(wanted.map(({ id }) => id));
  const named = all.filter(({ id }) => wantedIds.has(id) && (ids?.includes(id) ?? true));
  if (named.length === 0) {
    throw nothingToMutate(release, options);
  }

  return revision === undefined ? named : await selectChangedSince(release, named, revision);
}

function nothingToMutate(
  release: Release,
  { operators, lists, steps, mutants }: MutateOptions,
): HarnessError {
  const wheres = [
    ...(steps === undefined ? [] : [`in ${steps.join(", ")}`]),
    ...(lists === undefined ? [] : [`in the list ${lists.join(", ")}`]),
    ...(operators === undefined ? [] : [`by ${operators.join(", ")}`]),
    ...(mutants === undefined ? [] : [`as ${mutants.join(", ")}`]),
  ];

  return new HarnessError(
    `${release.name} has no statement that can be mutated${wheres.length === 0 ? "" : ` ${wheres.join(", ")}`}, and nothing was mutated`,
    wheres.length === 0 ? "Name a release whose files hold statements" : "Ask for others, or for all",
  );
}
