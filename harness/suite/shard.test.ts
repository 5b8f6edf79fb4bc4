import { array, assert, constantFrom, property as forAll, integer } from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cost, Property } from "../property/property.ts";
import type { Suite } from "./load-suite.ts";
import { readShard, shardOf } from "./shard.ts";

const COSTS: readonly Cost[] = ["call", "schedule", "migration", "strike", "crash", "once"];

function suiteOf(costs: readonly Cost[]): Suite {
  const properties = costs.map((cost, index) => ({ id: `C${index}`, cost }) as unknown as Property<never>);

  return { properties, questions: [], openContext: () => expect.unreachable() };
}

describe("parts of a suite", () => {
  test("each property is in exactly one part, and no part has two more than another of any cost", () => {
    assert(
      forAll(
        array(constantFrom(...COSTS), { maxLength: 40 }),
        integer({ min: 1, max: 7 }),
        (costs, count) => {
          const suite = suiteOf(costs);
          const parts = Array.from({ length: count }, (_, index) =>
            shardOf(suite, { index: index + 1, count }),
          );
          const ids = parts.flatMap(({ properties }) => properties.map(({ id }) => id));

          expect(ids.toSorted()).toEqual(suite.properties.map(({ id }) => id).toSorted());
          for (const cost of COSTS) {
            const sizes = parts.map(({ properties }) => properties.filter((one) => one.cost === cost).length);
            expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });

  test.each(["0/3", "4/3", "1", "1/0", "a/b", "1/3/5", "-1/3"])("%s is no part", (text) => {
    expect(readShard(text)).toBeUndefined();
  });
});
