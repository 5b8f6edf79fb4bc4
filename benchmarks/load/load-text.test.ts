import { expect, test } from "vitest";
import { tellLoad } from "./load-text.ts";
import type { LoadCell, LoadFault } from "./result.ts";

const side = { callsPerSecond: 12_345.6, calls: 4000, waiting: 3.25, samples: 20, retries: 0 };

function cell(change: Partial<LoadCell> = {}): LoadCell {
  return {
    organizations: 1,
    sessions: 8,
    rounds: 2,
    consume: side,
    plain: side,
    multiple: 0.675,
    faults: [],
    ...change,
  };
}

test("a load that keeps the rules is told in one line a cell, none wider than a terminal", () => {
  const driver = { name: "pgbench", version: "15.18" } as const;
  const lines = tellLoad({ driver, cells: [cell(), cell({ organizations: 1_000_000, sessions: 100 })] });

  expect(lines).toHaveLength(5);
  expect(lines[0]).toContain("pgbench -M prepared 15.18");
  expect(lines[3]).toMatch(/^ +1 \(hot\) +8 +12,346 +0\.68× +3\.3 of 8 +0 +kept$/);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});

test("a missing pgbench is said, and with it who made the calls instead", () => {
  const driver = {
    name: "node",
    version: "20.20.2",
    because: "pgbench 15 or later is not installed",
  } as const;

  expect(tellLoad({ driver, cells: [] })[0]).toBe(
    "Calls made by Node 20.20.2, since pgbench 15 or later is not installed;",
  );
});

test("what did not hold is told with expected and got, and cannot steer the terminal", () => {
  const fault: LoadFault = { rule: "C1", expected: "a success", got: "refused: \u001b[2J\nno" };
  const lines = tellLoad({ driver: { name: "node", version: "20" }, cells: [cell({ faults: [fault] })] });

  expect(lines[3]).toMatch(/ C1$/);
  expect(lines.at(-1)).toBe(
    "C1 (1 organization, 8 sessions): expected a success, got refused: \\u{1b}[2J\\nno",
  );
});

test("a lock wait that nobody could look for is not told as none", () => {
  const cells = [cell({ consume: { ...side, samples: 0, waiting: 0 } })];

  expect(tellLoad({ driver: { name: "node", version: "20" }, cells })[3]).toContain("not seen");
});
