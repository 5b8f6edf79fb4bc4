import { array, assert, constantFrom, property as forAll, integer } from "fast-check";
import { describe, expect, test } from "vitest";
import { type CaseKind, property } from "../property/property.ts";
import type { Suite } from "./load-suite.ts";
import { parseShard, selectShard } from "./shard.ts";

const KINDS: readonly CaseKind[] = ["call", "schedule", "migration", "fault", "crash", "once"];

function createSuite(kinds: readonly CaseKind[]): Suite {
  const properties = kinds.map((caseKind, index) =>
    property(`C${index}`, "", { caseKind, given: {}, holds: async () => undefined }),
  );

  return { properties, questions: [], openContext: () => expect.unreachable(), renamed: {} };
}

describe("shards of a suite", () => {
  test("each property is in exactly one shard, and shards differ by at most one property of a kind", () => {
    assert(
      forAll(array(constantFrom(...KINDS), { maxLength: 40 }), integer({ min: 1, max: 7 }), (kinds, count) => {
        const suite = createSuite(kinds);
        const shards = Array.from({ length: count }, (_, index) => selectShard(suite, { index: index + 1, count }));
        const ids = shards.flatMap(({ properties }) => properties.map(({ id }) => id));

        expect(ids.toSorted()).toEqual(suite.properties.map(({ id }) => id).toSorted());
        for (const kind of KINDS) {
          const sizes = shards.map(({ properties }) => properties.filter((one) => one.caseKind === kind).length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test.each(["0/3", "4/3", "1", "1/0", "a/b", "1/3/5", "-1/3"])("%s is not a shard", (text) => {
    expect(parseShard(text)).toBeUndefined();
  });
});
