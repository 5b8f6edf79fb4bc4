import { expect, test } from "vitest";
import type { Notice } from "../../../harness/database/session.ts";
import { findWrongCounts, findWrongDuration, findWrongTotal } from "./notices.ts";
import { countDone } from "./progress-notices.ts";

const notices = (...messages: readonly string[]): Notice[] =>
  messages.map((message) => ({ severity: "NOTICE", message }));

test.each<[string, readonly string[], readonly number[]]>([
  ["the totals so far", ["Processed 100 / 250 organizations", "Processed 250 / 250 organizations"], [100, 250]],
  ["with a batch elsewhere", ["Processed 100 organizations - Batch time: 5ms"], [100]],
  [
    "batches",
    ["Processed batch of 100", "Processed 100 organizations in this batch", "Processed a batch of 50"],
    [100, 200, 250],
  ],
  ["batches by a label", ["Batch 1: processed 100 organizations", "Batch 2: processed 100 organizations"], [100, 200]],
  [
    "totals by a label",
    ["Batch 1: processed 100", "Batch 2: processed 200", "Batch 3: 250 organizations migrated"],
    [100, 200, 250],
  ],
  [
    "both",
    ["Batch of 100 done, 100 / 150", "Processed 50 in this batch, 150 of 150 organizations migrated in total"],
    [100, 150],
  ],
  ["a start and an end", ["Starting migration of 250 organizations at 2025-10-12 18:56:00+02", "Done"], []],
])("counts %s", (_, messages, counts) => {
  expect(countDone(notices(...messages))).toEqual(counts);
});

test.each<[string, readonly string[]]>([
  ["do not grow", ["Processed 100 / 250 organizations", "Processed 50 / 250 organizations"]],
  ["of batches do not add up", ["Processed a batch of 100", "Processed a batch of 100"]],
  ["are missing", ["Migration completed"]],
])("counts that %s are wrong", (_, messages) => {
  expect(findWrongCounts(notices(...messages), 250)).toBeDefined();
});

test("the size of a batch is no total", () => {
  expect(findWrongTotal(notices("Processed a batch of 100 organizations"), { totals: [250], description: "250" })).toBe(
    undefined,
  );
  expect(
    findWrongTotal(notices("Processed 100 of 240 organizations"), { totals: [250], description: "250" }),
  ).toBeDefined();
});

/** Two batches of 100 and 20 organizations, each of which takes 70 seconds. */
const run = (first: string, second: string, last: string) =>
  notices(
    "Starting migration of 120 organizations at 2025-10-12 18:56:00+02",
    `Processed 100 / 120 organizations (83.3%)${first}`,
    `Processed 120 / 120 organizations (100.0%)${second}`,
    `Migration completed! Processed 120 organizations${last}`,
  );

test.each([
  [" - Batch time: 7000000ms", " - Batch time: 1400000.000ms", " in 8400000ms"],
  [" in 7000 s", " in 1400.0 s", ""],
  [", 7000000 ms elapsed", ", 8400000 ms elapsed", " in 140 min"],
  [" in 7000000 ms", " in 8400000 ms", ", total time 02:20:00"],
  [" in 01:56:40", " in 00:23:20.5", " in 02:20:00"],
  [" - batch: 7000 s, total: 7000 s", " - batch: 1400 s, total: 8400 s", ""],
])("durations of what the notices say are right: %s", (...texts) => {
  expect(findWrongDuration(run(...texts), 70_000)).toBeUndefined();
});

test.each([
  ["", "", ""],
  [" - Batch time: 7000000ms", " - Batch time: 8400000ms", ""],
  [" - Batch time: 70000ms", " - Batch time: 1400000ms", ""],
  [", 7000000 ms elapsed", ", 1400000 ms elapsed", ""],
  [" in 7000 ms", " in 1400 ms", ""],
  [" in 40000 ms", "", ""],
  ["", "", " in 1400000 ms"],
  ["", "", " in 02:20:03"],
])("durations of anything else are wrong: %s, %s, %s", (...texts) => {
  expect(findWrongDuration(run(...texts), 70_000)).toBeDefined();
});

test("a duration without a count may be of any batch, or of all at the end", () => {
  const counted = notices("Processed 100 / 120 organizations", "Processed 120 / 120 organizations");
  const says = (message: string) => findWrongDuration([...counted, ...notices(message)], 70_000);

  expect(says("The batch took 1400000 ms")).toBeUndefined();
  expect(says("The batch took 30000 ms")).toBeDefined();
  expect(says("Elapsed: 8400000 ms")).toBeUndefined();
  expect(says("Elapsed: 7000000 ms")).toBeDefined();
});
