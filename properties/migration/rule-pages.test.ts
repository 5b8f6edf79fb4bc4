/** The examples of each rule show what it says, and the pages in `docs/rules/` are made of them. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadSuite } from "../../harness/suite/load-suite.ts";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import type { MigrationRule } from "./rule.ts";
import { judgeMigration } from "./testing/judge-migration.ts";
import { formatRulePage } from "./testing/rule-page.ts";

const pages = join(import.meta.dirname, "../../docs/rules");
const rules = (await loadSuite(import.meta.dirname)).properties as unknown as readonly MigrationRule[];
const families = [...new Set(rules.map(({ rule }) => rule))];
const databases = useDatabases();

test.each(families)(
  "the page of %s is current: its bad examples violate, its good ones do not",
  async (family) => {
    const documented = [];
    for (const rule of rules.filter((each) => each.rule === family)) {
      const { found } = await judgeMigration(databases, [rule], rule.bad);
      expect(found, `${rule.id}: the bad example`).not.toEqual([]);
      expect((await judgeMigration(databases, [rule], rule.good)).findings, `${rule.id}: the good example`).toEqual([]);
      documented.push({ rule, findings: found });
    }

    await expect(formatRulePage(family, documented)).toMatchFileSnapshot(join(pages, `${family}.md`));
  },
  120_000,
);

test("there is a page for each family, and no other", async () => {
  expect((await readdir(pages)).sort()).toEqual(families.map((family) => `${family}.md`).sort());
});
