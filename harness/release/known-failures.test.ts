import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { createUnknownPropertyError, readKnownFailures } from "./known-failures.ts";

async function writeKnownFailures(content: string): Promise<string> {
  return join(createTemporaryFolder({ "findings.json": content }), "findings.json");
}

describe("reading known failures", () => {
  test("gives its findings in their order", async () => {
    const findings = [
      { property: "C3-null", because: "nothing is known of null" },
      { property: "C3", because: "the sum is not kept" },
      { property: "C5", kind: "returns-false", because: "nothing is compared" },
      { property: "C5", kind: "*", because: "whatever else there is" },
    ];

    expect(await readKnownFailures(await writeKnownFailures(JSON.stringify(findings)))).toEqual(findings);
  });

  test.each([
    ['[{"property": "C3", "because": "a"},]', ':1:37: not JSON: value expected, found "]"'],
    ['{"property": "C3"}', ': the file is not a list of findings: {"property":"C3"}'],
    ['[{"property": "C3"}]', ': the key "because" is missing in [0]'],
    ['[{"property": "C3", "because": " "}]', ': [0]."because" is not a sentence with the reason: " "'],
    ['[{"property": "C 3", "because": "a"}]', ': [0]."property" is not the id of a property, such as "C3": "C 3"'],
    ['[{"property": "C3", "becuase": "a"}]', ': the key "becuase" is not known in [0]'],
    ['[{"property": "C3", "because": "a"}, {"property": "C3", "because": "b"}]', ": the property C3 is there twice"],
    [
      '[{"property": "C3", "kind": "a-b", "because": "a"}, {"property": "C3", "kind": "a-b", "because": "b"}]',
      ": the kind a-b of the property C3 is there twice",
    ],
    [
      '[{"property": "C3", "kind": "a-b", "because": "a"}, {"property": "C3", "because": "b"}]',
      ": one entry of the property C3 names no kind, and another does",
    ],
    [
      '[{"property": "C3", "kind": "A b", "because": "a"}]',
      ': [0]."kind" is not a kind that --kinds lists, such as "returns-false", or "*" for all: "A b"',
    ],
  ])("rejects %s", async (content, message) => {
    const file = await writeKnownFailures(content);

    await expect(readKnownFailures(file)).rejects.toMatchObject({
      name: "HarnessError",
      message: file + message,
    });
  });

  test("rejects a file that does not exist", async () => {
    await expect(readKnownFailures("/nowhere/findings.json")).rejects.toMatchObject({
      name: "HarnessError",
      message: "/nowhere/findings.json: no such file, where the known failures should be",
      remedy: "Write the file, or correct its path",
    });
  });
});

describe("findings of properties that do not exist", () => {
  const findings = ["C3", "C33", "Q"].map((property) => ({ property, because: "it is so" }));

  test("are named with their file, and nothing is said where there are none", () => {
    expect(createUnknownPropertyError("/f.json", findings, ["C3", "C4"])?.message).toBe(
      "/f.json: there are no properties C33, Q",
    );
    expect(createUnknownPropertyError("/f.json", findings.slice(0, 2), ["C3", "C4"])).toMatchObject({
      message: "/f.json: there is no property C33",
      remedy: 'Write "C3", or remove the entry',
    });
    expect(createUnknownPropertyError("/f.json", findings, ["C3", "C33", "Q"])).toBeUndefined();
  });
});
