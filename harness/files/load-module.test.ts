import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { HarnessError } from "../errors.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { loadModule } from "./load-module.ts";

const folder = createTemporaryFolder();

async function written(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);

  return file;
}

test("loads what a file exports", async () => {
  const file = await written("sound.mjs", "export const one = 1;\nexport const two = 2;\n");

  expect({ ...(await loadModule(file)) }).toEqual({ one: 1, two: 2 });
});

test.each([
  [
    "a file that throws",
    "throws.mjs",
    "export const one = 1;\nthrow new Error('no such thing');\n",
    /throws\.mjs cannot be loaded: no such thing \(\S*throws\.mjs, line 2\)$/,
  ],
  [
    "what a file throws that it imports",
    "imports.mjs",
    "import './thrown.mjs';\n",
    /imports\.mjs cannot be loaded: none \(\S*thrown\.mjs, line 1\)$/,
  ],
  ["an error of syntax", "syntax.mjs", "export const one = = 1;\n", /syntax\.mjs cannot be loaded: \S/],
  ["an import of nothing", "import.mjs", "import './nowhere.mjs';\n", /nowhere\.mjs/],
  ["a thrown value that is not an error", "value.mjs", "throw 'a string';\n", /cannot be loaded: a string$/],
])("%s is an error that names the file", async (_case, name, text, message) => {
  await written("thrown.mjs", "throw new Error('none');\n");
  const thrown: unknown = await loadModule(await written(name, text)).catch((error: unknown) => error);

  expect(thrown).toBeInstanceOf(HarnessError);
  expect(thrown).toMatchObject({
    message: expect.stringMatching(message),
    remedy: "Fix it, or what it imports",
  });
  expect(String(thrown)).toContain(`${name} cannot be loaded: `);
});
