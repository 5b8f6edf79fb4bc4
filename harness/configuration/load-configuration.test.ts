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

test("every key of the design is known", async () => {
  const configuration = {
    layout: "dbmate",
    setup: ["CREATE EXTENSION citext", "platform/roles.sql"],
    role: "app",
    command: { up: "npm run migrate", step: "x", down: "y", cwd: "db", env: { DATABASE_URL: "{url}" }, timeout: 0.5 },
    rows: {},
    statements: ["SELECT 1"],
    sizes: { "public.events": 1_000_000, users: 0 },
    properties: "properties",
  };

  expect(await loadConfiguration(write(`export default ${JSON.stringify(configuration)}`))).toMatchObject({
    configuration,
  });
});

test.each([
  ["export const x = 1", /plumbline\.config\.ts has no default export/],
  ["export default 3", /an object: export default defineConfig.*3/s],
  ["export default { row: {} }", /the key "row" is not known\. Write "rows"; the known keys are layout, .*properties$/],
  ["export default { layout: 5 }", /"layout" is not the name of a migration tool: 5/],
  ["export default { setup: 'x.sql' }", /"setup" is not a list of SQL statements or paths of \.sql files: "x\.sql"/],
  ["export default { setup: ['', 5] }", /"setup"\[0\] is not an SQL statement or the path of a \.sql file: ""/],
  ["export default { role: ' ' }", /"role" is not the name of a role: " "/],
  ["export default { command: {} }", /the key "up" is missing in "command"/],
  ["export default { command: 'up' }", /"command" is not an object with the command line of up: "up"/],
  ["export default { command: { up: 'x', env: { A: 1 } } }", /"command"\."env"\."A" is not a text: 1/],
  ["export default { command: { up: 'x', timeout: 0 } }", /"command"\."timeout" is not a number of seconds above 0: 0/],
  ["export default { command: { up: 'x', after: 'y' } }", /the key "after" is not known in "command"/],
  ["export default { statements: [() => 1] }", /"statements"\[0\] is not an SQL statement.*: a function/],
  ["export default { sizes: { t: 1.5 } }", /"sizes"\."t" is not a whole number of rows, at least 0: 1\.5/],
  ["export default { sizes: { t: 5n } }", /"sizes"\."t" is not a whole number of rows, at least 0: 5n/],
  ["export default { sizes: new Map() }", /"sizes" is not an object of tables, each with its rows: an instance of Map/],
  ["export default { properties: [] }", /"properties" is not the path of a folder.*: \[\]/],
  [
    "export default { rows: { t: { generate: () => ({ value: 1 }) } } }",
    /"rows"\."t" is not an object of columns.*: \{\}/,
  ],
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
