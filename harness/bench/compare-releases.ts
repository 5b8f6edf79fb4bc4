/**
 * Two releases against each other: the same call, or the same passage, in turns on databases of one server, so that only
 * the ratio of their times counts.
 */
import type { Release } from "../release/release.ts";
import type { Ground, Site } from "./benchmark-database.ts";
import type { Call, Gate } from "./gate.ts";
import { comparePassages, sending, statementsOf } from "./measure-reference.ts";
import { measureRatio, type TimedComparison } from "./paired-runs.ts";
import { pin } from "./pinned-planner.ts";
import { USUAL_BOUNDS } from "./ratio.ts";

/** The releases, the one that is judged first. */
type Pair = readonly [Release, Release];

/** What was compared, and how many times as long the first release took. */
export interface Bout {
  readonly what: string;
  readonly ratio: TimedComparison;
}

/** The ratio for each call that both releases take, and for each passage that plain statements can do too. */
export async function duel(ground: Ground, releases: Pair, gates: readonly Gate[]): Promise<readonly Bout[]> {
  const bouts: Bout[] = [];
  for (const gate of gates) {
    const { subjects } = gate;
    const [call] = subjects.kind === "call" ? subjects.of(releases[0]) : [];
    const [passage] = subjects.kind === "passage" ? subjects.of(releases[0]) : [];
    if (call !== undefined && call.refused !== true) {
      bouts.push({ what: call.name, ratio: await callsInTurns(ground, releases, gate, call) });
    } else if (passage !== undefined && gate.plain !== undefined) {
      const { rows } = gate.plain;
      bouts.push({ what: passage.name, ratio: await passagesInTurns(ground, releases, gate, rows) });
    }
  }

  return bouts;
}

async function callsInTurns(
  ground: Ground,
  [release, against]: Pair,
  { data: volume, state }: Gate,
  call: Call,
): Promise<TimedComparison> {
  const rows = volume.sizes.at(-2) ?? volume.sizes.at(-1) ?? 0;
  const site = (which: Release): Site => ({ release: which, volume, state, rows });
  await using one = await ground.fresh(site(release));
  await using other = await ground.fresh(site(against));
  const sqlOf = call.use ?? (() => call.sql);
  const [first, second] = [await pin(await one.connect()), await pin(await other.connect())];

  return await measureRatio(sending(first, sqlOf, rows), sending(second, sqlOf, rows));
}

async function passagesInTurns(
  ground: Ground,
  [release, against]: Pair,
  { subjects, data: volume, state }: Gate,
  rows: number,
): Promise<TimedComparison> {
  const turn = (which: Release) => ({
    statements:
      subjects.kind === "passage" ? subjects.of(which).flatMap(({ steps }) => statementsOf(steps)) : [],
    clone: async () => await ground.fresh({ release: which, volume, state, rows }),
  });

  return await comparePassages(turn(release), turn(against), USUAL_BOUNDS.slowerThan);
}
