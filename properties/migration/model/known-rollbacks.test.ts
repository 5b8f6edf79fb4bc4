import { expect, test } from "vitest";
import type { Release } from "../../../harness/release/release.ts";
import { hasWayBack, requireRollback } from "./known-rollbacks.ts";

const withoutRollback: Release = { name: "a", folder: "/", lists: { baseline: [], migrate: [] }, knownFailures: [] };
const withRollback = { ...withoutRollback, lists: { ...withoutRollback.lists, "rollback.any": [] } };
const origin = { folder: "/", layout: "example", index: 0, hasDowns: true, repeatable: false, migration: "a" };

test("rules about rollbacks are unknown where release.json lists none", () => {
  expect(() => requireRollback(withoutRollback)).toThrow("release.json lists no rollback");
  expect(() => requireRollback(withRollback)).not.toThrow();
});

test("a migration of a folder may have no down, which a rule reports", () => {
  expect(() => requireRollback({ ...withoutRollback, origin })).not.toThrow();
});

test("rules about rollbacks are left out where the tool keeps no downs", () => {
  expect(hasWayBack({ ...withoutRollback, origin })).toBe(true);
  expect(hasWayBack({ ...withoutRollback, origin: { ...origin, hasDowns: false } })).toBe(false);
});
