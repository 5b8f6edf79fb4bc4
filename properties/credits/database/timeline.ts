/**
 * Lays the work of the data migration out in time (pure): which durations cover a batch, or all since the start. A batch
 * ends with its commit, and begins after the one before it; a pause between two batches may count as part of either.
 */

/** An allocation or a pause, and the transaction that it was in. */
export interface WorkEvent {
  readonly kind: "allocation" | "pause";
  readonly transaction: string;
}

/** How long each kind of work takes, in milliseconds. */
export interface WorkTimes {
  readonly allocation: number;
  readonly commit: number;
  readonly pause: number;
}

/** A moment between two pieces of work, in milliseconds since the start. */
interface Moment {
  readonly ms: number;
  readonly isCommitted: boolean;
}

export class Timeline {
  /** By the number of organizations that are allocated: the moments before the next one is. */
  readonly #moments: readonly (readonly Moment[])[];
  readonly #transactions: number;

  constructor(events: readonly WorkEvent[], times: WorkTimes) {
    this.#transactions = new Set(listAllocations(events).map(({ transaction }) => transaction)).size;
    this.#moments = layOut(events, times);
  }

  /** The durations of all work since the start, when so many organizations are allocated. */
  sinceStart(done: number): readonly number[] {
    return subtract(this.#at(done), this.#at(0));
  }

  /** The durations of the organizations after the first `doneBefore`, with their commit. */
  ofBatch(doneBefore: number, done: number): readonly number[] {
    return subtract(this.#boundary(done), this.#boundary(doneBefore));
  }

  /** The durations of any batch. */
  ofAnyBatch(): readonly number[] {
    const counts = [...this.#moments.keys()];

    return counts.flatMap((done) => counts.slice(0, done).flatMap((doneBefore) => this.ofBatch(doneBefore, done)));
  }

  #at(done: number): readonly Moment[] {
    return this.#moments[done] ?? [];
  }

  /** The moments at which one batch has ended and the next may begin. */
  #boundary(done: number): readonly Moment[] {
    const committed = this.#at(done).filter(({ isCommitted }) => isCommitted);
    // A batch has no commit of its own in the middle of a transaction, or if there is a single one.
    return committed.length === 0 || this.#transactions === 1 ? this.#at(done) : committed;
  }
}

function layOut(events: readonly WorkEvent[], times: WorkTimes): readonly (readonly Moment[])[] {
  const moments: Moment[][] = [[{ ms: 0, isCommitted: true }]];
  let last: WorkEvent | undefined;
  let ms = 0;
  let isCommitted = true;
  const add = (duration: number) => {
    ms += duration;
    moments.at(-1)?.push({ ms, isCommitted });
  };
  const commit = () => {
    if (isCommitted) return;
    isCommitted = true;
    add(times.commit);
  };

  for (const event of events) {
    if (event.transaction !== last?.transaction) commit();
    if (event.kind === "allocation") {
      moments.push([]);
      isCommitted = false;
      last = event;
    }
    add(times[event.kind]);
  }
  commit();

  return moments;
}

function listAllocations(events: readonly WorkEvent[]): readonly WorkEvent[] {
  return events.filter(({ kind }) => kind === "allocation");
}

function subtract(ends: readonly Moment[], starts: readonly Moment[]): readonly number[] {
  return ends.flatMap((end) => starts.map((start) => end.ms - start.ms));
}
