/**
 * The lists of a release by their names, and putting another step in the place of one (pure).
 */
import type { Release, Step } from "../release/release.ts";

/** A step, and the list that it is in. */
export interface ListedStep {
  readonly list: string;
  readonly step: Step;
}

/** The lists that can be mutated. The baseline is what is there before: nobody wrote it for this release. */
export const listNames = [
  "analyse",
  "migrate",
  "verify",
  "exercise",
  "rollback.emergency",
  "rollback.controlled",
  "verifyRollback",
] as const;

/** The steps of a release but its baseline, in the order of `listNames` and of each list. */
export function listedSteps(release: Release): ListedStep[] {
  const { rollback } = release;
  const steps: Readonly<Record<(typeof listNames)[number], readonly Step[] | undefined>> = {
    ...release,
    analyse: release.analyse,
    verify: release.verify,
    exercise: release.exercise,
    "rollback.emergency": rollback?.emergency,
    "rollback.controlled": rollback?.controlled,
    verifyRollback: release.verifyRollback,
  };

  return listNames.flatMap((list) => (steps[list] ?? []).map((step) => ({ list, step })));
}

/** The release with this step in the place of each that is the same file. */
export function withStep(release: Release, step: Step): Release {
  const put = (steps: readonly Step[]) => steps.map((one) => (one.file === step.file ? step : one));
  const { analyse, verify, exercise, rollback, verifyRollback } = release;

  return {
    ...release,
    migrate: put(release.migrate),
    ...(analyse && { analyse: put(analyse) }),
    ...(verify && { verify: put(verify) }),
    ...(exercise && { exercise: put(exercise) }),
    ...(rollback && {
      rollback: {
        ...(rollback.emergency && { emergency: put(rollback.emergency) }),
        ...(rollback.controlled && { controlled: put(rollback.controlled) }),
      },
    }),
    ...(verifyRollback && { verifyRollback: put(verifyRollback) }),
  };
}
