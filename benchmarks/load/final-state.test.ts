import { expect, test } from "vitest";
import { findLoadViolations } from "./final-state.ts";

function row(type: string, numbers: Partial<Record<"allocated" | "used" | "logged" | "actions", number>>) {
  const texts = Object.entries({ allocated: 100, used: 0, logged: 0, actions: 0, ...numbers });

  return { id: "7", type, ...Object.fromEntries(texts.map(([name, value]) => [name, String(value)])) };
}

const outcomes = { successes: 5, retries: 0 };

test("used credits that match the log, one for each success, violate nothing", () => {
  const rows = [row("ai", { used: 3, logged: 3, actions: 3 }), row("sms", { used: 2, logged: 2, actions: 2 })];

  expect(findLoadViolations(rows, outcomes)).toEqual([]);
});

test.each([
  ["a lost update", [row("ai", { used: 4, logged: 5, actions: 5 })], outcomes, ["C8", "C1"]],
  ["a lost log row", [row("ai", { used: 5, logged: 4, actions: 4 })], outcomes, ["C8", "C7"]],
  ["an overdraft", [row("ai", { allocated: 4, used: 5, logged: 5, actions: 5 })], outcomes, ["C2"]],
  ["a success that did nothing", [row("ai", { used: 4, logged: 4, actions: 4 })], outcomes, ["C1", "C7"]],
  ["a credit of another type", [row("ai", { used: 5 }), row("sms", { logged: 5, actions: 5 })], outcomes, ["C8"]],
  ["a failed call", [row("ai", { used: 5, logged: 5, actions: 5 })], { ...outcomes, error: "no" }, ["C1"]],
  ["a deadlock", [row("ai", { used: 5, logged: 5, actions: 5 })], { ...outcomes, retries: 1 }, ["K3"]],
])("%s violates a rule", (_, rows, outcome, rules) => {
  expect(findLoadViolations(rows, outcome).map(({ rule }) => rule)).toEqual(rules);
});

test("a violation in many rows is reported once, with the first and the number of others", () => {
  const rows = ["ai", "email", "sms"].map((type) => row(type, { used: 1, logged: 2, actions: 1 }));

  expect(findLoadViolations(rows, { ...outcomes, successes: 3 })).toEqual([
    { rule: "C8", expected: "2 used, which is the sum of its log (ai of 7)", got: "1; and 2 more" },
  ]);
});
