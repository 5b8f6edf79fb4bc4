import { expect, test } from "vitest";
import { Experience, expectationOf } from "./kill-history.ts";
import type { Mutant } from "./mutant.ts";
import type { Tried } from "./mutant-status.ts";

const mutant = (object: string, operator = "sign", step = "2.2.sql"): Mutant => ({
  id: "0",
  operator,
  family: "expression",
  step,
  list: "migrate",
  statement: 0,
  line: 1,
  column: 1,
  object,
  original: "",
  replacement: "",
  description: "",
  edits: [],
});

const killed = (one: Mutant, by: string): Tried => ({
  mutant: one,
  fate: { status: "killed", by, expected: "", got: "" },
  durationMs: 0,
});

test("the nearer a mutant, the more it says: same object and operator, same object, same step, and no other", () => {
  const earlier = [
    killed(mutant("consume"), "C1"),
    killed(mutant("consume", "null-value"), "C3"),
    killed(mutant("allocate"), "A1"),
    killed(mutant("allocate"), "C3"),
    killed(mutant("consume", "sign", "3.1.sql"), "M1"),
    undefined,
  ];

  expect(Object.fromEntries(expectationOf(mutant("consume"), earlier))).toEqual({ C1: 8, C3: 4, A1: 1 });
});

test("what is expected does not depend on what was tried out of turn", async () => {
  const count = 40;
  const expectations = async (order: readonly number[]) => {
    const experience = new Experience(count);
    const asked = Array.from({ length: count }, (_, index) =>
      experience.expectation(mutant("consume"), index),
    );
    for (const index of order) {
      experience.note(index, killed(mutant("consume"), `C${index % 3}`));
    }

    return (await Promise.all(asked)).map((one) => Object.fromEntries(one));
  };
  const inOrder = Array.from({ length: count }, (_, index) => index);

  expect(await expectations(inOrder.toReversed())).toEqual(await expectations(inOrder));
  expect((await expectations(inOrder)).at(-1)).toMatchObject({ C0: expect.any(Number) });
});

test("who is far ahead waits for those that count for it", async () => {
  const experience = new Experience(30);
  let said = false;
  const waiting = experience.expectation(mutant("consume"), 20).then(() => {
    said = true;
  });
  for (let index = 0; index < 8; index += 1) {
    experience.note(index, killed(mutant("consume"), "C1"));
  }
  await Promise.resolve();
  expect(said).toBe(false);
  experience.note(8, killed(mutant("consume"), "C1"));
  await waiting;
  expect(said).toBe(true);
});
