import { expect, test } from "vitest";
import { makeStep } from "../testing/example-release.ts";
import { listNeeds } from "./needs.ts";
import { loadParser } from "./parser.ts";

test("extensions, and roles that no statement or block creates", async () => {
  const steps = [
    await makeStep(
      "1.sql",
      `CREATE EXTENSION IF NOT EXISTS vector; CREATE ROLE own; DO $$ BEGIN CREATE ROLE "In Block"; END $$;
CREATE TABLE t (); GRANT SELECT ON t TO PUBLIC, own, reader, CURRENT_USER; ALTER TABLE t OWNER TO "In Block";`,
    ),
    await makeStep(
      "2.sql",
      `CREATE EXTENSION "uuid-ossp"; CREATE POLICY p ON t TO app USING (true); SET ROLE later;
ALTER DEFAULT PRIVILEGES FOR ROLE definer GRANT ALL ON TABLES TO own; DROP ROLE IF EXISTS gone; CREATE EXTENSION vector;`,
    ),
  ];

  expect(listNeeds(await loadParser(), steps)).toEqual({
    extensions: ["uuid-ossp", "vector"],
    roles: ["app", "definer", "reader"],
  });
});
