import { expect, test } from "vitest";
import { findBlocked, isQuiescent } from "./blocked-steps.ts";

const waits = (each: Record<string, string[]>) => new Map(Object.entries(each));

test("a session is blocked that waits for an idle session or another connection, or for a blocked one", () => {
  expect([...findBlocked(waits({ a: ["idle"], b: ["a"], c: [], d: ["c"] }))]).toEqual(["a", "b"]);
  expect(isQuiescent(waits({ a: ["idle"], b: ["a"] }))).toBe(true);
});

test("while a session runs, or waits only for one that runs, there is more to happen", () => {
  expect(isQuiescent(waits({ a: ["idle"], c: [] }))).toBe(false);
  expect(isQuiescent(waits({ c: [], d: ["c"] }))).toBe(false);
});

test("a cycle is not quiescent before the server breaks it, even if a session in it also waits for an idle one", () => {
  expect(isQuiescent(waits({ a: ["b"], b: ["a"] }))).toBe(false);
  expect(isQuiescent(waits({ a: ["b", "idle"], b: ["a"] }))).toBe(false);
});
