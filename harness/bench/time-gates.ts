/**
 * What a clock has a part in: a gate's time as a multiple of plain statements, and how long it shuts writers out.
 */
import type { Release } from "../release/release.ts";
import { traceSteps } from "../tracing/trace.ts";
import type { Ground } from "./benchmark-database.ts";
import type { Gate } from "./gate.ts";
import { compareCall, comparePassages, statementsOf } from "./measure-reference.ts";
import type { TimedComparison } from "./paired-runs.ts";
import type { Measured } from "./plans/facts.ts";
import { unitsOf } from "./units.ts";
import { shutOutMs } from "./writers-blocked.ts";

/**
 * The time of the gate's call or passage as a multiple of its plain statements; undefined where it has none.
 * @param slowerThan the multiple beyond which it is too slow; without it the ratio is only told
 */
export async function ratioOf(
  { subjects, plain, data: volume, state }: Gate,
  release: Release,
  ground: Ground,
  slowerThan?: number,
): Promise<TimedComparison | undefined> {
  if (plain === undefined) return undefined;
  const clone = async () => await ground.fresh({ release, volume, state, rows: plain.rows });
  if (subjects.kind === "call") {
    const [call] = subjects.of(release);
    if (call === undefined) return undefined;
    await using database = await clone();

    return await compareCall(database, call, plain, slowerThan);
  }
  const statements =
    subjects.kind === "passage" ? subjects.of(release).flatMap(({ steps }) => statementsOf(steps)) : [];
  if (statements.length === 0) return undefined;

  return await comparePassages(
    { statements, clone },
    { statements: [plain.sql(0, plain.rows)], clone },
    slowerThan,
  );
}

/**
 * How long the gate's passage shuts a writer out, in milliseconds. The locks of the statements are those of the smallest
 * size, the time that they last that of the largest.
 */
export async function shutOutOf(
  { subjects, data: volume, state, glance }: Gate,
  release: Release,
  ground: Ground,
  measured: readonly Measured[],
): Promise<number | undefined> {
  if (subjects.kind !== "passage" || !Object.values(glance).includes("shutOut")) return undefined;
  const rows = volume.sizes[0] ?? 0;
  const steps = subjects.of(release).flatMap((passage) => passage.steps);
  await using database = await ground.fresh({ release, volume, state, rows });

  return shutOutMs(unitsOf(steps), measured, await traceSteps(database, steps), rows);
}
