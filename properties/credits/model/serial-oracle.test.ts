import { expect, test } from "vitest";
import { idOf } from "./arbitraries.ts";
import type { Numbers, Organization } from "./model.ts";
import { type Account, explain, type Final, type Told } from "./serial-oracle.ts";
import { answerable, takesInCircle } from "./serializability.ts";
import { organizationsWith, type SessionCall, type Transaction, unitsOf } from "./sessions.ts";

const organizations = organizationsWith([100]);
const consumed = (name: string, credits: number, returned: string | null, refused?: string): Told => ({
  name,
  call: { kind: "consume", organization: idOf(0), type: "ai", credits },
  returned,
  ...(refused === undefined ? {} : { refused }),
});
const account = (session: string, told: Told[], committed = true): Account => ({
  name: session,
  session,
  told,
  committed,
});
const usedAi = (ai: number): Final =>
  new Map(
    organizations.map(({ id, numbers }: Organization): [string, Numbers] => [
      id,
      { ...numbers, used: { ...numbers.used, ai } },
    ]),
  );

test("an order is found in which the loser comes last, though it was listed first", () => {
  const loser = account("a", [consumed("a.consume", 60, null, "whatever")], false);
  const winner = account("b", [consumed("b.consume", 60, "t")]);

  expect(explain([loser, winner], organizations, usedAi(60))).toEqual({ order: ["b", "a"] });
});

test("two that both took the last credits are explained by no order, and each says why it fails", () => {
  const both = [
    account("a", [consumed("a.consume", 60, "t")]),
    account("b", [consumed("b.consume", 60, "t")]),
  ];
  const why = "returned t, but is to be refused by C2 (Insufficient ai credits. Available: 40, Required: 60)";

  expect(explain(both, organizations, usedAi(60))).toEqual({
    failures: [`after a: b.consume ${why}`, `after b: a.consume ${why}`],
  });
});

test("a lost update shows in the numbers at the end alone", () => {
  const both = [
    account("a", [consumed("a.consume", 10, "t")]),
    account("b", [consumed("b.consume", 20, "t")]),
  ];

  expect(explain(both, organizations, usedAi(30))).toHaveProperty("order");
  expect(explain(both, organizations, usedAi(20))).toEqual({
    failures: [
      "after a, b: Organization 1 would have used ai 30 of 100, and has ai 20 of 100",
      "after b, a: Organization 1 would have used ai 30 of 100, and has ai 20 of 100",
    ],
  });
});

test("what was rolled back has no effect, but what it was told must be explained", () => {
  const undone = (credits: number) => account("a", [consumed("a.consume", credits, "t")], false);

  expect(explain([undone(60)], organizations, usedAi(0))).toEqual({ order: ["a"] });
  expect(explain([undone(60)], organizations, usedAi(60))).toHaveProperty("failures");
  expect(explain([undone(101)], organizations, usedAi(0))).toHaveProperty("failures");
});

test("the order of a session's own transactions is kept", () => {
  const asked = (name: string, returned: string): Account => ({
    ...account("a", [{ name, call: { kind: "available", organization: idOf(0), type: "ai" }, returned }]),
    name,
  });
  const other = account("b", [consumed("b.consume", 60, "t")]);

  expect(explain([asked("a 1", "100"), asked("a 2", "40"), other], organizations, usedAi(60))).toEqual({
    order: ["a 1", "b", "a 2"],
  });
  expect(explain([asked("a 1", "40"), asked("a 2", "100"), other], organizations, usedAi(60))).toHaveProperty(
    "failures",
  );
});

const take = (organization: number): SessionCall => ({
  kind: "consume",
  organization,
  type: "ai",
  credits: 1,
});
const ask: SessionCall = { kind: "available", organization: 0, type: "ai" };
const transaction = (level: Transaction["level"], ...calls: SessionCall[]): Transaction => ({
  level,
  calls,
  end: "commit",
});

test("questions are left out where a level answers them as it likes", () => {
  const kinds = (...transactions: Transaction[]) =>
    answerable([transactions])[0]?.map(({ calls }) => calls.map(({ kind }) => kind).join());

  expect(kinds(transaction("READ COMMITTED", ask, take(0)))).toEqual(["consume"]);
  expect(kinds(transaction("READ COMMITTED", ask, ask))).toEqual(["available"]);
  expect(kinds(transaction("REPEATABLE READ", ask, ask))).toEqual(["available,available"]);
  expect(kinds(transaction("REPEATABLE READ", ask, take(0)))).toEqual(["consume"]);
  expect(kinds(transaction("SERIALIZABLE", ask, take(0)))).toEqual(["available,consume"]);
  // Beside a transaction of another level SERIALIZABLE promises less.
  expect(kinds(transaction("SERIALIZABLE", ask, take(0)), transaction("READ COMMITTED", take(0)))).toEqual([
    "consume",
    "consume",
  ]);
});

test("organizations that are taken in opposite orders, or in a circle, may deadlock; others may not", () => {
  const circle = (...orders: number[][]) =>
    takesInCircle(
      unitsOf(
        orders.map((order) => [transaction("READ COMMITTED", ...order.map(take))]),
        organizationsWith([100, 100, 100]),
      ),
    );

  expect(circle([0, 1], [1, 0])).toBe(true);
  expect(circle([0, 1], [1, 2], [2, 0])).toBe(true);
  expect(circle([0, 1], [0, 1], [1, 2])).toBe(false);
  expect(circle([0, 0], [0])).toBe(false);
});
