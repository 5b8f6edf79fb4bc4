import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { relay } from "./relay.ts";

/** A socket that notes what it is given; it takes more when `drain` is called. */
class FakeSocket extends Duplex {
  readonly #events: string[];
  #taken: (() => void) | undefined;

  constructor(events: string[], writableHighWaterMark = 100) {
    super({ writableHighWaterMark });
    this.#events = events;
  }

  override _read(): void {
    // It receives what the test emits.
  }

  override _write(piece: Buffer, _: string, taken: () => void): void {
    this.#events.push(`passes ${piece}`);
    this.#taken = taken;
  }

  drain(): void {
    this.#taken?.();
  }
}

test("a piece is passed on before it is recorded", () => {
  const events: string[] = [];
  const from = new FakeSocket(events);
  relay(from, new FakeSocket(events), { record: (piece) => events.push(`records ${piece}`) });
  from.emit("data", Buffer.from("one"));

  expect(events).toEqual(["passes one", "records one"]);
});

test("what begins a session is passed on as begin returns it, and is not recorded", () => {
  const events: string[] = [];
  const from = new FakeSocket(events);
  const to = new FakeSocket(events);
  const beginnings = [Buffer.alloc(0), Buffer.from("onetwo")];
  relay(from, to, { begin: () => beginnings.shift(), record: (piece) => events.push(`records ${piece}`) });
  for (const piece of ["one", "two", "three"]) from.emit("data", Buffer.from(piece));
  to.drain();

  expect(events).toEqual(["passes onetwo", "records three", "passes three"]);
});

test("a socket is read again once the other has taken what it received", async () => {
  const from = new FakeSocket([]);
  const to = new FakeSocket([], 1);
  relay(from, to, { record: () => undefined });
  from.emit("data", Buffer.from("more than one byte"));
  expect(from.isPaused()).toBe(true);

  const drained = new Promise((resolve) => to.once("drain", resolve));
  to.drain();
  await drained;
  expect(from.isPaused()).toBe(false);
});

test("what a closed socket would get is dropped, and recorded all the same", async () => {
  const events: string[] = [];
  const from = new FakeSocket(events);
  const to = new FakeSocket(events);
  relay(from, to, { record: (piece) => events.push(`records ${piece}`) });
  to.destroy();
  await new Promise((resolve) => to.once("close", resolve));
  from.emit("data", Buffer.from("late"));

  expect(events).toEqual(["records late"]);
});
