/** The options of `pg-plumbline mutate`, their validation, and the mutants that they select. */
import { HarnessError } from "../errors.ts";
import { selectChangedSince } from "../mutation/changed-since.ts";
import { filterMutants } from "../mutation/find-mutants.ts";
import type { Mutant } from "../mutation/mutant.ts";
import { getOwnLists, isRollback } from "../release/lists.ts";
import type { Release } from "../release/release.ts";

export interface MutateOptions {
  readonly release?: string;
  readonly server: string;
  readonly postgres?: number;
  readonly image?: string;
  readonly yes?: boolean;
  readonly seed: number;
  /** The properties or rules to check; all by default. */
  readonly only?: readonly string[];
  readonly operators?: readonly string[];
  readonly lists?: readonly string[];
  readonly steps?: readonly string[];
  readonly mutants?: readonly string[];
  readonly changedSince?: string;
  readonly resume?: boolean;
  /** Percent. */
  readonly minScore?: number;
  readonly json?: string;
  readonly junit?: string;
  readonly html?: string;
  readonly update?: boolean;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
  /** These are refused. */
  readonly runs?: unknown;
  readonly alone?: unknown;
  readonly profile?: unknown;
}

/** The lists that change a database. The others only read it, and no rule depends on much of what they report. */
function getChangingLists(release: Release): readonly string[] {
  return getOwnLists(release).filter((name) => name === "migrate" || isRollback(name));
}

const REFUSED: readonly (readonly ["runs" | "alone" | "profile", reason: string, remedy: string])[] = [
  [
    "runs",
    "each property is checked on a few cases first, and on more if no property was violated",
    "Leave it out, or choose other cases with --seed",
  ],
  [
    "alone",
    "it no longer looks for a second property that kills a mutant",
    "Leave it out; --only with the other properties shows what survives without one",
  ],
  ["profile", "it no longer measures its own parts", "Leave it out; --json has the duration of each mutant"],
];

/** @throws HarnessError for an option that mutate does not have, or a score out of range */
export function validateMutateOptions(options: MutateOptions): void {
  for (const [name, reason, remedy] of REFUSED) {
    if (options[name] !== undefined) throw new HarnessError(`mutate has no --${name}: ${reason}`, remedy);
  }
  if ((options.minScore ?? 0) > 100) {
    throw new HarnessError(`--min-score ${options.minScore} is more than 100 percent`, "Use 0 to 100");
  }
}

/**
 * The selected mutants; none only if no mutated line has changed since the revision.
 * @param all the mutants of the release
 * @throws HarnessError for an unknown name, or if no statement can be mutated
 */
export async function selectMutants(
  release: Release,
  all: readonly Mutant[],
  options: MutateOptions,
): Promise<readonly Mutant[]> {
  const { operators, steps, mutants: ids, changedSince: revision } = options;
  const lists = options.lists ?? (steps === undefined && ids === undefined ? getChangingLists(release) : undefined);
  const unknown = ids?.find((id) => !all.some((mutant) => mutant.id === id));
  if (unknown !== undefined) {
    throw new HarnessError(`${release.name} has no mutant ${unknown}`, "Use an id from the report");
  }
  const filtered = await filterMutants(release, all, {
    ...(operators && { operators }),
    ...(lists && { lists }),
    ...(steps && { steps }),
  });
  const selected = filtered.filter(({ id }) => ids?.includes(id) ?? true);
  if (selected.length === 0) throw nothingSelected(release, options);

  return revision === undefined ? selected : await selectChangedSince(release, selected, revision);
}

function nothingSelected({ name }: Release, options: MutateOptions): HarnessError {
  const filters = (["steps", "lists", "operators", "mutants"] as const).flatMap((key) =>
    options[key] === undefined ? [] : [`--${key} ${options[key].join(",")}`],
  );

  return filters.length === 0
    ? new HarnessError(`${name} has no statement that can be mutated`, "Use a release with statements")
    : new HarnessError(
        `${name} has no mutants with ${filters.join(" ")}, and nothing was mutated`,
        "Select others, or leave these options out",
      );
}
