import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { HarnessError } from "../errors.ts";
import { createReleaseResult, createRunResult, held, known, unknown, violated } from "../testing/sample-run.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { writeScripts } from "./write-scripts.ts";

let cwd: string;
beforeEach(async () => {
  cwd = createTemporaryFolder();
});

const readScript = (path: string) => readFile(join(cwd, path), "utf8");
const folder = "plumbline-out/phase-3.5-published";

test("each violation has its script, under the returned path", async () => {
  const scripts = await writeScripts(createRunResult(createReleaseResult(held, violated, known)), { cwd });

  expect([...scripts]).toEqual([
    [violated, `${folder}/C3-negative.sql`],
    [known, `${folder}/C5.sql`],
  ]);
  expect(await readScript(`${folder}/C5.sql`)).toContain(`-f ${folder}/C5.sql\n`);
});

test("a script is removed when its property holds again, and stays when it is unknown", async () => {
  await writeScripts(createRunResult(createReleaseResult(violated, known)), { cwd });
  await writeFile(join(cwd, folder, "mine.sql"), "select 1;");
  const { violation: _, ...unknownNow } = { ...known, verdict: unknown.verdict };
  const { violation: __, ...fixed } = { ...violated, verdict: held.verdict };
  await writeScripts(createRunResult(createReleaseResult(fixed, unknownNow)), { cwd });

  await expect(readScript(`${folder}/C3-negative.sql`)).rejects.toThrow("ENOENT");
  expect(await readScript(`${folder}/C5.sql`)).toContain("violates C5");
  expect(await readScript(`${folder}/mine.sql`)).toBe("select 1;");
});

test("a spec is written next to its script, and removed when the violation has none", async () => {
  const { violation } = violated;
  const raced = { ...violated, ...(violation && { violation: { ...violation, spec: "session a\n" } }) };
  await writeScripts(createRunResult(createReleaseResult(raced)), { cwd });

  expect(await readScript(`${folder}/C3-negative.spec`)).toBe("session a\n");
  await writeScripts(createRunResult(createReleaseResult(violated)), { cwd });
  await expect(readScript(`${folder}/C3-negative.spec`)).rejects.toThrow("ENOENT");
  expect(await readScript(`${folder}/C3-negative.sql`)).toContain("violates C3");
});

test("no name leads out of the folder, and releases of one name have a folder each", async () => {
  const odd = { ...createReleaseResult({ ...violated, id: "../C3" }), name: "../../odd name" };
  const scripts = await writeScripts(createRunResult(odd, { ...odd, properties: [known] }), {
    cwd,
    folder: "out",
  });

  expect([...scripts.values()]).toEqual(["out/odd-name/C3.sql", "out/odd-name-2/C5.sql"]);
  expect(await readScript("out/odd-name-2/C5.sql")).toContain("violates C5");
});

test("a folder that cannot be made is a HarnessError with the path", async () => {
  await mkdir(join(cwd, "plumbline-out"));
  await writeFile(join(cwd, folder), "a file where the folder should be");
  const writing = writeScripts(createRunResult(createReleaseResult(violated)), { cwd });

  await expect(writing).rejects.toThrow(HarnessError);
  await expect(writing).rejects.toThrow(`${folder}/C3-negative.sql`);
});
