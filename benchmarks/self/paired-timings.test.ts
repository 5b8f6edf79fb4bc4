import { expect, test } from "vitest";
import { pacesOf, tellPaces } from "./paired-timings.ts";

test("ways take turns, each round begins with another, and the first round does not count", async () => {
  const order: string[] = [];
  const way = (name: string, pace: number) => async () => {
    order.push(name);
    return order.length <= 2 ? 1e9 : pace;
  };
  const paces = await pacesOf("Something", "things/s", { one: way("A", 10), other: way("B", 4) }, 3);

  expect(order.join("")).toBe("ABBAABBA");
  expect(paces.ways).toEqual([
    { name: "one", rounds: [10, 10, 10] },
    { name: "other", rounds: [4, 4, 4] },
  ]);
});

test("the ratio is that of the rounds, whatever the machine did between them", () => {
  const ways = [
    { name: "mine", rounds: [100, 400, 150] },
    { name: "other", rounds: [50, 200, 75] },
  ];

  expect(
    tellPaces({ what: "Something", unit: "things/s", ways, note: "Without pgbench." }).split("\n"),
  ).toEqual([
    "Something (medians of 3 rounds)",
    "  mine   150 things/s",
    "  other   75 things/s  2 times as fast",
    "  Without pgbench.",
  ]);
});
