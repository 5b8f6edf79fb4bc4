import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadSuite } from "./load-suite.ts";

const source = fileURLToPath(new URL("property.ts", import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumbline-load-"));
  write("world.ts", "export const openContext = () => 'a world';");
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

function writeProperties(name: string, ...ids: string[]): void {
  const exported = ids.map((id, index) =>
    id.startsWith("O")
      ? `export const q${index} = question("${id}", "", async () => ({ answer: "", figures: {} }));`
      : `export const p${index} = property("${id}", "", { given: {}, holds: async () => undefined });`,
  );
  write(name, [`import { property, question } from ${JSON.stringify(source)};`, ...exported].join("\n"));
}

test("all that the property files export is there, in the order of the contract", async () => {
  writeProperties("some.property.ts", "V1", "C10", "C2-twice", "C2", "O2", "S1");
  writeProperties("others.property.ts", "R1", "A7", "G1", "M1", "C3", "O1", "K1", "L1");
  writeProperties("some.property.test.ts", "S9");
  writeProperties("properties.ts", "S8");
  const { properties, questions, openContext } = await loadSuite(folder);

  expect(properties.map(({ id }) => id)).toEqual("S1 A7 G1 C2 C2-twice C3 C10 K1 M1 R1 L1 V1".split(" "));
  expect(questions.map(({ id }) => id)).toEqual(["O1", "O2"]);
  expect(openContext(undefined as never)).toBe("a world");
});

test("what else a property file exports is passed over", async () => {
  writeProperties("some.property.ts", "S1");
  write(
    "more.property.ts",
    `export const type = "property"; export const limit = 3; export const none = null; export const absent = undefined;`,
  );

  expect((await loadSuite(folder)).properties.map(({ id }) => id)).toEqual(["S1"]);
});

test("an id that is there twice is refused and named", async () => {
  writeProperties("some.property.ts", "S1", "C3-null");
  writeProperties("others.property.ts", "C3-null");

  await expect(loadSuite(folder)).rejects.toThrow("Two properties have the id C3-null");
});

test("a file that cannot be loaded fails by name", async () => {
  writeProperties("some.property.ts", "S1");
  write("broken.property.ts", "import './nowhere.ts';");

  await expect(loadSuite(folder)).rejects.toThrow(/nowhere/);
});
