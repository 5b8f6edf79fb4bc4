/** Walks the lists of a release (pure). */
import { LIST_NAMES, type ListName, type Release, type Step } from "./release.ts";

export interface ListedStep {
  readonly list: ListName;
  readonly step: Step;
}

/** The lists that the release adds. The baseline was there before it. */
export const OWN_LISTS: readonly ListName[] = LIST_NAMES.filter((name) => name !== "baseline");

/** The steps of some lists, in the order of the names and of each list. */
export function listSteps({ lists }: Release, names: readonly ListName[] = OWN_LISTS): readonly ListedStep[] {
  return names.flatMap((list) => (lists[list] ?? []).map((step) => ({ list, step })));
}

/** The release with each step of the same file replaced. */
export function replaceStep(release: Release, step: Step): Release {
  const replaced = LIST_NAMES.flatMap((name) => {
    const steps = name === "baseline" ? undefined : release.lists[name];

    return steps === undefined ? [] : [[name, steps.map((each) => (each.file === step.file ? step : each))]];
  });

  return { ...release, lists: { ...release.lists, ...Object.fromEntries(replaced) } };
}
