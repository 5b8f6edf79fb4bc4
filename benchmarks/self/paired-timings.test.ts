import { expect, test } from "vitest";
import { formatRates, measureRates } from "./paired-timings.ts";

test("alternatives take turns, each round begins with another, and the first round does not count", async () => {
  const order: string[] = [];
  const alternative = (name: string, rate: number) => async () => {
    order.push(name);
    return order.length <= 2 ? 1e9 : rate;
  };
  const alternatives = { one: alternative("A", 10), other: alternative("B", 4) };
  const table = await measureRates("Something", "things/s", alternatives, 3);

  expect(order.join("")).toBe("ABBAABBA");
  expect(table.alternatives).toEqual([
    { name: "one", rates: [10, 10, 10] },
    { name: "other", rates: [4, 4, 4] },
  ]);
});

test("the ratio is that of the rounds, whatever the machine did between them", () => {
  const alternatives = [
    { name: "mine", rates: [100, 400, 150] },
    { name: "other", rates: [50, 200, 75] },
  ];

  expect(
    formatRates({ title: "Something", unit: "things/s", alternatives, note: "Without pgbench." }).split("\n"),
  ).toEqual([
    "Something (medians of 3 rounds)",
    "  mine   150 things/s",
    "  other   75 things/s  2 times as fast",
    "  Without pgbench.",
  ]);
});
