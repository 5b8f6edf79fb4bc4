/**
 * Measures alternatives in turns, in one run, and formats their rates and ratios: whatever the machine does, it does to
 * all of them. Each round begins with another alternative.
 */
import { median } from "simple-statistics";
import { formatPlainTable } from "../../harness/report/plain-table.ts";

/** By name: each does its work once and returns its rate per second. */
export type Alternatives = Readonly<Record<string, () => Promise<number>>>;

/** The first alternative is the one that a user of Plumbline waits for. */
export interface TimingTable {
  readonly title: string;
  /** Such as `calls/s`. */
  readonly unit: string;
  readonly alternatives: readonly { readonly name: string; readonly rates: readonly number[] }[];
  readonly note?: string | undefined;
}

const COLUMNS = (["left", "right", "right"] as const).map((end) => ({ head: "", end }));

/** Runs every alternative once in each round, after a first round that does not count. */
export async function measureRates(
  title: string,
  unit: string,
  alternatives: Alternatives,
  rounds: number,
): Promise<TimingTable> {
  const measured = Object.entries(alternatives).map(([name, run]) => ({ name, run, rates: [] as number[] }));

  for (let round = 0; round <= rounds; round += 1) {
    const first = round % measured.length;
    for (const { run, rates } of [...measured.slice(first), ...measured.slice(0, first)]) {
      const rate = await run();
      if (round > 0) rates.push(rate);
    }
  }

  return { title, unit, alternatives: measured.map(({ name, rates }) => ({ name, rates })) };
}

/** Does the work, and returns how often per second it can be done. @param count how often it is done at once */
export async function measureRate(work: () => Promise<unknown>, count = 1): Promise<number> {
  const began = performance.now();
  await work();

  return (count * 1000) / (performance.now() - began);
}

/** The median rate of each alternative, and how many times as fast the first one is. */
export function formatRates({ title, unit, alternatives, note }: TimingTable): string {
  const [first] = alternatives;
  const rows = alternatives.map((one) => [
    one.name,
    `${formatFigure(median([...one.rates]))} ${unit}`,
    one === first ? "" : `${formatFigure(medianRatio(first?.rates ?? [], one.rates))} times as fast`,
  ]);
  const lines = [...formatPlainTable(COLUMNS, rows), ...(note === undefined ? [] : [note])];

  return [`${title} (medians of ${first?.rates.length ?? 0} rounds)`, ...lines.map((line) => `  ${line}`)].join("\n");
}

function medianRatio(rates: readonly number[], others: readonly number[]): number {
  return median(rates.map((rate, round) => rate / (others[round] ?? Number.NaN)));
}

function formatFigure(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: value < 100 ? 2 : 3 });
}
