import { expect, test } from "vitest";
import { loadParser } from "../release/parser.ts";
import { compute, findSourceColumns } from "./computed-values.ts";
import { parseExpression } from "./expression-tree.ts";

const parser = await loadParser();
const cells = { a: "Ab", b: "\\x4162", n: "7", none: null, left: undefined };

// The hashes are those of `printf Ab | sha256sum` and `md5sum`.
test.each([
  ["lower(a) || '-x'", "ab-x"],
  ["md5(a)", "0e4c46df226b9c0cb391311c54f28efe"],
  ["length(b) * n - 1", "13"],
  ["encode(b, 'base64')", "QWI="],
  ["encode(digest(a, 'sha256'), 'hex') = encode(sha256(b), 'hex')", undefined],
  ["concat(a, (n)::text)", "Ab7"],
  ["n + none", null],
  ["left || a", undefined],
  ["my_function(a)", undefined],
])("%s", (expression, expected) => {
  expect(compute(parseExpression(parser, expression), cells)).toBe(expected);
});

test("a text and its bytes have the same digest", () => {
  const [ofText, ofBytes] = ["digest(a, 'sha1')", "digest(b, 'sha1')"].map((expression) =>
    compute(parseExpression(parser, expression), cells),
  );

  expect(ofText).toMatch(/^\\x[0-9a-f]{40}$/);
  expect(ofBytes).toBe(ofText);
});

test("the columns that an expression reads, unless a part is not understood", () => {
  expect(findSourceColumns(parseExpression(parser, "lower(a) || md5((b)::text)"))).toEqual(["a", "b"]);
  expect(findSourceColumns(parseExpression(parser, "random() + n"))).toBeUndefined();
  expect(findSourceColumns(parseExpression(parser, "lower(a ->> 'b')"))).toBeUndefined();
});
