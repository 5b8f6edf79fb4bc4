import { expect, test } from "vitest";
import { standsStill, stuckIn } from "./blocked-steps.ts";

const waits = (each: Record<string, string[]>) => new Map(Object.entries(each));

test("who waits for an idle session or an outsider is stuck, and so is who waits for him", () => {
  expect([...stuckIn(waits({ a: ["idle"], b: ["a"], c: [], d: ["c"] }))]).toEqual(["a", "b"]);
  expect(standsStill(waits({ a: ["idle"], b: ["a"] }))).toBe(true);
});

test("while somebody runs, or waits only for one who runs, it goes on", () => {
  expect(standsStill(waits({ a: ["idle"], c: [] }))).toBe(false);
  expect(standsStill(waits({ c: [], d: ["c"] }))).toBe(false);
});

test("a circle goes on until the server breaks it, even if one in it waits for an idle session too", () => {
  expect(standsStill(waits({ a: ["b"], b: ["a"] }))).toBe(false);
  expect(standsStill(waits({ a: ["b", "idle"], b: ["a"] }))).toBe(false);
});
