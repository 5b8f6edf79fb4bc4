/** What `completes.1` finds of UPDATEs in DO blocks and functions. */
import { expect, test } from "vitest";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import { updatesStand } from "./completes.property.ts";
import { judgeMigration } from "./testing/judge-migration.ts";

const databases = useDatabases();

const PAGES = `CREATE TABLE pages (id int PRIMARY KEY, title text NOT NULL, rank int, n int NOT NULL DEFAULT 0);
CREATE TABLE tags (name text PRIMARY KEY, uses int);`;
const SET_BACK = `${PAGES} CREATE FUNCTION set_back() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN NEW.rank := OLD.rank; RETURN NEW; END $$;
CREATE TRIGGER set_back BEFORE UPDATE ON pages FOR EACH ROW EXECUTE FUNCTION set_back();`;
const FORCED = `${PAGES} ALTER TABLE pages ENABLE ROW LEVEL SECURITY; ALTER TABLE pages FORCE ROW LEVEL SECURITY;
CREATE POLICY by_tenant ON pages USING (title = current_setting('app.tenant', true));`;
const SET = "UPDATE pages SET rank = n + 7001";
const FILL = `CREATE FUNCTION fill(by int) RETURNS int LANGUAGE plpgsql AS $f$
DECLARE c int; BEGIN UPDATE pages SET rank = n + by; GET DIAGNOSTICS c = ROW_COUNT; RETURN c; END $f$;`;
const BATCHES = `CREATE PROCEDURE batches() LANGUAGE plpgsql AS $f$
DECLARE at int := (SELECT min(id) FROM pages); BEGIN
  WHILE at IS NOT NULL LOOP UPDATE pages SET rank = n + 7001 WHERE id = at; COMMIT;
    at := (SELECT min(id) FROM pages WHERE id > at); END LOOP; END $f$;`;

test.each<[string, string, string, boolean]>([
  ["a block", SET_BACK, `DO $$ BEGIN ${SET}; END $$;`, true],
  ["a block, sound", PAGES, `DO $$ BEGIN ${SET}; END $$;`, false],
  ["variables", SET_BACK, "DO $$ DECLARE x int := 7001; BEGIN UPDATE pages SET rank = n + x; END $$;", true],
  [
    "variables, sound",
    PAGES,
    "DO $$ DECLARE x int := 7001; BEGIN UPDATE pages SET rank = n + x; x := 0; END $$;",
    false,
  ],
  [
    "a loop",
    SET_BACK,
    "DO $$ DECLARE r record; BEGIN FOR r IN SELECT id, n FROM pages LOOP UPDATE pages SET rank = r.n + 7001 WHERE id = r.id; END LOOP; END $$;",
    true,
  ],
  [
    "a loop, sound",
    PAGES,
    "DO $$ DECLARE r record; BEGIN FOR r IN SELECT id, n FROM pages LOOP UPDATE pages SET rank = r.n + 7001 WHERE id = r.id; END LOOP; END $$;",
    false,
  ],
  [
    "changed again",
    PAGES,
    `DO $$ BEGIN ${SET}; UPDATE pages SET rank = 1 WHERE rank > 7000; UPDATE pages SET rank = rank + 1; END $$;`,
    false,
  ],
  [
    "set back, and then not",
    SET_BACK,
    `DO $$ BEGIN ${SET}; ALTER TABLE pages DISABLE TRIGGER set_back; UPDATE pages SET rank = 7001 + n; END $$;`,
    false,
  ],
  ["a condition that does not hold", SET_BACK, `DO $$ BEGIN IF false THEN ${SET}; END IF; END $$;`, false],
  [
    "what is rolled back",
    SET_BACK,
    `DO $$ BEGIN ${SET}; RAISE 'no'; EXCEPTION WHEN raise_exception THEN NULL; END $$;`,
    false,
  ],
  [
    "the number of rows",
    SET_BACK,
    `DO $$ DECLARE c int; BEGIN UPDATE tags SET uses = 3; GET DIAGNOSTICS c = ROW_COUNT; IF c > 1 THEN ${SET}; END IF; END $$;`,
    true,
  ],
  ["a function", SET_BACK + FILL, "SELECT fill(7001);", true],
  ["a function, sound", PAGES + FILL, "SELECT fill(7001); SELECT fill(7002);", false],
  ["a function of the migration", SET_BACK, `${FILL} SELECT fill(7001);`, true],
  ["a function that is not called", SET_BACK + FILL, "COMMENT ON FUNCTION fill(int) IS 'fills';", false],
  ["a procedure", SET_BACK + BATCHES, "CALL batches();", true],
  ["a procedure, sound", PAGES + BATCHES, "CALL batches();", false],
  ["a policy that binds the owner", FORCED, `DO $$ BEGIN ${SET}; END $$;`, true],
  [
    "a policy that is lifted",
    FORCED,
    `DO $$ BEGIN ALTER TABLE pages NO FORCE ROW LEVEL SECURITY; ${SET}; END $$;`,
    false,
  ],
  [
    "a column of the block's own",
    PAGES,
    "DO $$ BEGIN ALTER TABLE pages ADD c int; UPDATE pages SET c = 1; END $$;",
    false,
  ],
  [
    "a name of a column and a variable",
    PAGES,
    "DO $$ #variable_conflict use_column\nDECLARE n int := 5; BEGIN UPDATE pages SET rank = n; END $$;",
    false,
  ],
  ["what is put together", SET_BACK, `DO $$ BEGIN EXECUTE '${SET}'; END $$;`, false],
  [
    "a query between",
    SET_BACK,
    `DO $$ BEGIN UPDATE pages SET rank = 7 WHERE id IN (SELECT id FROM pages LIMIT 1); END $$;`,
    false,
  ],
])("an UPDATE in a body stands: %s", async (title, before, up, isFound) => {
  // COMMIT is refused where the caller has begun a transaction.
  const modes = title.startsWith("a procedure") ? (["statement"] as const) : (["statement", "file", "query"] as const);
  for (const transaction of modes) {
    const { findings } = await judgeMigration(databases, [updatesStand], { before, up }, { transaction });

    expect(findings, transaction).toEqual(isFound ? ["completes.1 update-swallowed public.pages.rank"] : []);
  }
});

test("a finding names the line of the block", async () => {
  const up = `SELECT 1;\nDO $$\nBEGIN\n  ${SET};\nEND $$;`;
  const { found } = await judgeMigration(databases, [updatesStand], { before: SET_BACK, up });

  expect(found.map(({ expected }) => expected)).toEqual(["up.sql, line 4 sets rank in each row that its WHERE takes"]);
});
