/**
 * Two releases against each other: the same call in turns on two databases of one server, so that only the ratio of
 * their times counts.
 */
import type { Release } from "../release/release.ts";
import type { Call, Gate } from "./gate.ts";
import type { Ground, Site } from "./ground.ts";
import { measureRatio, type TimedComparison } from "./interleave.ts";
import { sending } from "./measure-raw.ts";
import { pin } from "./pins.ts";

/** The ratio for each call that both releases take: above 1 the first is slower. */
export async function duel(
  ground: Ground,
  release: Release,
  against: Release,
  gates: readonly Gate[],
): Promise<readonly { readonly call: string; readonly ratio: TimedComparison }[]> {
  const ratios: { call: string; ratio: TimedComparison }[] = [];
  for (const gate of gates) {
    const call = gate.subjects.kind === "call" ? gate.subjects.of(release)[0] : undefined;
    if (call !== undefined && call.refused !== true) {
      ratios.push({ call: call.name, ratio: await inTurnsOn(ground, [release, against], gate, call) });
    }
  }

  return ratios;
}

async function inTurnsOn(
  ground: Ground,
  [release, against]: readonly [Release, Release],
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
