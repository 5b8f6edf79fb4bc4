import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LOCK_MODES, type Lock, locksConflict } from "./lock-modes.ts";
import { cyclesAmong, type Moment, tellCycle } from "./lock-order.ts";

const lock = (table: string, mode: Lock["mode"]): Lock => ({ table, mode });
const moment = (actor: string, holding: readonly Lock[], wanted: Lock): Moment => ({
  actor,
  holding,
  wanted,
});
const rows = (table: string) => lock(table, "FOR NO KEY UPDATE");

describe("two actors can deadlock", () => {
  test("where they take two conflicting locks in opposite orders", () => {
    const cycles = cyclesAmong([
      moment("a", [lock("x", "SHARE")], lock("y", "SHARE")),
      moment("b", [lock("y", "ROW EXCLUSIVE")], lock("x", "ROW EXCLUSIVE")),
    ]);

    expect(cycles.map(tellCycle)).toEqual([
      "a holds SHARE on x and waits for SHARE on y, while b holds ROW EXCLUSIVE on y and waits for ROW EXCLUSIVE on x",
    ]);
  });

  test("where one holds a table and the other a row", () => {
    const cycles = cyclesAmong([
      moment("a", [lock("log", "SHARE ROW EXCLUSIVE")], rows("t")),
      moment("b", [lock("t", "ROW EXCLUSIVE"), rows("t")], lock("log", "ROW EXCLUSIVE")),
    ]);

    expect(cycles).toHaveLength(1);
  });

  test("where two runs of one strengthen a lock that both hold", () => {
    const cycles = cyclesAmong([moment("a", [lock("x", "SHARE")], lock("x", "ROW EXCLUSIVE"))]);

    expect(cycles.map(tellCycle)[0]).toContain("while another run of it holds SHARE on x");
  });
});

describe("two actors cannot deadlock", () => {
  test.each([
    [
      "the same order",
      lock("x", "SHARE"),
      lock("y", "EXCLUSIVE"),
      lock("x", "SHARE"),
      lock("y", "EXCLUSIVE"),
    ],
    [
      "modes that go together",
      lock("x", "ROW EXCLUSIVE"),
      lock("y", "ROW EXCLUSIVE"),
      lock("y", "ROW EXCLUSIVE"),
      lock("x", "ROW EXCLUSIVE"),
    ],
    ["a row of another table", rows("x"), rows("y"), rows("y"), rows("z")],
  ])("with %s", (_, held, wanted, otherHeld, otherWanted) => {
    expect(cyclesAmong([moment("a", [held], wanted), moment("b", [otherHeld], otherWanted)])).toEqual([]);
  });

  test("where a lock that only one can hold comes before both orders", () => {
    const gate = lock("gate", "EXCLUSIVE");
    const one = moment("a", [gate, lock("x", "SHARE")], lock("y", "SHARE"));
    const other = moment("b", [gate, lock("y", "ROW EXCLUSIVE")], lock("x", "ROW EXCLUSIVE"));

    expect(cyclesAmong([one, other])).toEqual([]);
  });
});

test("no cycle is made up: each lock held is one that the other waits for; and the order of the moments does not matter", () => {
  const locks = fc.record({
    table: fc.constantFrom("x", "y", "z"),
    mode: fc.constantFrom(...LOCK_MODES, "FOR NO KEY UPDATE" as const),
  });
  const moments = fc.array(
    fc.record({
      actor: fc.constantFrom("a", "b", "c"),
      holding: fc.array(locks, { maxLength: 3 }),
      wanted: locks,
    }),
    { maxLength: 6 },
  );

  fc.assert(
    fc.property(moments, (given) => {
      const cycles = cyclesAmong(given);
      for (const { one, other, heldByOne, heldByOther } of cycles) {
        expect(locksConflict(heldByOne, other.wanted) && locksConflict(heldByOther, one.wanted)).toBe(true);
      }
      expect(cyclesAmong(given.toReversed())).toHaveLength(cycles.length);
    }),
    { numRuns: 500 },
  );
});
