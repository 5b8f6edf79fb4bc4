import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LOCK_MODES, type Lock, locksConflict } from "./lock-modes.ts";
import { findDeadlocks, formatDeadlock, type LockAcquisition } from "./lock-order.ts";

const lock = (table: string, mode: Lock["mode"]): Lock => ({ table, mode });
const acquisition = (actor: string, holding: readonly Lock[], wanted: Lock): LockAcquisition => ({
  actor,
  holding,
  wanted,
});
const rows = (table: string) => lock(table, "FOR NO KEY UPDATE");

describe("two actors can deadlock", () => {
  test("if they take two conflicting locks in opposite orders", () => {
    const deadlocks = findDeadlocks([
      acquisition("a", [lock("x", "SHARE")], lock("y", "SHARE")),
      acquisition("b", [lock("y", "ROW EXCLUSIVE")], lock("x", "ROW EXCLUSIVE")),
    ]);

    expect(deadlocks.map(formatDeadlock)).toEqual([
      "a holds SHARE on x and waits for SHARE on y, while b holds ROW EXCLUSIVE on y and waits for ROW EXCLUSIVE on x",
    ]);
  });

  test("where one holds a table and the other a row", () => {
    const deadlocks = findDeadlocks([
      acquisition("a", [lock("log", "SHARE ROW EXCLUSIVE")], rows("t")),
      acquisition("b", [lock("t", "ROW EXCLUSIVE"), rows("t")], lock("log", "ROW EXCLUSIVE")),
    ]);

    expect(deadlocks).toHaveLength(1);
  });

  test("where two runs of one strengthen a lock that both hold", () => {
    const deadlocks = findDeadlocks([acquisition("a", [lock("x", "SHARE")], lock("x", "ROW EXCLUSIVE"))]);

    expect(deadlocks.map(formatDeadlock)[0]).toContain("while another run of it holds SHARE on x");
  });
});

describe("two actors cannot deadlock", () => {
  test.each([
    ["the same order", lock("x", "SHARE"), lock("y", "EXCLUSIVE"), lock("x", "SHARE"), lock("y", "EXCLUSIVE")],
    [
      "modes that go together",
      lock("x", "ROW EXCLUSIVE"),
      lock("y", "ROW EXCLUSIVE"),
      lock("y", "ROW EXCLUSIVE"),
      lock("x", "ROW EXCLUSIVE"),
    ],
    ["a row of another table", rows("x"), rows("y"), rows("y"), rows("z")],
  ])("with %s", (_, held, wanted, otherHeld, otherWanted) => {
    expect(findDeadlocks([acquisition("a", [held], wanted), acquisition("b", [otherHeld], otherWanted)])).toEqual([]);
  });

  test("where a lock that only one can hold comes before both orders", () => {
    const gate = lock("gate", "EXCLUSIVE");
    const one = acquisition("a", [gate, lock("x", "SHARE")], lock("y", "SHARE"));
    const other = acquisition("b", [gate, lock("y", "ROW EXCLUSIVE")], lock("x", "ROW EXCLUSIVE"));

    expect(findDeadlocks([one, other])).toEqual([]);
  });
});

test("each lock of a deadlock is one that the other waits for, and the order of the acquisitions does not matter", () => {
  const locks = fc.record({
    table: fc.constantFrom("x", "y", "z"),
    mode: fc.constantFrom(...LOCK_MODES, "FOR NO KEY UPDATE" as const),
  });
  const acquisitions = fc.array(
    fc.record({
      actor: fc.constantFrom("a", "b", "c"),
      holding: fc.array(locks, { maxLength: 3 }),
      wanted: locks,
    }),
    { maxLength: 6 },
  );

  fc.assert(
    fc.property(acquisitions, (given) => {
      const deadlocks = findDeadlocks(given);
      for (const { one, other, heldByOne, heldByOther } of deadlocks) {
        expect(locksConflict(heldByOne, other.wanted) && locksConflict(heldByOther, one.wanted)).toBe(true);
      }
      expect(findDeadlocks(given.toReversed())).toHaveLength(deadlocks.length);
    }),
    { numRuns: 500 },
  );
});
