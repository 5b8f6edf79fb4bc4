import { expect, test } from "vitest";
import type { Notice } from "../../../harness/database/session.ts";
import { findWrongDurations } from "./durations.ts";
import { findWrongCounts, findWrongTotal } from "./notices.ts";
import { countDone } from "./progress-notices.ts";
import { Timeline, type WorkEvent } from "./timeline.ts";

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

const allocations = (count: number, transaction: string) =>
  Array.from({ length: count }, (): WorkEvent => ({ kind: "allocation", transaction }));
const TIMES = { allocation: 70_000, commit: 5_000, pause: 900_000 };

/** Two batches of 100 and 20 organizations, with a pause between them: 7,005 s, 900 s and 1,405 s. */
const batches = new Timeline(
  [...allocations(100, "1"), { kind: "pause", transaction: "2" }, ...allocations(20, "3")],
  TIMES,
);
const single = new Timeline(allocations(120, "1"), TIMES);

const run = (first: string, second: string, last: string) =>
  notices(
    "Starting migration of 120 organizations at 2025-10-12 18:56:00+02",
    `Processed 100 / 120 organizations (83.3%)${first}`,
    `Processed 120 / 120 organizations (100.0%)${second}`,
    `Migration completed! Processed 120 organizations${last}`,
  );

const kinds = (texts: readonly [string, string, string], timeline = batches) =>
  findWrongDurations(run(...texts), timeline).map(({ kind }) => kind);

test.each<[string, string, string]>([
  [" - Batch time: 7005000ms", " - Batch time: 1405000.000ms", " in 9310000ms"],
  [" - Batch time with its pause: 7905000ms", " - Batch time: 2305000ms", ""],
  [" in 7005 s", " in 1405.0 s", ""],
  [", 7005000 ms elapsed", ", 9305000 ms elapsed", " in 155 min"],
  [", 7000000 ms elapsed before it commits", "", ""],
  [" in 7005000 ms", " in 9310000 ms", ", total time 02:35:10"],
  [" in 01:56:45", " in 00:23:25.5", " in 02:35:10"],
  [" - batch: 7005 s, total: 7905 s", " - batch: 1405 s, total: 9310 s", ""],
])("durations of what the notices say are right: %s, %s, %s", (...texts) => {
  expect(kinds(texts)).toEqual([]);
});

test.each<[string, string, string, ...string[]]>([
  ["", "", "", "no-duration"],
  [" - Batch time: 7005000ms", " - Batch time: 9310000ms", "", "batch"],
  [" - Batch time: 70000ms", " - Batch time: 1405000ms", "", "batch"],
  // Without its commit.
  [" - Batch time: 7000000ms", "", "", "batch"],
  // With that of the batch before.
  ["", " - Batch time: 1410000ms", "", "batch"],
  [", 7005000 ms elapsed", ", 1405000 ms elapsed", "", "since-the-start"],
  // Without the pause.
  ["", "", ", 8410000 ms elapsed", "since-the-start"],
  [" in 7005 ms", " in 1405 ms", "", "neither-batch-nor-since-the-start"],
  [" - Batch time: 45000 ms", "", "", "minutes-left-out"],
  [" - Batch time: 70000 ms", "", " in 10000.000 ms", "batch", "minutes-left-out"],
  ["", "", " in 1405000 ms", "neither-batch-nor-since-the-start"],
  ["", "", " in 02:35:13", "neither-batch-nor-since-the-start"],
])("durations of anything else are wrong: %s, %s, %s", (first, second, last, ...found) => {
  expect(kinds([first, second, last])).toEqual(found);
});

test("a batch in the middle of a transaction, or in the only one, has no commit of its own", () => {
  expect(kinds([" - Batch time: 7000 s", " - Batch time: 1400 s", " in 8400 s"], single)).toEqual([]);
  expect(kinds([" - Batch time: 7000 s", " - Batch time: 1405 s", " in 8405 s"], single)).toEqual([]);
  expect(kinds([" - Batch time: 7005 s", "", ""], single)).toEqual(["batch"]);
});

test("a duration without a count may be of any batch, or of all at the end", () => {
  const counted = notices("Processed 100 / 120 organizations", "Processed 120 / 120 organizations");
  const says = (message: string) => findWrongDurations([...counted, ...notices(message)], batches).length;

  expect(says("The batch took 1405000 ms")).toBe(0);
  expect(says("The batch took 30000 ms")).toBe(1);
  expect(says("Elapsed: 9310000 ms")).toBe(0);
  expect(says("Elapsed: 7000000 ms")).toBe(1);
});
