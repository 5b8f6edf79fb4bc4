/**
 * Runs an isolation spec: each of its permutations, or every interleaving where it has none. The result is transcripts;
 * a spec does not say which are right.
 */
import assert from "node:assert";
import type { Database } from "../database/database-provider.ts";
import { countInterleavings, sampleInterleavings } from "./interleavings.ts";
import type { DelayedCompletion, ScheduledStep, Transcript } from "./schedule.ts";
import { sequentialScheduler } from "./schedulers.ts";
import { SessionGroup, type SessionGroupOptions } from "./session-group.ts";
import type { Blocker, Spec } from "./spec.ts";

export interface SpecRunOptions extends SessionGroupOptions {
  /** How many interleavings run at most, where the spec has no permutations; default 1,000. */
  readonly maxRuns?: number;
  readonly seed?: number;
}

export interface SpecRun {
  readonly runs: readonly Transcript[];
  /** How many there are; more than `runs` where the interleavings were sampled. */
  readonly permutations: number;
  /** How many of the runs are invalid permutations. */
  readonly invalid: number;
}

/**
 * Runs a spec. No session is left open.
 * @throws HarnessError where setup or teardown fails, or a step neither ends nor waits within the limit
 */
export async function runSpec(
  spec: Spec,
  database: Pick<Database, "connect">,
  { maxRuns = 1_000, seed = 1, ...options }: SpecRunOptions = {},
): Promise<SpecRun> {
  await using group = await SessionGroup.open(
    database,
    spec.sessions.map(({ name }) => name),
    options,
  );
  const lengths = spec.sessions.map(({ steps }) => steps.length);
  const interleaved = spec.permutations.length === 0;
  const orders = interleaved
    ? sampleInterleavings(lengths, maxRuns, seed).map((order) => interleave(spec, order))
    : spec.permutations.map((steps) => steps.map(({ step, blockers }) => findStep(spec, step, blockers)));
  const runs: Transcript[] = [];

  for (const order of orders) {
    await group.execute("The setup of the spec", spec.setup);
    for (const { name, setup } of spec.sessions.filter((session) => session.setup !== undefined)) {
      await group.executeIn(name, `The setup of the session ${name}`, setup ?? "");
    }
    runs.push(await runWithTeardown(group, order, spec));
    await group.execute("The teardown of the spec", spec.teardown === undefined ? [] : [spec.teardown]);
  }

  return {
    runs,
    permutations: interleaved ? countInterleavings(lengths) : orders.length,
    invalid: runs.filter(({ invalid }) => invalid !== undefined).length,
  };
}

/** Sends the teardown of each session that does not wait at the end; it is no event of the transcript. */
async function runWithTeardown(
  group: SessionGroup,
  order: readonly ScheduledStep[],
  { sessions }: Spec,
): Promise<Transcript> {
  const scheduler = sequentialScheduler(order);
  const teardowns = sessions.flatMap(({ name, teardown }) =>
    teardown === undefined ? [] : [{ session: name, step: { name: "teardown", sql: teardown } }],
  );
  const left = [...teardowns];
  const { events, ...rest } = await group.run((waiting) => {
    const action = scheduler(waiting);
    if (action !== undefined) {
      return action;
    }
    const next = left.findIndex(({ session }) => !waiting.has(session));

    return next === -1 ? undefined : left.splice(next, 1)[0];
  });

  return { ...rest, events: events.filter((event) => !teardowns.some(({ step }) => step === event.step)) };
}

function interleave(spec: Spec, order: readonly number[]): readonly ScheduledStep[] {
  const left = spec.sessions.map(({ steps }) => [...steps]);

  return order.flatMap((session) => {
    const step = left[session]?.shift();
    return step === undefined ? [] : [findStep(spec, step.name, [])];
  });
}

function findStep(spec: Spec, name: string, blockers: readonly Blocker[]): ScheduledStep {
  const session = spec.sessions.find(({ steps }) => steps.some((step) => step.name === name));
  const step = session?.steps.find((one) => one.name === name);
  assert(session !== undefined && step !== undefined, `The spec has a step ${name}`);
  const delays = blockers.map((blocker) => toDelay(spec, blocker));

  return { session: session.name, step, ...(delays.length === 0 ? {} : { delays }) };
}

function toDelay(spec: Spec, blocker: Blocker): DelayedCompletion {
  if (blocker.kind === "next") {
    return { until: "next" };
  }
  const { session } = findStep(spec, blocker.step, []);

  return blocker.kind === "step"
    ? { until: "step", session, step: blocker.step }
    : { until: "notices", session, count: blocker.count };
}
