/** Both releases are verified on schemas that are unlike the document's: what holds there holds here too. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Databases } from "../../harness/database/databases.ts";
import type { Server } from "../../harness/database/server.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import type { Release } from "../../harness/release/release.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { loadSuite } from "../../harness/suite/load-suite.ts";
import { runSuites } from "../../harness/suite/run-suite.ts";
import { createTemporaryFolder } from "../../harness/testing/temporary-directory.ts";
import { applyCanary, canary, replace, rewrite } from "./canaries/canary.ts";

const folder = import.meta.dirname;
const all = await loadSuite(folder);
/** At least one property for each way in which properties use the tables. */
const IDS = [
  "S1",
  "S2",
  "S3",
  "A1",
  "A5",
  "C1",
  "C3",
  "K1",
  "K2",
  "M1",
  "M4",
  "M4-steps",
  "R2",
  "R5",
  "L2",
  "X1",
  "X3",
  "V1",
  "V2",
];
/** Those that depend on where the tables are. */
const PLACE_IDS = ["S1", "S3", "A5", "C1", "M1", "M4-steps", "R2", "R5", "L2", "X1", "X3", "V1", "V2"];
const read = (path: string) => readFileSync(join(folder, path), "utf8");
const PLAIN = read("../../sql/baseline/schema.sql");
const BASELINES: Readonly<Record<string, string>> = Object.fromEntries(
  ["agency", "dumped", "ledger", "tenant"].map((name) => [name, read(`testing/baselines/${name}.sql`)]),
);
/** The document's tables outside of public, by what puts their schema on the search_path. */
const PLACES: Readonly<Record<string, string>> = {
  '"$user"': `DO $$ BEGIN EXECUTE format('CREATE SCHEMA %I', current_user); END $$;
${PLAIN}`,
  "ALTER ROLE … IN DATABASE": `CREATE SCHEMA "my app";
DO $$ BEGIN
  EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = "my app", public', current_user, current_database());
END $$;
SET search_path = "my app", public;
${PLAIN}`,
};

let server: Server;

beforeAll(async () => {
  server = await startEmbedded();
});

afterAll(async () => await server[Symbol.asyncDispose]());

/** The release on another baseline. */
async function onBaseline(release: string, sql = ""): Promise<Release> {
  const manifest = { name: "foreign", baseline: ["schema.sql"], migrate: ["schema.sql"] };
  const scratch = createTemporaryFolder({ "release.json": JSON.stringify(manifest), "schema.sql": sql });
  const { lists } = await readRelease(scratch);
  const found = await readRelease(join(folder, "../../sql", release));

  return { ...found, lists: { ...found.lists, baseline: lists.baseline } };
}

async function verify(release: Release, ids = IDS): Promise<Record<string, string>> {
  await using databases = new Databases(server);
  const suite = { ...all, properties: all.properties.filter(({ id }) => ids.includes(id)), questions: [] };
  const [result] = await runSuites([{ release, suite }], databases, { seed: 1, runs: 6 });

  return Object.fromEntries(
    (result?.properties ?? []).map(({ id, verdict, reason, violation }) => [
      id,
      verdict === "held" ? verdict : `${verdict}: ${reason ?? violation?.got}`,
    ]),
  );
}

const allHeld = (ids: readonly string[]) => Object.fromEntries(ids.map((id) => [id, "held"]));

describe.each(Object.keys(BASELINES))("on the baseline %s", (name) => {
  test("the hardened release holds", async () => {
    expect(await verify(await onBaseline("hardened", BASELINES[name]))).toEqual(allHeld(IDS));
  }, 120_000);
});

describe("with organizations in partitions", () => {
  const ids = [...IDS, "S4-interrupted", "M4-deadlock"];
  const baseline = read("testing/baselines/partitioned.sql");

  test("a release that builds its index on each partition holds", async () => {
    const indexes = rewrite("2.3-indexes.sql", read("testing/baselines/partitioned-indexes.sql"));
    const release = await onBaseline("hardened", baseline);

    expect(await verify(await applyCanary(canary("M4", "for partitions", indexes), release), ids)).toEqual(
      allHeld(ids),
    );
  }, 120_000);

  test("one that builds it concurrently on the table fails where it does so", async () => {
    expect(await verify(await onBaseline("hardened", baseline), ["M4-steps", "C1"])).toEqual({
      "M4-steps": expect.stringMatching(/^violated: .*cannot create index on partitioned table "organizations" conc/),
      C1: expect.stringMatching(/^unknown: .*2\.3-indexes\.sql, line 22: ERROR: cannot create index on partitioned/),
    });
  }, 120_000);
});

test("no release is accused of what the user's own functions do with their owner's rights", async () => {
  // A cast to a type that the release's functions name, too.
  const sql = `${PLAIN}
CREATE TABLE audit_log (id BIGSERIAL PRIMARY KEY, row_before JSONB);
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    INSERT INTO audit_log (row_before) VALUES (to_jsonb(OLD)::text::jsonb);
    RETURN NULL;
END $$;
CREATE TRIGGER audit AFTER UPDATE ON organizations FOR EACH ROW EXECUTE FUNCTION audit();`;

  expect(await verify(await onBaseline("hardened", sql), ["X1", "X3"])).toEqual({ X1: "held", X3: "held" });
}, 120_000);

test("nothing is undecided where times have no default and a status is a number", async () => {
  const ids = ["S3", "M1", "M4-steps", "M4-cascade", "M6-traffic", "X1", "X3"];
  const sql = PLAIN.replace("status TEXT DEFAULT 'active'", "status INTEGER NOT NULL DEFAULT 0").replaceAll(
    /(\w+_at) TIMESTAMPTZ DEFAULT now\(\)/g,
    "$1 TIMESTAMP NOT NULL",
  );

  expect(await verify(await onBaseline("hardened", sql), ids)).toEqual(allHeld(ids));
}, 120_000);

