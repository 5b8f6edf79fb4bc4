import { array, assert, integer, nat, property } from "fast-check";
import { expect, test } from "vitest";
import { countInterleavings, interleavings, sampleInterleavings } from "./schedulers.ts";

const lengths = () => array(nat(3), { minLength: 1, maxLength: 3 });

test("the count is the number of orders, which all differ and have every session's steps", () => {
  assert(
    property(lengths(), (each) => {
      const orders = [...interleavings(each)].map((order) => order.join());

      expect(orders.length).toBe(countInterleavings(each));
      expect(new Set(orders).size).toBe(orders.length);
      for (const order of orders) {
        expect(each.map((_, session) => order.split(String(session)).length - 1)).toEqual(each);
      }
    }),
  );
  expect(countInterleavings([3, 3])).toBe(20);
  expect(countInterleavings([30, 30, 30])).toBeGreaterThan(1e30);
});

test("a sample has different valid orders, the same for a seed, and all of them where they are few enough", () => {
  assert(
    property(lengths(), integer(), integer({ min: 1, max: 10 }), (each, seed, max) => {
      const all = new Set([...interleavings(each)].map((order) => order.join()));
      const sample = sampleInterleavings(each, max, seed).map((order) => order.join());

      expect(sample.length).toBe(Math.min(max, all.size));
      expect(new Set(sample).size).toBe(sample.length);
      expect(sample.every((order) => all.has(order))).toBe(true);
      expect(sampleInterleavings(each, max, seed).map((order) => order.join())).toEqual(sample);
    }),
  );
});

test("all orders are equally likely in a sample", () => {
  const drawn = new Map<string, number>();
  for (let seed = 0; seed < 2_000; seed += 1) {
    const [order] = sampleInterleavings([1, 3], 1, seed);
    drawn.set(String(order), (drawn.get(String(order)) ?? 0) + 1);
  }

  expect(drawn.size).toBe(4);
  expect(Math.min(...drawn.values())).toBeGreaterThan(400);
});
