/**
 * Each kind of violation of the published release has a script that runs in psql on an empty database and shows the violation at
 * its end. With the files of the hardened release, as a negative control, the first kind of each property does not.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Databases } from "../../harness/database/databases.ts";
import type { PropertyResult, Violation } from "../../harness/property/verdict.ts";
import { getOwnLists, isRollback, listSteps } from "../../harness/release/lists.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import type { ScriptPart } from "../../harness/release/script-part.ts";
import { splitStatements } from "../../harness/release/split-statements.ts";
import { formatName, splitKinds } from "../../harness/report/kinds.ts";
import { formatScript } from "../../harness/report/write-scripts.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { loadSuite } from "../../harness/suite/load-suite.ts";
import { runSuites } from "../../harness/suite/run-suite.ts";
import { hasPsql, type PsqlMessage, type PsqlOutput, runPsql } from "../../harness/testing/psql.ts";
import { createTemporaryFolder } from "../../harness/testing/temporary-directory.ts";
import { isShown } from "./testing/evidence.ts";
import { buildNegativeControl } from "./testing/negative-control.ts";

interface Violated {
  readonly id: string;
  readonly result: PropertyResult;
  readonly violation: Violation;
}

const RECONNECT = "\\connect";
const EMPTY = { parts: [], build: async () => undefined };

const server = await startEmbedded();
const databases = new Databases(server);
const published = await readRelease(join(import.meta.dirname, "../../sql/published"));
const hardened = await readRelease(join(import.meta.dirname, "../../sql/hardened"));
const violated = await checkPublished();

/** The script of several sessions goes on by hand after its preparation. */
const isByHand = ({ violation }: Violated): boolean => violation.script.some(({ sql }) => /^\\quit$/m.test(sql));
const inOnePsql = violated.filter((one) => !isByHand(one));
/** The scripts of the further kinds of a property are made by the same code. */
const isFirstKind = ({ result }: Violated, index: number, all: readonly Violated[]): boolean =>
  all.findIndex((other) => other.result.id === result.id) === index;
const outputs = new Map<string, Promise<readonly PsqlOutput[]>>();
const replays = new Map<string, Promise<readonly (readonly PsqlMessage[])[]>>();

afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function checkPublished(): Promise<readonly Violated[]> {
  const whole = await loadSuite(import.meta.dirname);
  const listed = published.knownFailures.map(({ property }) => property);
  const properties = whole.properties.filter(({ id }) => listed.includes(id));
  const suite = { ...whole, properties, questions: [] };
  const [release] = await runSuites([{ release: published, suite }], databases, { seed: 42 });

  return (release?.properties ?? [])
    .flatMap(splitKinds)
    .flatMap((result) =>
      result.violation === undefined ? [] : [{ id: formatName(result), result, violation: result.violation }],
    );
}

/** Runs the script in psql, once for each violation. */
function runScript(violated: Violated): Promise<readonly PsqlOutput[]> {
  const output = outputs.get(violated.id) ?? runParts(violated, beforeQuit(violated));
  outputs.set(violated.id, output);

  return output;
}

async function runParts(
  { result, violation }: Violated,
  script: readonly ScriptPart[],
): Promise<readonly PsqlOutput[]> {
  await using database = await databases.clone(EMPTY);
  const file = join(createTemporaryFolder(), "script.sql");
  const text = formatScript("a release", { ...result, violation: { ...violation, script } }, file) ?? "";
  writeFileSync(file, text);

  return await runPsql(server.connection(database.name), { file, text, parts: script.map(({ sql }) => sql) });
}

/** The messages for each part when the harness sends each statement, once for each violation. */
function replay(violated: Violated): Promise<readonly (readonly PsqlMessage[])[]> {
  const messages = replays.get(violated.id) ?? replayParts(beforeQuit(violated));
  replays.set(violated.id, messages);

  return messages;
}

