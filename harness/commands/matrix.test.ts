import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { HarnessError } from "../errors.ts";
import { createReleaseResult, createRunResult, violated } from "../testing/sample-run.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { reportMatrix } from "./matrix.ts";

afterEach(() => vi.restoreAllMocks());

test("where no script can be written, what the versions found is reported all the same", async () => {
  const cwd = createTemporaryFolder({ "plumbline-out": "a file in the place of the folder" });
  const printed: string[] = [];
  vi.spyOn(process, "cwd").mockReturnValue(cwd);
  vi.spyOn(process.stdout, "write").mockImplementation((text) => printed.push(String(text)) > 0);
  const json = join(cwd, "results.json");
  const runs = [createRunResult(createReleaseResult(violated))];
  const reporting = reportMatrix({ seed: 42, runs, untried: [] }, { server: "embedded", json });

  await expect(reporting).rejects.toThrow(HarnessError);
  expect(printed.join("")).toMatch(/VIOLATED: C3-negative/);
  expect(readFileSync(json, "utf8")).toContain('"C3-negative"');
});
