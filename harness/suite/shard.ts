/**
 * A part of the properties, so that several machines can share them (pure). The dear ones are dealt out first, so that
 * no machine gets them all; every property is in exactly one part.
 */

import type { Cost } from "../property/property.ts";
import type { Suite } from "./load-suite.ts";

/** The I-th of N parts: both count from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

const DEAREST_FIRST: readonly Cost[] = ["crash", "strike", "migration", "once", "schedule", "call"];

/** The properties of the part, in their own order; the questions are all in the first. */
export function shardOf(suite: Suite, { index, count }: Shard): Suite {
  const dealt = suite.properties.toSorted((one, other) => rank(one.cost) - rank(other.cost));
  const mine = new Set(dealt.filter((_, place) => place % count === index - 1));

  return {
    ...suite,
    properties: suite.properties.filter((property) => mine.has(property)),
    questions: index === 1 ? suite.questions : [],
  };
}

function rank(cost: Cost): number {
  return DEAREST_FIRST.indexOf(cost);
}

/** `2/3`, or undefined for a text that is no part: both are whole numbers, and the first is not the larger one. */
export function readShard(text: string): Shard | undefined {
  const [, index, count] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };

  return index !== undefined && shard.index <= shard.count ? shard : undefined;
}

export function shardText({ index, count }: Shard): string {
  return `${index}/${count}`;
}
