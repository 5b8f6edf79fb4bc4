import { expect, test } from "vitest";
import { makeStep } from "../testing/example-release.ts";
import type { Step, TransactionMode } from "./release.ts";
import { toFirstPart, toPartsUpTo, toScriptParts } from "./script-part.ts";

async function stepsIn(transaction: TransactionMode, ...sources: readonly string[]): Promise<readonly Step[]> {
  return await Promise.all(
    sources.map(async (source, index) => ({ ...(await makeStep(`${index + 1}.sql`, source)), transaction })),
  );
}

async function scriptsIn(transaction: TransactionMode, ...sources: readonly string[]): Promise<readonly string[]> {
  return toScriptParts(await stepsIn(transaction, ...sources)).map(({ sql }) => sql);
}

test("a script has the transactions of the steps", async () => {
  const sources = ["SELECT 1; SELECT 2;", "\n\nSELECT 3"];

  expect(await scriptsIn("statement", ...sources)).toEqual(["SELECT 1; SELECT 2;", "SELECT 3\n;"]);
  expect(await scriptsIn("file", ...sources)).toEqual([
    "BEGIN;\n\nSELECT 1; SELECT 2;\n\nCOMMIT;\n",
    "BEGIN;\n\nSELECT 3\n;\n\nCOMMIT;\n",
  ]);
  expect(await scriptsIn("run", ...sources)).toEqual(["BEGIN;\n\nSELECT 1; SELECT 2;\n", "SELECT 3\n;\n\nCOMMIT;\n"]);
  expect(await scriptsIn("query", ...sources)).toEqual(["SELECT 1 \\;\n\nSELECT 2;\n", "SELECT 3;\n"]);
});

test("what the tool sends before a file is in the transaction of the file, and before the message", async () => {
  const before = ["RESET ALL"];
  const [file] = await stepsIn("file", "SELECT 1;");
  const [query] = await stepsIn("query", "SELECT 1;");

  expect(toScriptParts([{ ...(file as Step), before }])[0]?.sql).toBe("BEGIN;\n\nRESET ALL;\nSELECT 1;\n\nCOMMIT;\n");
  expect(toScriptParts([{ ...(query as Step), before }])[0]?.sql).toBe("RESET ALL;\nSELECT 1;\n");
});

test.each([
  ["statement", ["SELECT 1;", "SELECT 2;"]],
  ["file", ["BEGIN;\n\nSELECT 1;", "SELECT 2;\n\nCOMMIT;"]],
  ["query", ["SELECT 1 \\;", "SELECT 2;"]],
] as const)("a script that ends at a failing statement ends its transaction: %s", async (mode, expected) => {
  const [step] = (await stepsIn(mode, "SELECT 1; SELECT 2; SELECT 3;")) as [Step];
  const statement = step.statements[1];

  expect(statement && toPartsUpTo(step, statement).map(({ sql }) => sql)).toEqual(expected);
});

test("the first statements of a file are committed", async () => {
  const [step] = (await stepsIn("file", "SELECT 1; SELECT 2;")) as [Step];

  expect(toFirstPart(step, 1).sql).toBe("BEGIN;\n\nSELECT 1;\n\nCOMMIT;\n");
});

test("psql connects again where new sessions begin with another search path", async () => {
  const [first, second] = await scriptsIn("statement", "ALTER DATABASE shop SET search_path TO app;", "SELECT 2;");

  expect([first, second]).toEqual(["ALTER DATABASE shop SET search_path TO app;\n\\connect -\n", "SELECT 2;"]);
});

test("generated rows are shown, and the release's own files are named", async () => {
  const [file, rows] = (await stepsIn("statement", "SELECT 1;", "INSERT INTO t VALUES (1);")) as [Step, Step];

  expect(toScriptParts([file, { ...rows, isGenerated: true }]).map(({ isFromRelease }) => isFromRelease)).toEqual([
    true,
    false,
  ]);
});
