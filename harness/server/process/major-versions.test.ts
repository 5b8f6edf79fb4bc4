import { expect, test } from "vitest";
import { parseMajors } from "./major-versions.ts";

test.each([
  ["14-18", [14, 15, 16, 17, 18]],
  ["18,14,16", [14, 16, 18]],
  ["16-17, 14,16", [14, 16, 17]],
  ["15", [15]],
])("%j is parsed as %j", (text, named) => {
  expect(parseMajors(text)).toEqual(named);
});

test.each(["", "newest", "18-14", "14-", "14..18", "1e1", "14-18-20", "999999999"])("%j is rejected", (text) => {
  expect(() => parseMajors(text)).toThrow(/names no versions/);
});

test("the error for an unsupported version lists the supported ones", () => {
  expect(() => parseMajors("13-15")).toThrow(
    expect.objectContaining({
      message: expect.stringContaining("13"),
      remedy: expect.stringContaining("14, 15"),
    }),
  );
});
