/** What triggers that were there before a migration write besides is not the migration's. */
import { expect, test } from "vitest";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import { runsAgain } from "./completes.property.ts";
import { doesNotAccumulate, resumes } from "./re-runs.property.ts";
import { sameForSettings } from "./same-for-everyone.property.ts";
import { judgeMigration } from "./testing/judge-migration.ts";

const databases = useDatabases();

const AUDITED = `CREATE TABLE items (id int PRIMARY KEY, price int NOT NULL, sold timestamptz NOT NULL);
CREATE TABLE audit (id bigserial PRIMARY KEY, old jsonb, new jsonb);
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit (old, new) VALUES (to_jsonb(OLD), to_jsonb(NEW));
    RETURN NULL;
END $$;
CREATE TRIGGER audit AFTER UPDATE ON items FOR EACH ROW EXECUTE FUNCTION audit();`;
const INDEX = "DROP INDEX CONCURRENTLY IF EXISTS by_price; CREATE INDEX CONCURRENTLY by_price ON items (price);";

test.each<[title: string, up: string, down: string | undefined, findings: readonly string[]]>([
  ["rows that it updates", `UPDATE items SET price = 7; ${INDEX}`, undefined, []],
  ["rows that the way back updates", INDEX, "UPDATE items SET price = 7", []],
  [
    "rows that it updates in each run",
    `UPDATE items SET price = price + 1; ${INDEX}`,
    undefined,
    ["re-runs.1 re-run-differs public.items.price", "completes.2 second-run-changes public.items.price"],
  ],
  [
    "rows that it writes itself",
    `UPDATE items SET price = 7; INSERT INTO audit (old) VALUES ('{}'); ${INDEX}`,
    undefined,
    [
      "same-for-everyone.1 time-zone-decides public.audit.old",
      "same-for-everyone.1 time-zone-decides public.audit.new",
      "re-runs.1 re-run-differs public.audit",
      "completes.2 second-run-changes public.audit",
    ],
  ],
])("the audit log holds no more than it should: %s", async (_title, up, down, findings) => {
  const example = { before: AUDITED, up, ...(down !== undefined && { down }) };
  const rules = [sameForSettings, resumes, doesNotAccumulate, runsAgain];

  expect((await judgeMigration(databases, rules, example)).findings).toEqual(findings);
});
