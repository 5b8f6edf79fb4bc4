/** Groups the migrations that could not be judged by what they need, so that each need is said once (pure). */
import type { ReleaseResult, UnmetNeed } from "../property/verdict.ts";
import { pluralize } from "../text/pluralize.ts";

export interface NeedOfMany extends UnmetNeed {
  /** The migrations, in their order. */
  readonly names: readonly string[];
}

export function groupByNeed(releases: readonly ReleaseResult[]): readonly NeedOfMany[] {
  const groups = new Map<string, NeedOfMany>();
  for (const { name, need } of releases) {
    if (need === undefined) continue;
    // The migration that fails, and those after it, say it in other words.
    const known = groups.get(need.remedy);
    groups.set(need.remedy, { ...(known ?? need), names: [...(known?.names ?? []), name] });
  }

  return [...groups.values()];
}

/** Such as `Not judged: 0007_vectors and 12 later migrations`. */
export function describeUnjudged([first = "", ...others]: readonly string[]): string {
  return `Not judged: ${first}${others.length === 0 ? "" : ` and ${pluralize(others.length, "later migration")}`}`;
}
