/** The script of each bad example runs in psql on an empty database, and shows the fault at its end. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Databases } from "../../harness/database/databases.ts";
import type { Server } from "../../harness/database/server.ts";
import { listViolations } from "../../harness/property/property.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { loadSuite } from "../../harness/suite/load-suite.ts";
import { makeStep } from "../../harness/testing/example-release.ts";
import { hasPsql, runPsql } from "../../harness/testing/psql.ts";
import { createTemporaryFolder } from "../../harness/testing/temporary-directory.ts";
import { isShown } from "../credits/testing/evidence.ts";
import type { MigrationRule } from "./rule.ts";
import { REPEATABLE } from "./testing/judge-migration.ts";
import { openContext } from "./world.ts";

const EMPTY = { parts: [], build: async () => undefined };
const rules = (await loadSuite(import.meta.dirname)).properties as unknown as readonly MigrationRule[];
let server: Server;
let databases: Databases;

beforeAll(async () => {
  server = await startEmbedded();
  databases = new Databases(server);
});

afterAll(async () => {
  await databases?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

/** About migrations that are not one transaction. */
const OF_SPLIT = /^(?:re-runs\.[123]|completes\.[25])$/;

/** The violations of the bad example, applied as most tools do: each file in a transaction, unless its rule is about others. */
async function findViolations({ id, bad: { before, up, down, repeatable }, holds }: MigrationRule) {
  const step = async (path: string, sql: string) => ({
    ...(await makeStep(path, sql)),
    transaction: OF_SPLIT.test(id) ? ("statement" as const) : ("file" as const),
  });
  const lists = {
    baseline: [await makeStep("before.sql", before)],
    migrate: [await step("up.sql", up)],
    ...(down !== undefined && { "rollback.down": [await step("down.sql", down)] }),
  };
  const endings: (() => Promise<void>)[] = [];
  const world = openContext({
    release: {
      ...{ name: "example", folder: "/", knownFailures: [], lists },
      ...(repeatable && { origin: REPEATABLE }),
    },
    databases,
    atEnd: (work) => void endings.push(work),
  });
  try {
    return listViolations(await holds({}, world));
  } finally {
    await world.close();
    for (const end of endings) await end();
  }
}

const SHOWN = ["applies", "re-runs", "same-for-everyone", "completes", "sequences"];
const shown = rules.filter(({ rule }) => SHOWN.includes(rule));

test.skipIf(!hasPsql).each(shown)("$id", async (rule) => {
  const violations = await findViolations(rule);
  expect(violations).not.toEqual([]);
  for (const { script, evidence } of violations) {
    const file = join(createTemporaryFolder(), "script.sql");
    const parts = script.map(({ sql }, index) => (index === 0 ? `\\pset null NULL\n${sql}` : sql));
    const text = parts.join("\n\n");
    writeFileSync(file, text);
    await using database = await databases.clone(EMPTY);
    const outputs = await runPsql(server.connection(database.name), { file, text, parts });
    const errors = outputs
      .slice(0, -1)
      .flatMap(({ messages }) => messages.filter(({ severity }) => severity === "ERROR"));

    // What this rule is about fails, twice.
    expect(errors.length).toBe(rule.id === "re-runs.3" ? 2 : 0);
    expect(evidence !== undefined && isShown(evidence, outputs.at(-1) as (typeof outputs)[number])).toBe(true);
  }
});
