import { array, assert, nat, property } from "fast-check";
import { expect, test } from "vitest";
import { HarnessError } from "../errors.ts";
import { parseOrder, parseSessions } from "./order.ts";
import { stepName } from "./schedule.ts";
import { pickingScheduler } from "./schedulers.ts";

const sessions = parseSessions({ first: { begin: "BEGIN", commit: "COMMIT" }, second: { take: "SELECT 1" } });

test.each([
  [["first.begni"], "The order names an unknown step: first.begni"],
  [["second.take", "second.take"], "The order sends second.take twice"],
  [["first.commit", "first.begin"], "The order sends first.begin after first.commit, which is later in its session"],
  [
    ["second.take", "second.take resumes"],
    'The order says "second.take resumes", but second.take does not wait before',
  ],
])("an invalid order is refused: %j", (order, message) => {
  expect(() => parseOrder(sessions, order)).toThrow(HarnessError);
  expect(() => parseOrder(sessions, order)).toThrow(message);
});

test("equal names and a session without steps are refused", () => {
  expect(() => parseSessions({ a: { "b.c": "SELECT 1" }, "a.b": { c: "SELECT 1" } })).toThrow(
    "Two steps have the name a.b.c",
  );
  expect(() => parseSessions({ a: {} })).toThrow("The session a has no steps");
});

test("for all picks and waits, each step is sent once, in its session's order, and never to a session that waits", () => {
  assert(
    property(array(nat(9), { maxLength: 8 }), array(nat(2), { maxLength: 8 }), (picks, waits) => {
      const scheduler = pickingScheduler(sessions, picks);
      const sent: string[] = [];
      for (let round = 0; round < 20; round += 1) {
        const busy = sessions[waits[round] ?? 2]?.session;
        const action = scheduler(new Set(busy === undefined ? [] : [busy]));
        if (action !== undefined && !("awaits" in action)) {
          expect(action.session).not.toBe(busy);
          sent.push(stepName(action));
        }
      }

      expect(sent.toSorted()).toEqual(["first.begin", "first.commit", "second.take"]);
      expect(sent.indexOf("first.begin")).toBeLessThan(sent.indexOf("first.commit"));
    }),
  );
});
