/** Reads the fields of a message of PostgreSQL's protocol (pure; PostgreSQL manual, 54.6 Message Data Types). */

/** What does not follow the protocol. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

/** Reads them in order; each method throws a ProtocolError if the message ends too early. */
export class BodyReader {
  readonly #body: Buffer;
  #at = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  /** As a character. */
  byte(): string {
    const start = this.skip(1);

    return this.#body.toString("latin1", start, start + 1);
  }

  int16(): number {
    return this.#body.readInt16BE(this.skip(2));
  }

  int32(): number {
    return this.#body.readInt32BE(this.skip(4));
  }

  /** Up to its zero byte. */
  text(): string {
    const start = this.#at;
    const end = this.#body.indexOf(0, start);
    if (end < 0) throw new ProtocolError("a text in a message does not end");
    this.#at = end + 1;

    return this.#body.toString("utf8", start, end);
  }

  value(): Buffer | null {
    const length = this.int32();
    if (length < 0) return null;
    const start = this.skip(length);

    return this.#body.subarray(start, start + length);
  }

  list<T>(read: () => T): readonly T[] {
    // More than 32,767 parameters are sent as a negative number.
    const length = this.int16() & 0xffff;
    const fields: T[] = [];
    while (fields.length < length) fields.push(read());

    return fields;
  }

  /** @returns where the field begins */
  skip(length: number): number {
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#body.length) throw new ProtocolError("a message ends too early");

    return start;
  }
}
