/**
 * Ways to do the same thing, measured in turns in one run and told as ratios: what a machine does at one moment it does
 * to all of them. Each round begins with another one.
 */
import { median } from "simple-statistics";
import { bareTable } from "../../harness/report/plain-table.ts";

/** Ways by what they are called; each does its work once and says its pace, in whatever a second. */
export type Ways = Readonly<Record<string, () => Promise<number>>>;

/** What was measured: the first way is the one that a user of Plumbline waits for. */
export interface Paces {
  readonly what: string;
  /** What is counted a second. */
  readonly unit: string;
  readonly ways: readonly { readonly name: string; readonly rounds: readonly number[] }[];
  readonly note?: string;
}

const COLUMNS = (["left", "right", "right"] as const).map((end) => ({ head: "", end }));

/** Takes every way once in each round; one more round comes before, and does not count. */
export async function pacesOf(what: string, unit: string, ways: Ways, rounds: number): Promise<Paces> {
  const taken = Object.entries(ways).map(([name, way]) => ({ name, way, rounds: [] as number[] }));

  for (let round = 0; round <= rounds; round += 1) {
    const first = round % taken.length;
    for (const { way, rounds: paces } of [...taken.slice(first), ...taken.slice(0, first)]) {
      const pace = await way();
      if (round > 0) {
        paces.push(pace);
      }
    }
  }

  return { what, unit, ways: taken.map(({ name, rounds: paces }) => ({ name, rounds: paces })) };
}

/** How often a second the work could be done, where it takes as long as it takes now. */
export async function paceOf(work: () => Promise<unknown>, count = 1): Promise<number> {
  const began = performance.now();
  await work();

  return (count * 1000) / (performance.now() - began);
}

/** A few lines: the median pace of each way, and how many times as fast the first one is. */
export function tellPaces({ what, unit, ways, note }: Paces): string {
  const [mine] = ways;
  const rows = ways.map((way) => [
    way.name,
    `${figure(median([...way.rounds]))} ${unit}`,
    way === mine ? "" : `${figure(timesAsFast(mine?.rounds ?? [], way.rounds))} times as fast`,
  ]);
  const told = [...bareTable(COLUMNS, rows), ...(note === undefined ? [] : [note])];
  const title = `${what} (medians of ${mine?.rounds.length ?? 0} rounds)`;

  return [title, ...told.map((line) => `  ${line}`)].join("\n");
}

/** The median of the paired ratios. */
function timesAsFast(mine: readonly number[], other: readonly number[]): number {
  return median(mine.map((pace, round) => pace / (other[round] ?? Number.NaN)));
}

function figure(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: value < 100 ? 2 : 3 });
}
