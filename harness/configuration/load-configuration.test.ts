import { join } from "node:path";
import { constant } from "fast-check";
import { expect, test } from "vitest";
import { HarnessError } from "../errors.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { defineConfig } from "./configuration.ts";
import { loadConfiguration } from "./load-configuration.ts";

const write = (text: string): string => createTemporaryFolder({ "plumbline.config.ts": text, "below/deep/file": "" });

test("the nearest configuration upwards is loaded, with its folder", async () => {
  const folder = write(`export default { rows: { organizations: { slug: "'org-' || n" }, users: "users.csv" } }`);

  expect(await loadConfiguration(join(folder, "below", "deep"))).toEqual({
    folder,
    configuration: { rows: { organizations: { slug: "'org-' || n" }, users: "users.csv" } },
  });
});

test("without a file the configuration is empty", async () => {
  const folder = createTemporaryFolder();

  expect(await loadConfiguration(folder)).toEqual({ folder, configuration: {} });
});

test("an arbitrary of another copy of fast-check is one, too", async () => {
  const folder = write("export default { rows: { t: { a: { generate: () => ({ value: 1 }) } } } }");
  const { configuration } = await loadConfiguration(folder);

  expect(Object.keys(configuration.rows?.["t"] ?? {})).toEqual(["a"]);
});

test("defineConfig returns what it is given", () => {
  const configuration = { rows: { t: { a: constant("x"), b: "1" } } };

  expect(defineConfig(configuration)).toBe(configuration);
});

test.each([
  ["export const x = 1", /plumbline\.config\.ts has no default export/],
  ["export default 3", /an object: export default defineConfig.*3/s],
  ["export default { row: {} }", /row/],
  ["export default { rows: [] }", /"rows" is not an object of tables/],
  ["export default { rows: { t: 5 } }", /"rows"\."t" is not an object of columns.*: 5/],
  [
    "export default { rows: { t: { a: 5 } } }",
    /"rows"\."t"\."a" is not a fast-check arbitrary or an SQL expression: 5/,
  ],
  [
    "export default { rows: { t: { a: '' } } }",
    /"rows"\."t"\."a" is not a fast-check arbitrary or an SQL expression: ""/,
  ],
])("what has the wrong type is named by path, expected and got: %s", async (text, message) => {
  const folder = write(text);
  const error = await loadConfiguration(folder).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

  expect(error).toBeInstanceOf(HarnessError);
  if (error instanceof HarnessError) expect(`${error.message}. ${error.remedy}`).toMatch(message);
});
