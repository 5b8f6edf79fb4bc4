/**
 * JSON for files that people write. What `JSON.parse` lacks for that is here: the place of a mistake (its messages tell
 * it in some versions of Node and not in others), and a refusal of doubled keys, of which it keeps the last in silence.
 */
import { HarnessError } from "../errors.ts";
import { createPositionLookup } from "./position.ts";

/** Deeper than any file of a release, and far from the depth that exhausts the stack. */
const deepest = 100;

/** Where reading failed, and what stood in the way. */
class JsonProblem extends Error {
  readonly position: number;

  constructor(position: number, message: string) {
    super(message);
    this.position = position;
  }
}

/**
 * The value that a JSON text says.
 * @param file how errors name the text
 * @throws HarnessError with `file:line:column` where the text is no JSON, or an object has a key twice
 */
export function parseJson(text: string, file: string): unknown {
  try {
    return new JsonReader(text).whole();
  } catch (thrown) {
    if (!(thrown instanceof JsonProblem)) throw thrown;

    const { line, column } = createPositionLookup(text)(thrown.position);

    throw new HarnessError(`${file}:${line}:${column}: ${thrown.message}`, "Mend the JSON there");
  }
}

class JsonReader {
  readonly #text: string;
  #position = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): unknown {
    const value = this.#value();

    if (this.#next() !== "") throw this.#unexpected("the end of the file");

    return value;
  }

  #value(): unknown {
    const next = this.#next();

    if (next === "{") return this.#nested(() => this.#object());
    if (next === "[") return this.#nested(() => this.#array());
    if (next === '"') return this.#string();

    const word = this.#match(/true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y);

    if (word === undefined) throw this.#unexpected("a value");

    return JSON.parse(word);
  }

  #object(): Record<string, unknown> {
    const entries = new Map<string, unknown>();

    this.#list("}", () => {
      if (this.#next() !== '"') throw this.#unexpected("a key in double quotes");

      const position = this.#position;
      const key = this.#string();

      if (entries.has(key)) throw new JsonProblem(position, `the key ${JSON.stringify(key)} is there twice`);

      this.#take(":", "a colon");
      entries.set(key, this.#value());
    });

    return Object.fromEntries(entries);
  }

  #array(): unknown[] {
    const values: unknown[] = [];
    this.#list("]", () => values.push(this.#value()));

    return values;
  }

  /** What stands between an opening bracket and its closing one, with commas between. */
  #list(close: string, read: () => void): void {
    this.#position += 1;

    if (this.#next() !== close) {
      read();

      while (this.#next() === ",") {
        this.#position += 1;
        read();
      }
    }

    this.#take(close, `a comma or ${close}`);
  }

  #string(): string {
    const start = this.#position;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
    const quoted = this.#match(/"(?:[^"\\\u0000-\u001F]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*"/y);

    if (quoted === undefined) {
      throw new JsonProblem(start, "a string that does not end on its line, or with an unknown escape");
    }

    return JSON.parse(quoted) as string;
  }

  #nested<Value>(read: () => Value): Value {
    this.#depth += 1;

    if (this.#depth > deepest) throw new JsonProblem(this.#position, `nested more than ${deepest} deep`);

    const value = read();
    this.#depth -= 1;

    return value;
  }

  #take(character: string, name: string): void {
    if (this.#next() !== character) throw this.#unexpected(name);

    this.#position += 1;
  }

  /** Skips white space and gives the character there, or nothing at the end. */
  #next(): string {
    this.#match(/[ \t\n\r]*/y);

    return this.#text.charAt(this.#position);
  }

  #match(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.#position;
    const found = sticky.exec(this.#text)?.[0];
    this.#position += found?.length ?? 0;

    return found;
  }

  #unexpected(expected: string): JsonProblem {
    const found = this.#match(/[\w.+-]+|./suy);

    return new JsonProblem(
      this.#position - (found?.length ?? 0),
      `not JSON: expected ${expected} but found ${found === undefined ? "the end of the file" : JSON.stringify(found)}`,
    );
  }
}
