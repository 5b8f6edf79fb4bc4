import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseJson } from "./read-json.ts";

function accepts(read: () => unknown): boolean {
  try {
    read();

    return true;
  } catch {
    return false;
  }
}

describe("reading JSON", () => {
  test("gives the value that JSON.parse gives", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(2), (text, indent) => {
        const spaced = JSON.stringify(JSON.parse(text), null, indent);

        expect(parseJson(spaced, "f")).toEqual(JSON.parse(spaced));
      }),
    );
  });

  test("accepts what JSON.parse accepts and nothing else", () => {
    const broken = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.nat(2),
        fc.constantFrom("", ",", "}", "]", '"', "\\", "-", "0", ".5", "\n", "\u00a0", "'"),
      )
      .map(([text, at, skip, put]) => {
        const position = at % (text.length + 1);

        return text.slice(0, position) + put + text.slice(position + skip);
      });

    fc.assert(
      fc.property(broken, (text) => {
        fc.pre(!/is there twice/.test(problemOf(text)));
        expect(accepts(() => parseJson(text, "f"))).toBe(accepts(() => JSON.parse(text)));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['{\n  "é😀": 1,\n}', 'f:3:1: not JSON: property name expected, found "}"'],
    ['{"é😀": x}', 'f:1:8: not JSON: invalid symbol, found "x"'],
    ["", "f:1:1: not JSON: value expected, found the end of the file"],
    ["[1 2]", 'f:1:4: not JSON: comma expected, found "2"'],
    ["{} // note", 'f:1:4: not JSON: invalid comment token, found "// note"'],
    ['["a\nb"]', 'f:1:2: not JSON: unexpected end of string, found "\\"a"'],
    ['{"a": 1,\n "\\u0061": 2}', 'f:2:2: the key "a" is there twice'],
    ["[".repeat(100_000), "f:1:101: nested more than 100 deep"],
  ])("names the position of a mistake: %.20j", (text, message) => {
    expect(problemOf(text)).toBe(message);
  });

  test("takes __proto__ for a key like any other", () => {
    expect(Object.keys(parseJson('{"__proto__": 1}', "f") as object)).toEqual(["__proto__"]);
  });
});

function problemOf(text: string): string {
  try {
    return `no problem: ${JSON.stringify(parseJson(text, "f"))}`;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}
