import { expect, test } from "vitest";
import { formatLoad } from "./measure-load.ts";
import type { LoadCell, LoadViolation } from "./turn.ts";

const side = { callsPerSecond: 12_345.6, calls: 4000, waiting: 3.25, samples: 20, retries: 0 };

function cell(change: Partial<LoadCell> = {}): LoadCell {
  return {
    organizations: 1,
    sessions: 8,
    rounds: 2,
    consume: side,
    reference: side,
    ratio: 0.675,
    violations: [],
    ...change,
  };
}

test("a load that keeps the rules takes one line for each cell, none wider than a terminal", () => {
  const driver = { name: "pgbench", version: "15.18" } as const;
  const lines = formatLoad({ driver, cells: [cell(), cell({ organizations: 1_000_000, sessions: 100 })] });

  expect(lines).toHaveLength(5);
  expect(lines[0]).toContain("pgbench -M prepared 15.18");
  expect(lines[3]).toMatch(/^ +1 \(hot\) +8 +12,346 +0\.68× +3\.3 of 8 +0 +kept$/);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});

test("a missing pgbench is reported, with the driver that replaced it", () => {
  const driver = {
    name: "node",
    version: "20.20.2",
    because: "pgbench 15 or later is not installed",
  } as const;

  expect(formatLoad({ driver, cells: [] })[0]).toBe(
    "Calls by Node 20.20.2 (pgbench 15 or later is not installed), in turns with the",
  );
});

test("a violation is reported with expected and got, without control characters", () => {
  const violation: LoadViolation = { rule: "C1", expected: "a success", got: "refused: \u001b[2J\nno" };
  const lines = formatLoad({
    driver: { name: "node", version: "20" },
    cells: [cell({ violations: [violation] })],
  });

  expect(lines[3]).toMatch(/ C1$/);
  expect(lines.at(-1)).toBe("C1 (1 organization, 8 sessions): expected a success, got refused: \\u{1b}[2J\\nno");
});

test("lock waits without samples are not reported as none", () => {
  const cells = [cell({ consume: { ...side, samples: 0, waiting: 0 } })];

  expect(formatLoad({ driver: { name: "node", version: "20" }, cells })[3]).toContain("not seen");
});
