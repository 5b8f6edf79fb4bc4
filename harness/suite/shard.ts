/**
 * Splits the properties of a suite, so that several machines can share them (pure). The most expensive ones are dealt
 * first, so that each machine gets about as many; every property is in exactly one shard.
 */
import type { CaseKind } from "../property/property.ts";
import type { Suite } from "./load-suite.ts";

/** The `index`-th of `count` shards: both count from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

const EXPENSIVE_FIRST: readonly CaseKind[] = ["crash", "fault", "migration", "once", "schedule", "call"];

/** Selects the properties of the shard, in their own order; all questions are in the first. */
export function selectShard(suite: Suite, { index, count }: Shard): Suite {
  const dealt = suite.properties.toSorted((one, other) => rank(one.caseKind) - rank(other.caseKind));
  const selected = new Set(dealt.filter((_, position) => position % count === index - 1));

  return {
    ...suite,
    properties: suite.properties.filter((property) => selected.has(property)),
    questions: index === 1 ? suite.questions : [],
  };
}

function rank(caseKind: CaseKind): number {
  return EXPENSIVE_FIRST.indexOf(caseKind);
}

/** Parses a shard such as `2/3`. @returns undefined unless both are whole numbers, the first not larger */
export function parseShard(text: string): Shard | undefined {
  const [, index, count] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };

  return index !== undefined && shard.index <= shard.count ? shard : undefined;
}

export function formatShard({ index, count }: Shard): string {
  return `${index}/${count}`;
}
