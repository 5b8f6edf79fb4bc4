/**
 * Reads orders as people write them (pure): `session.step`, where it matters with what the step does:
 * `session.step waits`, and later `session.step resumes`. Compares an order with its transcript.
 */
import { HarnessError } from "../errors.ts";
import { suggest } from "../text/suggest.ts";
import type { ScheduleAction } from "./run-steps.ts";
import {
  type InvalidPermutation,
  OTHER_CONNECTION,
  type ScheduledStep,
  type ScheduleSession,
  stepName,
  type Transcript,
} from "./schedule.ts";

/** Sessions as people write them: SQL by session and step. */
export type SessionDefinitions = Readonly<Record<string, Readonly<Record<string, string>>>>;

interface OrderEntry {
  readonly name: string;
  readonly scheduled: ScheduledStep;
  /** What the order expects: the step is sent and waits, or it was sent earlier and completes now. */
  readonly does?: "waits" | "resumes";
}

/**
 * The sessions as a list.
 * @throws HarnessError where a session has no steps, or two steps have the same name
 */
export function parseSessions(definitions: SessionDefinitions): readonly ScheduleSession[] {
  const sessions = Object.entries(definitions).map(([session, steps]) => ({
    session,
    steps: Object.entries(steps).map(([name, sql]) => ({ name, sql })),
  }));
  const empty = sessions.find(({ steps }) => steps.length === 0);
  if (empty !== undefined) {
    throw new HarnessError(`The session ${empty.session} has no steps`, "Add a step, or remove the session");
  }
  indexSteps(sessions);

  return sessions;
}

/**
 * Parses an order.
 * @throws HarnessError naming the entry where its step is unknown, sent twice or too early, or resumes but never waited
 */
export function parseOrder(sessions: readonly ScheduleSession[], order: readonly string[]): readonly OrderEntry[] {
  const steps = indexSteps(sessions);
  const names = [...steps.keys()];
  const sent = new Map<string, string>();
  const waiting = new Set<string>();

  return order.map((text) => {
    const entry = parseEntry(text, steps);
    const { name, does } = entry;
    const { session } = entry.scheduled;
    if (does === "resumes") {
      if (!waiting.delete(name)) {
        throw new HarnessError(
          `The order says "${text}", but ${name} does not wait before`,
          `Write "${name} waits" where it is sent`,
        );
      }
      return entry;
    }
    const last = sent.get(session);
    if (last !== undefined && names.indexOf(name) <= names.indexOf(last)) {
      throw new HarnessError(
        last === name
          ? `The order sends ${name} twice`
          : `The order sends ${name} after ${last}, which is later in its session`,
        "Name each step at most once, and keep the order of each session's own steps",
      );
    }
    sent.set(session, name);
    if (does === "waits") waiting.add(name);

    return entry;
  });
}

export function toActions(order: readonly OrderEntry[]): readonly ScheduleAction[] {
  return order.map(({ name, scheduled, does }) => (does === "resumes" ? { awaits: name } : scheduled));
}

/** Where the transcript deviates from the order, in one sentence; undefined where it does not. */
export function findDeviation(order: readonly OrderEntry[], { events, invalid }: Transcript): string | undefined {
  if (invalid !== undefined) return describeInvalidPermutation(invalid);
  let previous: string | undefined;
  for (const { name, does } of order) {
    const waits = events.some((event) => event.kind === "waits" && stepName(event) === name);
    const resumed = events.findIndex((event) => event.kind === "resumes" && stepName(event) === name);
    const sent = events.findIndex((event) => event.kind !== "resumes" && stepName(event) === previous);
    if (does === "waits" && !waits) {
      return `${name} does not wait`;
    }
    if (does === "resumes" && resumed === -1) {
      return `${name} still waits after ${previous ?? "the beginning"}`;
    }
    if (does === "resumes" && resumed < sent) {
      return `${name} resumes before ${previous} is sent`;
    }
    previous = does === "resumes" ? previous : name;
  }

  return undefined;
}

/** `second.commit cannot be sent: second still waits in second.consume for first` */
export function describeInvalidPermutation(invalid: InvalidPermutation): string {
  const { session, waitingStep, blockedBy } = invalid;
  const blockers = blockedBy.length === 0 ? "" : ` for ${blockedBy.join(", ") || OTHER_CONNECTION}`;

  return `${stepName(invalid)} cannot be sent: ${session} still waits in ${stepName({ session, step: waitingStep })}${blockers}`;
}

function indexSteps(sessions: readonly ScheduleSession[]): ReadonlyMap<string, ScheduledStep> {
  const index = new Map<string, ScheduledStep>();
  for (const { session, steps } of sessions) {
    for (const step of steps) {
      const name = stepName({ session, step });
      if (index.has(name)) {
        throw new HarnessError(`Two steps have the name ${name}`, "Rename one of them");
      }
      index.set(name, { session, step });
    }
  }

  return index;
}

function parseEntry(text: string, steps: ReadonlyMap<string, ScheduledStep>): OrderEntry {
  const [, name = text, does] = /^(.*?)(?:\s+(waits|resumes))?$/s.exec(text.trim()) ?? [];
  const scheduled = steps.get(name);
  if (scheduled === undefined) {
    const near = suggest(name, [...steps.keys()]);
    throw new HarnessError(
      `The order names an unknown step: ${name}`,
      near === undefined ? "Name the steps as session.step" : `Write ${near} if that is what is meant`,
    );
  }

  return { name, scheduled, ...(does === "waits" || does === "resumes" ? { does } : {}) };
}
