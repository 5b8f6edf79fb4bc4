/**
 * Running an isolation spec: each of its permutations, or every interleaving where it has none. What comes of them is
 * told as transcripts; whether that is right, a spec does not say.
 */
import assert from "node:assert";
import type { Database } from "../database/databases.ts";
import { countInterleavings, sampleInterleavings } from "./interleavings.ts";
import type { Cue, Hold, Transcript } from "./schedule.ts";
import { inTurn } from "./schedulers.ts";
import { Cast, type CastOptions } from "./session-group.ts";
import type { Blocker, Spec } from "./spec.ts";

export interface SpecOptions extends CastOptions {
  /** Interleavings that are run at most, where the spec has no permutations; 1,000 unless told. */
  readonly most?: number;
  readonly seed?: number;
}

/** What came of a spec: `runs` of `permutations`. */
export interface SpecRun {
  readonly runs: readonly Transcript[];
  readonly permutations: number;
  /** Of the runs, how many cannot happen, since a step was due while its session waited. */
  readonly impossible: number;
}

/**
 * Runs a spec.
 * @throws HarnessError where setup or teardown is refused, or a step neither ends nor waits within the limit; no session
 * is left open
 */
export async function runSpec(
  spec: Spec,
  database: Pick<Database, "connect">,
  { most = 1_000, seed = 1, ...options }: SpecOptions = {},
): Promise<SpecRun> {
  await using cast = await Cast.open(
    database,
    spec.sessions.map(({ name }) => name),
    options,
  );
  const lengths = spec.sessions.map(({ steps }) => steps.length);
  const none = spec.permutations.length === 0;
  const orders = none
    ? sampleInterleavings(lengths, most, seed).map((order) => interleavedCues(spec, order))
    : spec.permutations.map((steps) => steps.map(({ step, blockers }) => cueOf(spec, step, blockers)));
  const runs: Transcript[] = [];

  for (const order of orders) {
    await cast.arrange("The setup of the spec", spec.setup);
    for (const { name, setup } of spec.sessions.filter((session) => session.setup !== undefined)) {
      await cast.arrangeIn(name, `The setup of the session ${name}`, setup ?? "");
    }
    runs.push(await playWithEnding(cast, order, endingOf(spec)));
    await cast.arrange("The teardown of the spec", spec.teardown === undefined ? [] : [spec.teardown]);
  }

  return {
    runs,
    permutations: none ? countInterleavings(lengths) : orders.length,
    impossible: runs.filter(({ impossible }) => impossible !== undefined).length,
  };
}

/** The teardown of a session is sent at the end of the play, where the session can take it; it is no event of its own. */
async function playWithEnding(
  cast: Cast,
  order: readonly Cue[],
  ending: readonly Cue[],
): Promise<Transcript> {
  const play = inTurn(order);
  const left = [...ending];
  const { events, ...rest } = await cast.play((waiting) => {
    const turn = play(waiting);
    if (turn !== undefined) {
      return turn;
    }
    const next = left.findIndex(({ session }) => !waiting.has(session));

    return next === -1 ? undefined : left.splice(next, 1)[0];
  });
  const own = new Set(ending.map(({ step }) => step));

  return { ...rest, events: events.filter(({ step }) => !own.has(step)) };
}

function endingOf({ sessions }: Spec): readonly Cue[] {
  return sessions.flatMap(({ name, teardown }) =>
    teardown === undefined ? [] : [{ session: name, step: { name: "teardown", sql: teardown } }],
  );
}

function interleavedCues(spec: Spec, order: readonly number[]): readonly Cue[] {
  const left = spec.sessions.map(({ steps }) => [...steps]);

  return order.flatMap((session) => {
    const step = left[session]?.shift();
    return step === undefined ? [] : [cueOf(spec, step.name, [])];
  });
}

function cueOf(spec: Spec, name: string, blockers: readonly Blocker[]): Cue {
  const session = spec.sessions.find(({ steps }) => steps.some((step) => step.name === name));
  const step = session?.steps.find((one) => one.name === name);
  assert(session !== undefined && step !== undefined, `The spec has a step ${name}`);
  const holds = blockers.map((blocker) => holdOf(spec, blocker));

  return { session: session.name, step, ...(holds.length === 0 ? {} : { holds }) };
}

function holdOf(spec: Spec, blocker: Blocker): Hold {
  if (blocker.kind === "next") {
    return { until: "next" };
  }
  const { session } = cueOf(spec, blocker.step, []);

  return blocker.kind === "step"
    ? { until: "step", session, step: blocker.step }
    : { until: "notices", session, count: blocker.count };
}
