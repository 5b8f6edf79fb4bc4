/**
 * One play: a step is sent, and looked at until it has ended or is seen to wait for good; then the next. Nothing is
 * decided by how long something takes: a step has ended when its result is there, and waits when the server says for
 * whom.
 */
import assert from "node:assert";
import type { Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import { standsStill } from "./blocked-steps.ts";
import { endOrPause, Flight } from "./in-flight-step.ts";
import { type Cue, type Event, type Hold, type Impossible, nameOf, type Transcript } from "./schedule.ts";
import type { Watcher } from "./watcher.ts";

/** What happens next: a step is sent, or one that waits is awaited: for as long as the limit, since it may time out. */
export type Turn = Cue | { readonly awaits: string };

/** Says what happens next, knowing which sessions wait; undefined at the end. */
export type Director = (waiting: ReadonlySet<string>) => Turn | undefined;

export interface PlayOptions {
  readonly limitMs: number;
  readonly choosesVictim: boolean;
}

/** Between two looks at who waits for whom. */
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 16;

/** deadlock_timeout of whoever is sent while others wait: whoever waits last is to find the circle, and soon. */
const SHORT_MS = 8;
/** Of whoever is sent while nobody waits: as the server's own. */
const LONG_MS = 1_000;
/** A timer of the server that was set for SHORT_MS has run out after this. */
const RUN_OUT_MS = SHORT_MS + 6;

export class Play {
  readonly #sessions: ReadonlyMap<string, Session>;
  readonly #watcher: Watcher;
  readonly #options: PlayOptions;
  readonly #events: Event[] = [];
  /** Steps that were sent and not yet told as ended, in the order in which they were sent. */
  #flights: Flight[] = [];

  constructor(sessions: ReadonlyMap<string, Session>, watcher: Watcher, options: PlayOptions) {
    this.#sessions = sessions;
    this.#watcher = watcher;
    this.#options = options;
  }

  get flights(): readonly Flight[] {
    return this.#flights;
  }

  async follow(director: Director): Promise<Transcript> {
    for (let turn = this.#next(director); turn !== undefined; turn = this.#next(director)) {
      if ("awaits" in turn) {
        await this.#await(turn.awaits);
      } else {
        const impossible = await this.#send(turn);
        if (impossible !== undefined) {
          return { events: this.#events, impossible };
        }
      }
    }

    return { events: this.#events };
  }

  #next(director: Director): Turn | undefined {
    return director(new Set(this.#flights.map(({ session }) => session)));
  }

  async #send(cue: Cue): Promise<Impossible | undefined> {
    const session = this.#sessions.get(cue.session);
    assert(session !== undefined, `The cast has a session ${cue.session}`);

    // A step that is only held until the next one is sent has ended by then.
    this.#tellEnded({ next: true, session: cue.session });
    const busy = this.#flights.find((flight) => flight.session === cue.session);
    if (busy !== undefined) {
      return { ...cue, waitsIn: busy.cue.step, blockedBy: busy.blockedBy };
    }

    const looksSoon = this.#options.choosesVictim && (await this.#setTimer(session));
    const flight = new Flight(cue, session, { looksSoon, noticesBefore: this.#noticesSoFar() });
    const earlier = [...this.#flights];
    this.#flights.push(flight);
    await this.#settle();

    if (flight.outcome !== undefined && !this.#isHeld(flight, { next: false })) {
      this.#flights = earlier;
      this.#events.push({ kind: "completed", ...told(flight), outcome: flight.outcome });
    } else {
      this.#events.push({ kind: "waits", ...told(flight), blockedBy: flight.blockedBy });
    }
    this.#tellEnded({ next: true, except: flight });

    return undefined;
  }

  async #await(name: string): Promise<void> {
    const flight = this.#flights.find(({ cue }) => nameOf(cue) === name);
    if (flight !== undefined) {
      await this.#settle(flight);
      this.#tellEnded({ next: false });
    }
  }

  /** Waits until every step has ended or waits for good; with `awaited`, until that one has ended if it does in time. */
  async #settle(awaited?: Flight): Promise<void> {
    const deadline = performance.now() + this.#options.limitMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const before = this.#underWay();
      if (before.length === 0) {
        return;
      }
      await endOrPause(before, pauseMs);
      const still = await this.#look();
      const late = performance.now() > deadline;
      if (still && (awaited === undefined || awaited.hasEnded || late)) {
        return;
      }
      if (late) {
        throw this.#overdue();
      }
    }
  }

  /** Looks who waits for whom; true where nothing more will happen. */
  async #look(): Promise<boolean> {
    const underWay = this.#underWay();
    if (underWay.length === 0) {
      return true;
    }
    const waits = await this.#watcher.waitsOf(underWay.map(({ session }) => session));
    for (const flight of underWay) {
      flight.seenWaiting(waits.get(flight.session) ?? [], performance.now());
    }

    return standsStill(waits) && underWay.every(({ hasEnded }) => !hasEnded);
  }

  /** Tells what has ended, in the order in which it was sent; one end may end the hold of another. */
  #tellEnded(now: { readonly next: boolean; readonly session?: string; readonly except?: Flight }): void {
    const due = (flight: Flight): boolean =>
      flight !== now.except &&
      (now.session === undefined || flight.session === now.session) &&
      flight.outcome !== undefined &&
      !this.#isHeld(flight, now);

    for (let flight = this.#flights.find(due); flight !== undefined; flight = this.#flights.find(due)) {
      const { outcome } = flight;
      assert(outcome !== undefined, "What is due has ended");
      const ended = flight;
      this.#flights = this.#flights.filter((one) => one !== ended);
      this.#events.push({ kind: "resumes", ...told(flight), outcome });
    }
  }

  #isHeld(flight: Flight, now: { readonly next: boolean }): boolean {
    return (flight.cue.holds ?? []).some((hold) => this.#holds(hold, flight, now.next));
  }

  #holds(hold: Hold, { noticesBefore }: Flight, next: boolean): boolean {
    switch (hold.until) {
      case "next":
        return !next;
      case "step":
        return this.#flights.some((one) => one.session === hold.session && one.cue.step.name === hold.step);
      case "notices": {
        const before = noticesBefore.get(hold.session) ?? 0;
        return (this.#noticesSoFar().get(hold.session) ?? 0) - before < hold.count;
      }
    }
  }

  /** How many notices each session has brought so far. */
  #noticesSoFar(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    const add = (session: string, count: number) => counts.set(session, (counts.get(session) ?? 0) + count);
    for (const event of this.#events) {
      if (event.kind !== "waits") {
        add(event.session, event.outcome.notices.length);
      }
    }
    for (const { session, outcome } of this.#flights) {
      add(session, (outcome ?? this.#sessions.get(session))?.notices.length ?? 0);
    }

    return counts;
  }

  /**
   * So that the last to wait finds a deadlock: it looks soon, and whoever waited before has looked already, or looks
   * much later. The refusal of a SET is no matter: in a transaction that has failed nothing can wait.
   * @returns whether the session looks soon
   */
  async #setTimer(session: Session): Promise<boolean> {
    const waiting = this.#underWay();
    const runOut = Math.max(
      0,
      ...waiting.map(({ looksSoon, seenMs }) => (looksSoon ? seenMs + RUN_OUT_MS : 0)),
    );
    for (let left = runOut - performance.now(); left > 0; left = runOut - performance.now()) {
      await endOrPause([], left);
    }
    const looksSoon = waiting.length > 0;
    await session.attempt(`SET deadlock_timeout = '${looksSoon ? SHORT_MS : LONG_MS}ms'`);

    return looksSoon;
  }

  #underWay(): readonly Flight[] {
    return this.#flights.filter(({ hasEnded }) => !hasEnded);
  }

  #overdue(): HarnessError {
    const underWay = this.#underWay();
    const flight = underWay.find(({ blockedBy }) => blockedBy.length === 0) ?? underWay[0];
    const waits =
      flight === undefined || flight.blockedBy.length === 0
        ? ""
        : `, in a circle of waits with ${flight.blockedBy.join(", ")}`;

    return new HarnessError(
      `The step ${flight === undefined ? "" : nameOf(flight.cue)} neither ended nor waited for a lock within ${this.#options.limitMs} ms${waits}`,
      "Find out what the step does, or raise the limit",
    );
  }
}

function told({ cue, session }: Flight): { readonly session: string; readonly step: Cue["step"] } {
  return { session, step: cue.step };
}
