/**
 * Orders as a person writes them (pure): `session.step`, where it matters with what it does: `session.step waits`, and
 * later `session.step resumes`. What an order says is held against the transcript.
 */
import { HarnessError } from "../errors.ts";
import { nearest } from "../text/suggest.ts";
import type { Turn } from "./run-steps.ts";
import { type Cue, type Event, nameOf, OTHER, type Part, type Transcript } from "./schedule.ts";

/** Sessions as a person writes them: name of the session, name of the step, SQL. */
export type WrittenSessions = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** One entry of an order. */
export interface Entry {
  readonly name: string;
  readonly cue: Cue;
  /** What the order says that it does: it is sent and waits, or it had been sent and completes now. */
  readonly does?: "waits" | "resumes";
}

/**
 * The sessions as a list.
 * @throws HarnessError where a session has no steps, or two steps would bear one name
 */
export function partsOf(sessions: WrittenSessions): readonly Part[] {
  const parts = Object.entries(sessions).map(([session, steps]) => ({
    session,
    steps: Object.entries(steps).map(([name, sql]) => ({ name, sql })),
  }));
  const empty = parts.find(({ steps }) => steps.length === 0);
  if (empty !== undefined) {
    throw new HarnessError(`The session ${empty.session} has no steps`, "Give it a step, or leave it out");
  }
  cuesOf(parts);

  return parts;
}

/**
 * Reads an order.
 * @throws HarnessError naming the entry where it names an unknown step, one twice, one before its time, or one that
 * resumes and never waited
 */
export function readOrder(parts: readonly Part[], order: readonly string[]): readonly Entry[] {
  const cues = cuesOf(parts);
  const places = new Map([...cues.keys()].map((name, place) => [name, place]));
  const sent = new Map<string, string>();
  const waiting = new Set<string>();

  return order.map((text) => {
    const entry = entryOf(text, cues);
    if (entry.does === "resumes") {
      if (!waiting.delete(entry.name)) {
        throw new HarnessError(
          `The order says "${text}", but not before that ${entry.name} waits`,
          `Write "${entry.name} waits" where it is sent`,
        );
      }
      return entry;
    }

    const last = sent.get(entry.cue.session);
    if (last !== undefined && (places.get(entry.name) ?? 0) <= (places.get(last) ?? 0)) {
      throw new HarnessError(
        last === entry.name
          ? `The order sends ${entry.name} twice`
          : `The order sends ${entry.name} after ${last}, which comes later in its session`,
        "Name each step at most once, and keep the order of each session's own steps",
      );
    }
    sent.set(entry.cue.session, entry.name);
    if (entry.does === "waits") {
      waiting.add(entry.name);
    }

    return entry;
  });
}

/** What is to happen, in the words of the player. */
export function turnsOf(order: readonly Entry[]): readonly Turn[] {
  return order.map(({ name, cue, does }) => (does === "resumes" ? { awaits: name } : cue));
}

/** Where the transcript is not what the order says: one sentence, undefined where it is. */
export function deviationOf(order: readonly Entry[], transcript: Transcript): string | undefined {
  const { events, impossible } = transcript;
  if (impossible !== undefined) {
    return describeImpossible(impossible);
  }
  let previous: string | undefined;
  for (const { name, does } of order) {
    const deviation =
      does === "waits"
        ? notWaiting(name, events)
        : does === "resumes"
          ? notResuming(name, previous, events)
          : undefined;
    if (deviation !== undefined) {
      return deviation;
    }
    previous = does === "resumes" ? previous : name;
  }

  return undefined;
}

/** `second.commit cannot be sent: second still waits in second.consume for first` */
export function describeImpossible(impossible: NonNullable<Transcript["impossible"]>): string {
  const { session, waitsIn, blockedBy } = impossible;
  const blockers = blockedBy.length === 0 ? "" : ` for ${blockedBy.join(", ") || OTHER}`;

  return `${nameOf(impossible)} cannot be sent: ${session} still waits in ${nameOf({ session, step: waitsIn })}${blockers}`;
}

function notWaiting(name: string, events: readonly Event[]): string | undefined {
  return events.some((event) => event.kind === "waits" && nameOf(event) === name)
    ? undefined
    : `${name} does not wait`;
}

/** It resumes when the entry before it is sent, or after that: not earlier. */
function notResuming(
  name: string,
  previous: string | undefined,
  events: readonly Event[],
): string | undefined {
  const at = events.findIndex((event) => event.kind === "resumes" && nameOf(event) === name);
  const sent = events.findIndex((event) => event.kind !== "resumes" && nameOf(event) === previous);

  if (at === -1) {
    return `${name} still waits after ${previous ?? "the beginning"}`;
  }

  return at > sent ? undefined : `${name} resumes before ${previous} is sent`;
}

function cuesOf(parts: readonly Part[]): ReadonlyMap<string, Cue> {
  const cues = new Map<string, Cue>();
  for (const { session, steps } of parts) {
    for (const step of steps) {
      const name = nameOf({ session, step });
      if (cues.has(name)) {
        throw new HarnessError(`Two steps have the name ${name}`, "Give each step a name of its own");
      }
      cues.set(name, { session, step });
    }
  }

  return cues;
}

function entryOf(text: string, cues: ReadonlyMap<string, Cue>): Entry {
  const [, name = text, does] = /^(.*?)(?:\s+(waits|resumes))?$/s.exec(text.trim()) ?? [];
  const cue = cues.get(name);
  if (cue === undefined) {
    const meant = nearest(name, [...cues.keys()]);
    throw new HarnessError(
      `The order names an unknown step: ${name}`,
      meant === undefined ? "Name the steps as session.step" : `Write ${meant} if that is what is meant`,
    );
  }

  return { name, cue, ...(does === "waits" || does === "resumes" ? { does } : {}) };
}
