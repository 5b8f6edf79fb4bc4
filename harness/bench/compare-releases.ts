/**
 * Compares the times of two releases: the same calls or step sequences, in turns on databases of one server.
 */
import type { Release } from "../release/release.ts";
import type { BenchmarkDatabases, DatabaseSpec } from "./benchmark-database.ts";
import type { BenchCall, Gate } from "./gate.ts";
import { compareStepSequences, listStatements, sendNext } from "./measure-reference.ts";
import { measureRatio, type TimedRatio } from "./paired-runs.ts";
import { pinSettings } from "./pinned-planner.ts";
import { DEFAULT_BOUNDS } from "./ratio.ts";

/** The judged release, and the one that it is compared with. */
type Releases = readonly [Release, Release];

export interface TimingComparison {
  readonly what: string;
  /** Time of the first release as a multiple of the second's. */
  readonly ratio: TimedRatio;
}

/** Compares each call that both releases accept, and each step sequence that has a reference. */
export async function compareTimings(
  databases: BenchmarkDatabases,
  releases: Releases,
  gates: readonly Gate[],
): Promise<readonly TimingComparison[]> {
  const timings: TimingComparison[] = [];
  for (const gate of gates) {
    const { subjects, reference } = gate;
    const [call] = subjects.kind === "call" ? subjects.select(releases[0]) : [];
    const [sequence] = subjects.kind === "step-sequence" ? subjects.select(releases[0]) : [];
    if (call !== undefined && call.refused !== true) {
      timings.push({ what: call.name, ratio: await compareCalls(databases, releases, gate, call) });
    } else if (sequence !== undefined && reference !== undefined) {
      const ratio = await compareSequences(databases, releases, gate, reference.rows);
      timings.push({ what: sequence.name, ratio });
    }
  }

  return timings;
}

async function compareCalls(
  databases: BenchmarkDatabases,
  [release, against]: Releases,
  { data: volume, state }: Gate,
  call: BenchCall,
): Promise<TimedRatio> {
  const rows = volume.sizes.at(-2) ?? volume.sizes.at(-1) ?? 0;
  const spec = (which: Release): DatabaseSpec => ({ release: which, volume, state, rows });
  await using one = await databases.fresh(spec(release));
  await using other = await databases.fresh(spec(against));
  const workload = call.workload ?? (() => call.sql);
  const [first, second] = [await pinSettings(await one.connect()), await pinSettings(await other.connect())];

  return await measureRatio(sendNext(first, workload, rows), sendNext(second, workload, rows));
}

async function compareSequences(
  databases: BenchmarkDatabases,
  [release, against]: Releases,
  { subjects, data: volume, state }: Gate,
  rows: number,
): Promise<TimedRatio> {
  const turn = (which: Release) => ({
    statements:
      subjects.kind === "step-sequence"
        ? subjects.select(which).flatMap(({ steps }) => listStatements(steps))
        : [],
    clone: async () => await databases.fresh({ release: which, volume, state, rows }),
  });

  return await compareStepSequences(turn(release), turn(against), DEFAULT_BOUNDS.slowerThan);
}
