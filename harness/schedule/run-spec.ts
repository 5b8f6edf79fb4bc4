/**
 * Runs an isolation spec: each of its permutations, or every interleaving where it has none. The result is transcripts;
 * a spec does not say which are right.
 */
import assert from "node:assert";
import type { Database } from "../database/database-provider.ts";
import type { Scheduler } from "./run-steps.ts";
import type { DelayedCompletion, QualifiedStep, ScheduledStep, ScheduleSession, Transcript } from "./schedule.ts";
import { countInterleavings, interleavingScheduler, sampleInterleavings, sequentialScheduler } from "./schedulers.ts";
import { SessionGroup, type SessionGroupOptions } from "./session-group.ts";
import type { Blocker, Spec } from "./spec.ts";

interface SpecRunOptions extends SessionGroupOptions {
  /** How many interleavings run at most, where the spec has no permutations; default 1,000. */
  readonly maxRuns?: number;
  readonly seed?: number;
}

interface SpecRun {
  readonly runs: readonly Transcript[];
  /** How many there are; more than `runs` where the interleavings were sampled. */
  readonly permutations: number;
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
  const sessions = spec.sessions.map(({ name, steps }) => ({ session: name, steps }));
  const lengths = sessions.map(({ steps }) => steps.length);
  const interleaved = spec.permutations.length === 0;
  const schedulers = interleaved
    ? sampleInterleavings(lengths, maxRuns, seed).map((order) => interleavingScheduler(sessions, order))
    : toSchedules(sessions, spec.permutations).map(sequentialScheduler);
  const runs: Transcript[] = [];

  for (const scheduler of schedulers) {
    await group.execute("The setup of the spec", spec.setup);
    for (const { name, setup } of spec.sessions) {
      await group.execute(`The setup of the session ${name}`, setup === undefined ? [] : [setup], name);
    }
    runs.push(await runWithTeardown(group, scheduler, spec));
    await group.execute("The teardown of the spec", spec.teardown === undefined ? [] : [spec.teardown]);
  }

  return {
    runs,
    permutations: interleaved ? countInterleavings(lengths) : schedulers.length,
    invalid: runs.filter(({ invalid }) => invalid !== undefined).length,
  };
}

/** Sends the teardown of each session that does not wait at the end; it is no event of the transcript. */
async function runWithTeardown(group: SessionGroup, scheduler: Scheduler, { sessions }: Spec): Promise<Transcript> {
  const teardowns = sessions.flatMap(({ name, teardown }) =>
    teardown === undefined ? [] : [{ session: name, step: { name: "teardown", sql: teardown } }],
  );
  const left = [...teardowns];
  const { events, ...rest } = await group.run((waiting) => {
    const action = scheduler(waiting);
    if (action !== undefined) return action;
    const next = left.findIndex(({ session }) => !waiting.has(session));

    return next === -1 ? undefined : left.splice(next, 1)[0];
  });

  return { ...rest, events: events.filter((event) => !teardowns.some(({ step }) => step === event.step)) };
}

function toSchedules(
  sessions: readonly ScheduleSession[],
  permutations: Spec["permutations"],
): readonly (readonly ScheduledStep[])[] {
  const all = sessions.flatMap(({ session, steps }) => steps.map((step) => ({ session, step })));
  const find = (name: string): QualifiedStep => {
    const found = all.find(({ step }) => step.name === name);
    assert(found !== undefined, `The spec has a step ${name}`);

    return found;
  };
  const toDelay = (blocker: Blocker): DelayedCompletion => {
    switch (blocker.kind) {
      case "next":
        return { until: "next" };
      case "step":
        return { until: "step", session: find(blocker.step).session, step: blocker.step };
      case "notices":
        return { until: "notices", session: find(blocker.step).session, count: blocker.count };
    }
  };

  return permutations.map((steps) =>
    steps.map(({ step, blockers }) => ({ ...find(step), delays: blockers.map(toDelay) })),
  );
}