test("what a default fills at random is compared with nothing", async () => {
  const ids = ["S3", "A5", "M2", "X3"];
  const key = "ADD COLUMN api_key TEXT NOT NULL DEFAULT gen_random_uuid()::text UNIQUE";

  expect(await verify(await onBaseline("hardened", `${PLAIN} ALTER TABLE organizations ${key};`), ids)).toEqual(
    allHeld(ids),
  );
}, 120_000);

test("organizations that come with the baseline are not counted", async () => {
  const ids = ["M1", "M4", "M6", "M8", "V1", "V3"];
  const sql = `${PLAIN}
INSERT INTO organizations (id, name, plan_name) VALUES ('00000000-0000-0000-0000-000000000001', 'Demo', 'premium');
INSERT INTO credit_actions (organization_id, action_type) VALUES ('00000000-0000-0000-0000-000000000001', 'purchase');`;

  expect(await verify(await onBaseline("hardened", sql), ids)).toEqual(allHeld(ids));
}, 120_000);

test("nothing is undecided where the log takes the actions of the contract alone", async () => {
  const ids = ["S3", "K4", "R4-atomic", "L1"];
  const actions = [
    "allocation",
    "rollback",
    ...["ai", "whatsapp", "email", "sms"].map((type) => `${type}_consumption`),
  ];
  const list = actions.map((action) => `'${action}'`).join(", ");
  const sql = PLAIN.replace("action_type TEXT", `CHECK (action_type IN (${list})), action_type TEXT`);

  expect(await verify(await onBaseline("hardened", sql), ids)).toEqual(allHeld(ids));
}, 120_000);

test("no release is accused of what the schema before refuses an application", async () => {
  const ids = ["M3", "M4", "M4-steps", "M4-deadlock", "M7", "L3", "R5-blocked"];
  const sql = `${PLAIN}
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.name, NEW.plan_name, NEW.status) IS DISTINCT FROM (OLD.name, OLD.plan_name, OLD.status) THEN
        RAISE EXCEPTION 'only support may do that';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON organizations FOR EACH ROW EXECUTE FUNCTION keep();`;

  expect(await verify(await onBaseline("hardened", sql), ids)).toEqual(allHeld(ids));
}, 120_000);

test("calls compete for credits where the user's triggers keep the log as it is", async () => {
  const ids = ["A7-race", "K1", "K2", "K3", "K4"];
  const sql = `${PLAIN}
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'only INSERT'; END $$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON credit_actions FOR EACH ROW EXECUTE FUNCTION keep();`;

  expect(await verify(await onBaseline("hardened", sql), ids)).toEqual(allHeld(ids));
}, 120_000);

test("a trigger of the user that updates other organizations leaves undecided which calls wait", async () => {
  const ids = ["A5", "C1", "K3", "K3-order", "K3-paused", "K4", "M1", "M3", "M4", "M4-deadlock", "M5"];
  const decided = ["A5", "C1", "M1"];
  const sql = `${PLAIN}
ALTER TABLE organizations ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;
CREATE FUNCTION count_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE organizations SET changes = changes + 1 WHERE id <> NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER count_changes AFTER UPDATE ON organizations
FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION count_changes();`;

  expect(await verify(await onBaseline("hardened", sql), ids)).toEqual(
    Object.fromEntries(
      ids.map((id) => [
        id,
        decided.includes(id) ? "held" : expect.stringMatching(/^unknown: in the schema before, updates of different/),
      ]),
    ),
  );
}, 120_000);

// On the others its calls with an enum of plans fail, and most rules with them.
describe.each(["agency", "dumped"])("on the baseline %s", (name) => {
  test("the published release breaks what it breaks on its own baseline, and nothing is undecided", async () => {
    const verdicts = await verify(await onBaseline("published", BASELINES[name]));

    expect(Object.entries(verdicts).filter(([, verdict]) => verdict.startsWith("unknown"))).toEqual([]);
    for (const id of ["S1", "C3", "L2", "X1"])
      expect([id, verdicts[id]]).toEqual([id, expect.stringMatching(/^violated/)]);
    for (const id of ["A1", "C1", "M4-steps"]) expect([id, verdicts[id]]).toEqual([id, "held"]);
  }, 120_000);
});

describe.each(Object.keys(PLACES))("with the tables in a schema that %s puts on the path", (place) => {
  test("the hardened release holds", async () => {
    const release = await onBaseline("hardened", PLACES[place]);

    expect(await verify(release, PLACE_IDS)).toEqual(allHeld(PLACE_IDS));
  }, 120_000);

  test("the published release breaks what it breaks in public", async () => {
    const ids = ["S1", "S3", "C1", "L2", "X1"];

    expect(await verify(await onBaseline("published", PLACES[place]), ids)).toEqual({
      S1: expect.stringMatching(/^violated/),
      S3: "held",
      C1: "held",
      L2: expect.stringMatching(/^violated/),
      X1: expect.stringMatching(/^violated/),
    });
  }, 120_000);
});

test("a release that changes what the user's trigger counts is found where it had no row to update", async () => {
  const counting = replace(
    "2.2-functions.sql",
    "    -- Log the allocation\n",
    "    UPDATE organizations SET revision = revision + 1 WHERE id <> p_organization_id;\n\n    -- Log the allocation\n",
  );
  const release = await onBaseline("hardened", BASELINES["agency"]);

  expect(await verify(await applyCanary(canary("A5", "it counts others", counting), release), ["A1", "A5"])).toEqual({
    A1: "held",
    A5: expect.stringMatching(/^violated: organization \S+ now has .*revision 1/),
  });
}, 120_000);
