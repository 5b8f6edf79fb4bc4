import { expect, test } from "vitest";
import { type Numbers, nthId, type Organization } from "./model.ts";
import { type CallResult, type FinalNumbers, findSerialOrder, type TransactionResult } from "./serial-oracle.ts";
import { dropInconsistentReads, hasLockCycle } from "./serializability.ts";
import { buildTransactions, organizationsFromPools, type SessionCall, type Transaction } from "./sessions.ts";

const organizations = organizationsFromPools([100]);
const consumed = (name: string, credits: number, returned: string | null, refused?: string): CallResult => ({
  name,
  call: { kind: "consume", organization: nthId(0), type: "ai", credits },
  returned,
  ...(refused === undefined ? {} : { refused }),
});
const result = (session: string, calls: CallResult[], committed = true): TransactionResult => ({
  name: session,
  session,
  calls,
  committed,
});
const usedAi = (ai: number): FinalNumbers =>
  new Map(
    organizations.map(({ id, numbers }: Organization): [string, Numbers] => [
      id,
      { ...numbers, used: { ...numbers.used, ai } },
    ]),
  );

test("an order is found in which the loser comes last, though it was listed first", () => {
  const loser = result("a", [consumed("a.consume", 60, null, "whatever")], false);
  const winner = result("b", [consumed("b.consume", 60, "t")]);

  expect(findSerialOrder([loser, winner], organizations, usedAi(60))).toEqual({ order: ["b", "a"] });
});

test("two that both took the last credits are explained by no order, and each says why it fails", () => {
  const both = [result("a", [consumed("a.consume", 60, "t")]), result("b", [consumed("b.consume", 60, "t")])];
  const why = "returned t, but must be refused by C2 (Insufficient ai credits. Available: 40, Required: 60)";

  expect(findSerialOrder(both, organizations, usedAi(60))).toEqual({
    failures: [`after a: b.consume ${why}`, `after b: a.consume ${why}`],
  });
});

test("a lost update shows in the numbers at the end alone", () => {
  const both = [result("a", [consumed("a.consume", 10, "t")]), result("b", [consumed("b.consume", 20, "t")])];

  expect(findSerialOrder(both, organizations, usedAi(30))).toHaveProperty("order");
  expect(findSerialOrder(both, organizations, usedAi(20))).toEqual({
    failures: [
      "after a, b: Organization 1 would have used ai 30 of 100, and has ai 20 of 100",
      "after b, a: Organization 1 would have used ai 30 of 100, and has ai 20 of 100",
    ],
  });
});

test("a transaction that was rolled back has no effect, but its results must be explained", () => {
  const undone = (credits: number) => result("a", [consumed("a.consume", credits, "t")], false);

  expect(findSerialOrder([undone(60)], organizations, usedAi(0))).toEqual({ order: ["a"] });
  expect(findSerialOrder([undone(60)], organizations, usedAi(60))).toHaveProperty("failures");
  expect(findSerialOrder([undone(101)], organizations, usedAi(0))).toHaveProperty("failures");
});

test("the order of a session's own transactions is kept", () => {
  const asked = (name: string, returned: string): TransactionResult => ({
    ...result("a", [{ name, call: { kind: "available", organization: nthId(0), type: "ai" }, returned }]),
    name,
  });
  const other = result("b", [consumed("b.consume", 60, "t")]);

  expect(findSerialOrder([asked("a 1", "100"), asked("a 2", "40"), other], organizations, usedAi(60))).toEqual({
    order: ["a 1", "b", "a 2"],
  });
  expect(findSerialOrder([asked("a 1", "40"), asked("a 2", "100"), other], organizations, usedAi(60))).toHaveProperty(
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
    dropInconsistentReads([transactions])[0]?.map(({ calls }) => calls.map(({ kind }) => kind).join());

  expect(kinds(transaction("READ COMMITTED", ask, take(0)))).toEqual(["consume"]);
  expect(kinds(transaction("READ COMMITTED", ask, ask))).toEqual(["available"]);
  expect(kinds(transaction("REPEATABLE READ", ask, ask))).toEqual(["available,available"]);
  expect(kinds(transaction("REPEATABLE READ", ask, take(0)))).toEqual(["consume"]);
  expect(kinds(transaction("SERIALIZABLE", ask, take(0)))).toEqual(["available,consume"]);
  // With a transaction of another level SERIALIZABLE guarantees less.
  expect(kinds(transaction("SERIALIZABLE", ask, take(0)), transaction("READ COMMITTED", take(0)))).toEqual([
    "consume",
    "consume",
  ]);
});

test("organizations that are taken in opposite orders, or in a circle, may deadlock; others may not", () => {
  const circle = (...orders: number[][]) =>
    hasLockCycle(
      buildTransactions(
        orders.map((order) => [transaction("READ COMMITTED", ...order.map(take))]),
        organizationsFromPools([100, 100, 100]),
      ),
    );

  expect(circle([0, 1], [1, 0])).toBe(true);
  expect(circle([0, 1], [1, 2], [2, 0])).toBe(true);
  expect(circle([0, 1], [0, 1], [1, 2])).toBe(false);
  expect(circle([0, 0], [0])).toBe(false);
});
