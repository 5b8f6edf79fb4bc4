/** However many rows and rollbacks are tried, few databases are open at a time. */
import { expect, test } from "vitest";
import type { DatabaseProvider } from "../../harness/database/database-provider.ts";
import { Databases } from "../../harness/database/databases.ts";
import type { Release } from "../../harness/release/release.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { makeStep } from "../../harness/testing/example-release.ts";
import { loadRuleExports } from "./read-declarations.ts";
import type { MigrationRule } from "./rule.ts";
import { openContext } from "./world.ts";

/** What trials share, what up left for the first rollback, and the one that a rule works on. */
const OPEN_MAX = 3;

/** Counts the databases that are not disposed of, and the most that there were at a time. */
class CountingDatabases implements DatabaseProvider {
  readonly #databases: Databases;
  open = 0;
  most = 0;
  all = 0;

  constructor(databases: Databases) {
    this.#databases = databases;
  }

  async clone(...given: Parameters<DatabaseProvider["clone"]>): ReturnType<DatabaseProvider["clone"]> {
    const database = await this.#databases.clone(...given);
    this.open += 1;
    this.all += 1;
    this.most = Math.max(this.most, this.open);
    let isOpen = true;

    return {
      ...database,
      [Symbol.asyncDispose]: async () => {
        await database[Symbol.asyncDispose]();
        if (isOpen) this.open -= 1;
        isOpen = false;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#databases[Symbol.asyncDispose]();
  }
}

const TOUCHED = `CREATE TABLE notes (id int PRIMARY KEY, body text NOT NULL, revision int NOT NULL DEFAULT 0);
CREATE FUNCTION count_revision() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN NEW.revision := OLD.revision + 1; RETURN NEW; END $$;
CREATE TRIGGER count_revision BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION count_revision();`;

async function makeRelease(): Promise<Release> {
  const down = await makeStep("down.sql", "UPDATE notes SET body = body || '.'; ALTER TABLE notes DROP label;");
  const lists = {
    baseline: [await makeStep("before.sql", TOUCHED)],
    migrate: [
      await makeStep("up.sql", "ALTER TABLE notes ADD label text; ALTER TABLE notes ALTER body DROP NOT NULL;"),
    ],
    "rollback.down": [down],
    "rollback.other": [down],
  };
  const restores = { "rollback.other": false };

  return { name: "example", folder: "/", knownFailures: [], lists, restores };
}

test("violations of all rules are made smaller with few databases open", async () => {
  await using server = await startEmbedded();
  await using counting = new CountingDatabases(new Databases(server));
  const endings: (() => Promise<void>)[] = [];
  const atEnd = (work: () => Promise<void>): void => void endings.push(work);
  const world = openContext({ release: await makeRelease(), databases: counting, notes: [], atEnd });
  const rules = (await loadRuleExports()).filter((each): each is MigrationRule => Object(each)?.kind === "property");
  const violated: string[] = [];
  for (const rule of rules) if (await rule.holds({}, world)) violated.push(rule.id);
  await world.close();
  for (const end of endings) await end();

  expect(violated).toContain("rolls-back.5");
  expect(counting.all).toBeGreaterThan(20);
  expect(counting.most).toBeLessThanOrEqual(OPEN_MAX);
  expect(counting.open).toBe(0);
}, 120_000);
