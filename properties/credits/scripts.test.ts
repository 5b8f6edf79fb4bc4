/**
 * Each violation of the published release has a script that runs in plain psql on an empty database and ends in what
 * shows the fault; with the files of the hardened release in place of the published ones it shows none.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { Databases } from "../../harness/database/databases.ts";
import type { PropertyResult, Violation } from "../../harness/property/verdict.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import type { ScriptPart } from "../../harness/release/script-part.ts";
import { cut } from "../../harness/release/split-statements.ts";
import { scriptOf } from "../../harness/report/script.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { loadSuite } from "../../harness/suite/load-suite.ts";
import { survey } from "../../harness/suite/run-suite.ts";
import { shows } from "./testing/evidence.ts";
import { counterProof } from "./testing/negative-control.ts";
import { type Message, runPsql, type Said } from "./testing/psql.ts";

const SEED = 42;
/** psql goes on with a new session. */
const RECONNECT = "\\connect";
const EMPTY = { parts: [], build: async () => undefined };

const folder = await mkdtemp(join(tmpdir(), "plumbline-scripts-"));
const server = await startEmbedded();
const databases = new Databases(server);
const suite = { ...(await loadSuite(fileURLToPath(new URL(".", import.meta.url)))), questions: [] };
const published = await readRelease(fileURLToPath(new URL("../../sql/published", import.meta.url)));
const hardened = await readRelease(fileURLToPath(new URL("../../sql/hardened", import.meta.url)));
const results = await decideAll();
const violated = results.flatMap((result) =>
  result.violation === undefined ? [] : [{ id: result.id, result, violation: result.violation }],
);

/** What takes several sessions is made ready by the script, and goes on by hand. */
const isByHand = ({ script }: Violation): boolean => script.some(({ sql }) => /^\\quit$/m.test(sql));
const inOnePsql = violated.filter(({ violation }) => !isByHand(violation));

afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function decideAll(): Promise<readonly PropertyResult[]> {
  const [release] = await survey([published], suite, databases, { seed: SEED });

  return release?.properties ?? [];
}

/** What psql says to each part of a script that tells the violation by these parts. */
async function inPsql(
  result: PropertyResult,
  violation: Violation,
  script: readonly ScriptPart[],
): Promise<readonly Said[]> {
  await using database = await databases.clone(EMPTY);
  const file = join(folder, `${database.name}.sql`);
  const text = scriptOf("a release", { ...result, violation: { ...violation, script } }, file) ?? "";
  await writeFile(file, text);

  return await runPsql(server.connection(database.name), { file, text, parts: script.map(({ sql }) => sql) });
}

/** What the server says beside the results, part by part, when each statement is sent by itself. */
async function replayed(script: readonly ScriptPart[]): Promise<readonly (readonly Message[])[]> {
  await using database = await databases.clone(EMPTY);
  let session = await database.connect();
  const said: Message[][] = [];

  for (const { sql } of script) {
    const messages: Message[] = [];
    if (sql === RECONNECT) {
      session = await database.connect();
    }
    for (const statement of sql === RECONNECT ? [] : await cut(sql)) {
      if (statement.kind === "sql") {
        const { notices, refusal } = await session.attempt(statement.text);
        messages.push(...notices.map(({ severity, message }) => ({ severity, text: message })));
        messages.push(...(refusal === undefined ? [] : [{ severity: "ERROR", text: refusal.message }]));
      }
    }
    said.push(messages);
  }

  return said;
}

/** Times and durations are others in every run. */
function still({ severity, text }: Message): string {
  const [line = ""] = text.split("\n");

  return `${severity}: ${line.replace(/\d{4}-\d\d-\d\d[ T][\d:.+]+|[\d.]+(?= ?ms\b)/g, "…")}`;
}

test("there are violations to show", () => {
  expect(violated.length).toBeGreaterThan(15);
});

test("only what takes several sessions goes on by hand", () => {
  const byHand = violated.filter(({ violation }) => isByHand(violation));

  expect(byHand.filter(({ id }) => !/^[KM]/.test(id))).toEqual([]);
});

test.for(inOnePsql)("$id: psql ends with what shows the fault", async ({ result, violation }) => {
  const said = await inPsql(result, violation, violation.script);
  const last = said.at(-1) ?? { results: [], messages: [] };

  expect(said).toHaveLength(violation.script.length);
  expect(shows(violation.got, last), `${violation.got}\n${JSON.stringify(last, undefined, 1)}`).toBe(true);
});

test.for(violated)("$id: psql has no trouble but what the harness has", async ({ result, violation }) => {
  const quit = violation.script.findIndex(({ sql }) => /^\\quit$/m.test(sql));
  const script = quit === -1 ? violation.script : violation.script.slice(0, quit);
  const said = await inPsql(result, violation, script);

  expect(said.map(({ messages }) => messages.map(still))).toEqual(
    (await replayed(script)).map((messages) => messages.map(still)),
  );
});

test.for(inOnePsql)("$id: what prepares the case is never refused", async ({ violation }) => {
  const said = await replayed(violation.script);
  const prepared = violation.script.flatMap(({ title, ofRelease }, index) =>
    ofRelease !== true && !/^(what |in use|an odd )/.test(title) ? (said[index] ?? []) : [],
  );

  expect(prepared.filter(({ severity }) => severity === "ERROR")).toEqual([]);
});

const comparable = inOnePsql.flatMap((one) => {
  const script = counterProof(one.violation.script, hardened);

  return script === undefined || isShownByItself(one.violation) ? [] : [{ ...one, script }];
});

/** Where a statement of the published release shows the fault, the files before it have no part in that. */
function isShownByItself({ script }: Violation): boolean {
  const { title = "", sql = "" } = script.at(-1) ?? {};
  const statements = published.migrate.flatMap((step) => step.statements);

  return title === "what shows it" && statements.some(({ text }) => sql.includes(text));
}

test("most have a counter-proof", () => {
  expect(comparable.length).toBeGreaterThan(0.7 * inOnePsql.length);
});

test.for(comparable)("$id: the hardened release does not show it", async ({ result, violation, script }) => {
  const last = (await inPsql(result, violation, script)).at(-1) ?? { results: [], messages: [] };

  expect(shows(violation.got, last), `${violation.got}\n${JSON.stringify(last, undefined, 1)}`).toBe(false);
});

test("the same seed gives the same verdicts, counterexamples and scripts", async () => {
  const told = (one: readonly PropertyResult[]) =>
    one.map(({ durationMs: _, ...result }) => ({
      ...result,
      script: scriptOf(published.name, result as PropertyResult, "x.sql"),
    }));

  expect(told(await decideAll())).toEqual(told(results));
}, 120_000);
