import { array, assert, nat, property } from "fast-check";
import { expect, test } from "vitest";
import { HarnessError } from "../errors.ts";
import { partsOf, readOrder } from "./order.ts";
import { nameOf } from "./schedule.ts";
import { picked } from "./schedulers.ts";

const parts = partsOf({ first: { begin: "BEGIN", commit: "COMMIT" }, second: { take: "SELECT 1" } });

test.each([
  [["first.begni"], "The order names an unknown step: first.begni"],
  [["second.take", "second.take"], "The order sends second.take twice"],
  [
    ["first.commit", "first.begin"],
    "The order sends first.begin after first.commit, which comes later in its session",
  ],
  [
    ["second.take", "second.take resumes"],
    'The order says "second.take resumes", but not before that second.take waits',
  ],
])("an order that cannot be read is told: %j", (order, message) => {
  expect(() => readOrder(parts, order)).toThrow(HarnessError);
  expect(() => readOrder(parts, order)).toThrow(message);
});

test("names that cannot be told apart, and a session without steps, are refused", () => {
  expect(() => partsOf({ a: { "b.c": "SELECT 1" }, "a.b": { c: "SELECT 1" } })).toThrow(
    "Two steps have the name a.b.c",
  );
  expect(() => partsOf({ a: {} })).toThrow("The session a has no steps");
});

test("whatever the picks and whoever waits, each step is sent once, in its session's order, to a session that can take it", () => {
  assert(
    property(array(nat(9), { maxLength: 8 }), array(nat(2), { maxLength: 8 }), (picks, waits) => {
      const director = picked(parts, picks);
      const sent: string[] = [];
      for (let round = 0; round < 20; round += 1) {
        const busy = parts[waits[round] ?? 2]?.session;
        const turn = director(new Set(busy === undefined ? [] : [busy]));
        if (turn !== undefined && !("awaits" in turn)) {
          expect(turn.session).not.toBe(busy);
          sent.push(nameOf(turn));
        }
      }

      expect(sent.toSorted()).toEqual(["first.begin", "first.commit", "second.take"]);
      expect(sent.indexOf("first.begin")).toBeLessThan(sent.indexOf("first.commit"));
    }),
  );
});
