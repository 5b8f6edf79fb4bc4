/** Rule `re-runs.4`: a repeatable migration, which its tool runs again whenever it has changed, harms no later row. */
import { describeDifferences } from "../../harness/catalog/difference.ts";
import { describeFailedStatement } from "../../harness/release/apply.ts";
import type { ScriptPart } from "../../harness/release/script-part.ts";
import type { Finding } from "./finding.ts";
import { runAfterWrites } from "./later-writes.ts";
import type { Damage } from "./model/kept-rows.ts";
import { formatTable } from "./model/matched-tables.ts";
import { differenceDetails } from "./model/rollback-script.ts";
import { NEW_SESSION } from "./re-runs.ts";
import { rule } from "./rule.ts";
import type { MigrationWorld } from "./world.ts";

const ROLES = "CREATE TABLE roles (name text PRIMARY KEY, rank int NOT NULL);";

export const keepsLaterWrites = rule(
  "re-runs.4",
  "what was written after a repeatable migration is still there when it has run again",
  {
    async holds({ rows, before }, world) {
      if (world.release.origin?.repeatable !== true) return [];
      const writes = await runAfterWrites(world, rows);
      if (writes === undefined) return [];
      if (writes.failure !== undefined) {
        const text = `it fails when it is run again: ${describeFailedStatement(writes.failure)}`;
        world.note({ rule: "re-runs.4", subject: writes.failure.step.path, text });
      }

      if (world.release.origin.isDraft !== true) {
        return writes.damage.flatMap((damage) => describeDamage(damage, writes.part, world));
      }
      // Once it is committed, a draft is applied once; to drop what it creates itself and create it again is usual.
      const names = before.tables.map(formatTable);
      for (const { subject, table, differences } of writes.damage) {
        if (!names.includes(table)) continue;
        const text = `what was written after it is lost when it is run again: ${describeDifferences(differences)}`;
        world.note({ rule: "re-runs.4", subject, text });
      }

      return [];
    },
    bad: {
      before: ROLES,
      up: "DELETE FROM roles;\nINSERT INTO roles VALUES ('reader', 1), ('writer', 2);",
      repeatable: true,
    },
    good: {
      before: ROLES,
      up: `INSERT INTO roles VALUES ('reader', 1), ('writer', 2)
ON CONFLICT (name) DO UPDATE SET rank = excluded.rank;`,
      repeatable: true,
    },
  },
);

function describeDamage(
  { subject, isRow, differences: [first, ...others] }: Damage,
  written: ScriptPart,
  { release }: MigrationWorld,
): readonly Finding[] {
  if (first === undefined) return [];
  const { migrate } = release.lists;

  return [
    {
      ...{ kind: isRow ? "later-row-lost" : "later-value-overwritten", subject, answer: "declare" },
      ...(isRow && { declare: `-- plumbline: deletes ${subject} because …` }),
      expected: "what was written after the migration is still there when it has run again",
      ...differenceDetails([migrate, written, NEW_SESSION, migrate], [first, ...others]),
      hint: "Let it write its own rows only: name them in WHERE, or insert them with ON CONFLICT",
    },
  ];
}
