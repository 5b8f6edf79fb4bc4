import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { codePath } from "../files/installation.ts";
import type { Release } from "../release/release.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { loadReleaseSuite, loadSuite, type Suite } from "./load-suite.ts";
import { openMigrationContext } from "./migration-context.ts";

const source = codePath("harness/index.ts");
let folder: string;

beforeEach(() => {
  folder = createTemporaryFolder();
});

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

describe("a suite", () => {
  test("has all that the property files export, sorted by rule", async () => {
    writeProperties("some.property.ts", "V1", "C10", "C2-twice", "C2", "O2", "S1");
    writeProperties("others.property.ts", "R1", "A7", "G1", "M1", "C3", "O1", "K1", "L1");
    writeProperties("some.property.test.ts", "S9");
    writeProperties("properties.ts", "S8");
    const { properties, questions } = await loadSuite(folder);

    expect(properties.map(({ id }) => id)).toEqual("S1 A7 G1 C2 C2-twice C3 C10 K1 M1 R1 L1 V1".split(" "));
    expect(questions.map(({ id }) => id)).toEqual(["O1", "O2"]);
  });

  test("ignores what else a property file exports", async () => {
    writeProperties("some.property.ts", "S1");
    write(
      "more.property.ts",
      `export const type = "property"; export const limit = 3; export const none = null; export const absent = undefined;`,
    );

    expect((await loadSuite(folder)).properties.map(({ id }) => id)).toEqual(["S1"]);
  });

  test("takes the context and the renamed ids from world.ts, and has defaults without it", async () => {
    expect(await loadSuite(folder)).toMatchObject({ openContext: openMigrationContext, renamed: {} });
    write("world.ts", "export const openContext = () => 'a context'; export const renamed = { S1: 'S2' };");
    const { openContext, renamed } = await loadSuite(folder);

    expect(Reflect.apply(openContext, undefined, [])).toBe("a context");
    expect(renamed).toEqual({ S1: "S2" });
  });

  test("must not have the same id twice", async () => {
    writeProperties("some.property.ts", "S1", "C3-null");
    writeProperties("others.property.ts", "C3-null");

    await expect(loadSuite(folder)).rejects.toThrow(`${folder}: two properties have the id C3-null`);
  });

  test("names the file that cannot be loaded", async () => {
    writeProperties("some.property.ts", "S1");
    write("broken.property.ts", "import './nowhere.ts';");

    await expect(loadSuite(folder)).rejects.toThrow(/nowhere/);
  });
});

describe("the suite of a release", () => {
  const release = (properties?: string): Release => ({
    name: "some",
    folder,
    lists: { baseline: [], migrate: [] },
    knownFailures: [],
    ...(properties === undefined ? {} : { properties }),
  });

  const ids = ({ properties }: Suite): readonly string[] => properties.map(({ id }) => id);

  test("is in a folder relative to its own, or comes with the program", async () => {
    writeProperties("some.property.ts", "S1");
    expect(ids(await loadReleaseSuite(release(".")))).toContain("S1");
    expect(ids(await loadReleaseSuite(release("pg-plumbline/credits")))).toContain("C3");
  });

  test("has the rules of any migration beside its own properties, or alone", async () => {
    const general = ids(await loadReleaseSuite(release()));
    expect(general).toContain("applies.1");

    writeProperties("some.property.ts", "S1");
    expect(ids(await loadReleaseSuite(release(".")))).toEqual(["S1", ...general]);
  });

  test("is what the nearest configuration names, where the release names none", async () => {
    write("plumbline.config.ts", 'export default { properties: "own" };');
    const migrations = join(folder, "db", "migrations");
    mkdirSync(migrations, { recursive: true });
    const load = async () => await loadReleaseSuite({ ...release(), folder: migrations });

    await expect(load()).rejects.toThrow(`${join(folder, "plumbline.config.ts")}: there are no properties in own`);
    mkdirSync(join(folder, "own"));
    writeProperties("own/some.property.ts", "S1");
    expect(ids(await load())).toEqual(expect.arrayContaining(["S1", "applies.1"]));
  });

  test("opens a context of the suite that a property comes from", async () => {
    writeProperties("some.property.ts", "S1");
    write("world.ts", "export const openContext = () => 'own';");
    const { properties, openContext } = await loadReleaseSuite(release("."));
    const open = (id: string): unknown =>
      Reflect.apply(openContext, undefined, [
        { release: release("."), databases: {} },
        properties.find((property) => property.id === id),
      ]);

    expect(open("S1")).toBe("own");
    expect(open("applies.1")).toMatchObject({ release: { name: "some" } });
  });

  test.each([
    ["elsewhere", /release\.json: there are no properties in elsewhere$/, /pg-plumbline\/credits$/],
    ["pg-plumbline/other", /there are no properties in pg-plumbline\/other$/, /pg-plumbline\/credits$/],
    [".", /no \*\.property\.ts file there exports a property$/, /^Write one: /],
  ])("%s is an error that says what to write", async (properties, message, remedy) => {
    await expect(loadReleaseSuite(release(properties))).rejects.toMatchObject({
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
    });
  });

  test("gets the nearest configuration for each of its contexts, and refuses one that is wrong", async () => {
    writeProperties("some.property.ts", "S1");
    write("plumbline.config.ts", "export default { rows: { t: { a: \"'x'\" } } };");
    write("world.ts", "export const openContext = (resources) => resources;");
    const { openContext } = await loadReleaseSuite(release("."));

    expect(Reflect.apply(openContext, undefined, [{}])).toEqual({
      configuration: { folder, configuration: { rows: { t: { a: "'x'" } } } },
    });
    const wrong = createTemporaryFolder({ "plumbline.config.ts": "export default { sizes: 5 };" });
    await expect(loadReleaseSuite({ ...release("pg-plumbline/credits"), folder: wrong })).rejects.toThrow(
      /"sizes" is not an object of tables.*: 5/,
    );
  });
});
