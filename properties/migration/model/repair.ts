/** Says which statement makes a migration that was stopped run again (pure). */
import type { Failure } from "../apply-within.ts";
import { quoteName } from "./names.ts";

const KINDS: Readonly<Record<string, string>> = {
  CreateStmt: "TABLE",
  CreateTableAsStmt: "TABLE",
  IndexStmt: "INDEX",
  CreateSeqStmt: "SEQUENCE",
  ViewStmt: "VIEW",
};

const EXISTING: readonly (readonly [RegExp, string])[] = [
  [/^column "(.+)" of relation "(.+)" already exists$/, "ALTER TABLE $2 DROP COLUMN $1"],
  [/^constraint "(.+)" for relation "(.+)" already exists$/, "ALTER TABLE $2 DROP CONSTRAINT $1"],
  [/^trigger "(.+)" for relation "(.+)" already exists$/, "DROP TRIGGER $1 ON $2"],
  [/^policy "(.+)" for table "(.+)" already exists$/, "DROP POLICY $1 ON $2"],
  [/^type "(.+)" already exists$/, "DROP TYPE $1"],
  [/^schema "(.+)" already exists$/, "DROP SCHEMA $1"],
];

/** Such as `DROP INDEX users_email`; otherwise a sentence. */
export function formatRepair({ statement, error: { message } }: Failure): string {
  const [, relation] = /^relation "(.+)" already exists$/.exec(message) ?? [];
  const kind = KINDS[statement.node];
  if (relation !== undefined && kind !== undefined) return `DROP ${kind} ${quoteName(relation)}`;
  const [pattern, repair] = EXISTING.find(([each]) => each.test(message)) ?? [];

  return pattern === undefined || repair === undefined
    ? `leave out what has run, or make ${statement.text.split("\n", 1)[0]?.slice(0, 60)} repeatable`
    : message.replace(pattern, (_, ...names: readonly string[]) =>
        repair.replace(/\$(\d)/g, (_reference, at) => quoteName(names[Number(at) - 1] ?? "")),
      );
}