async function replayParts(script: readonly ScriptPart[]): Promise<readonly (readonly PsqlMessage[])[]> {
  await using database = await databases.clone(EMPTY);
  let session = await database.connect();
  const parts: PsqlMessage[][] = [];

  for (const { sql } of script) {
    const messages: PsqlMessage[] = [];
    if (sql === RECONNECT) {
      session = await database.connect();
    }
    for (const statement of sql === RECONNECT ? [] : await splitStatements(sql)) {
      if (statement.kind === "sql") {
        const { notices, error } = await session.tryExecute(statement.text);
        messages.push(...notices.map(({ severity, message }) => ({ severity, text: message })));
        messages.push(...(error === undefined ? [] : [{ severity: "ERROR", text: error.message }]));
      }
    }
    parts.push(messages);
  }

  return parts;
}

function beforeQuit({ violation: { script } }: Violated): readonly ScriptPart[] {
  const quit = script.findIndex(({ sql }) => /^\\quit$/m.test(sql));

  return quit === -1 ? script : script.slice(0, quit);
}

/** The first line, without times and durations, which differ between runs. */
function normalize({ severity, text }: PsqlMessage): string {
  const [line = ""] = text.split("\n");

  return `${severity}: ${line.replace(/\d{4}-\d\d-\d\d[ T][\d:.+]+|[\d.]+(?= ?ms\b)/g, "…")}`;
}

/** Whether a statement of the published release itself shows the violation, whatever files run before it. */
function isShownByStatement({ violation: { script } }: Violated): boolean {
  const { title = "", sql = "" } = script.at(-1) ?? {};
  const names = getOwnLists(published).filter((list) => list === "migrate" || isRollback(list));
  const statements = listSteps(published, names).flatMap(({ step }) =>
    step.statements.filter(({ node }) => node !== "TransactionStmt"),
  );

  return title === "reproduces the violation" && statements.some(({ text }) => sql.includes(text));
}

describe("the scripts of the published release", () => {
  const controls = inOnePsql.filter(isFirstKind).flatMap((one) => {
    const script = buildNegativeControl(one.violation.script, hardened);

    return script === undefined || isShownByStatement(one) ? [] : [{ ...one, script }];
  });

  test("are many, and most have a negative control", () => {
    expect(violated.length).toBeGreaterThan(15);
    expect(controls.length).toBeGreaterThan(0.7 * inOnePsql.filter(isFirstKind).length);
  });

  test("go on by hand only where they take several sessions", () => {
    expect(violated.filter((one) => isByHand(one) && !/^[KM]|-race\b/.test(one.id))).toEqual([]);
  });

  test.runIf(hasPsql).for(inOnePsql)("$id: psql shows the violation at the end", async (one) => {
    const { evidence, got, script } = one.violation;
    const output = await runScript(one);
    const last = output.at(-1) ?? { results: [], messages: [] };

    expect(output).toHaveLength(script.length);
    expect(evidence, `the property states the evidence of: ${got}`).toBeDefined();
    expect(
      evidence !== undefined && isShown(evidence, last),
      `${got}\n${JSON.stringify({ evidence, last }, undefined, 1)}`,
    ).toBe(true);
  });

  test.runIf(hasPsql).for(violated.filter(isFirstKind))(
    "$id: psql prints the messages that the harness received",
    async (one) => {
      const printed = await runScript(one);

      expect(printed.map(({ messages }) => messages.map(normalize))).toEqual(
        (await replay(one)).map((messages) => messages.map(normalize)),
      );
    },
  );

  test.for(inOnePsql.filter(isFirstKind))("$id: the preparation has no errors", async (one) => {
    const messages = await replay(one);
    const prepared = one.violation.script.flatMap(({ title, isFromRelease: ofRelease }, index) =>
      ofRelease !== true && !/^(what |in use|an odd |an invalid |reproduces )/.test(title)
        ? (messages[index] ?? [])
        : [],
    );

    expect(prepared.filter(({ severity }) => severity === "ERROR")).toEqual([]);
  });

  test.runIf(hasPsql).for(controls)("$id: the hardened release does not show it", async ({ script, ...one }) => {
    const { evidence, got } = one.violation;
    const last = (await runParts(one, script)).at(-1) ?? { results: [], messages: [] };

    expect(
      evidence !== undefined && isShown(evidence, last),
      `${got}\n${JSON.stringify({ evidence, last }, undefined, 1)}`,
    ).toBe(false);
  });
});
