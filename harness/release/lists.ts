/** Walks the lists of a release (pure). */
import type { ListName, Release, RollbackName, Step } from "./release.ts";

export interface ListedStep {
  readonly list: ListName;
  readonly step: Step;
}

/** The lists that a release has, in the order in which it is carried out. */
export function getListNames({ lists }: Pick<Release, "lists">): readonly ListName[] {
  const rollbacks = Object.keys(lists).filter(isRollback);
  const names: readonly ListName[] = ["baseline", "analyse", "migrate", "verify", "exercise", ...rollbacks];

  return [...names, "verifyRollback" as const].filter((name) => lists[name] !== undefined);
}

/** The lists that the release adds. The baseline was there before it. */
export function getOwnLists(release: Pick<Release, "lists">): readonly ListName[] {
  return getListNames(release).filter((name) => name !== "baseline");
}

export function isRollback(name: string): name is RollbackName {
  return name.startsWith("rollback.");
}

/** The steps of some lists, by default of its own, in the order of the names and of each list. */
export function listSteps(release: Release, names: readonly ListName[] = getOwnLists(release)): readonly ListedStep[] {
  return names.flatMap((list) => (release.lists[list] ?? []).map((step) => ({ list, step })));
}

/** The release with each step of the same file replaced, but for the baseline. */
export function replaceStep(release: Release, step: Step): Release {
  const replaced = getOwnLists(release).map((name) => [
    name,
    release.lists[name]?.map((each) => (each.file === step.file ? step : each)),
  ]);

  return { ...release, lists: { ...release.lists, ...Object.fromEntries(replaced) } };
}
