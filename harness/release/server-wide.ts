/**
 * Finds statements that change the server and not the database in which they run (pure). On a server of the user's, the
 * check of a migration must not drop a database that others depend on.
 */
import { HarnessError } from "../errors.ts";
import type { Release } from "./release.ts";

/** Most files have none of these words, and are not parsed for this. */
const WORDS = /\b(?:DATABASE|SYSTEM|TABLESPACE|ROLE|USER|GROUP|PROGRAM)\b/i;

/** Databases, tablespaces, settings of the server and of roles (PostgreSQL manual, 22 to 24 and Reference I). */
const SERVER_WIDE: ReadonlySet<string> = new Set([
  "CreatedbStmt",
  "DropdbStmt",
  "AlterDatabaseStmt",
  "AlterDatabaseSetStmt",
  "AlterDatabaseRefreshCollStmt",
  "AlterSystemStmt",
  "CreateTableSpaceStmt",
  "DropTableSpaceStmt",
  "AlterTableSpaceOptionsStmt",
  "AlterTableMoveAllStmt",
  "AlterRoleStmt",
  "AlterRoleSetStmt",
]);

/** These parse nodes are of objects in the database, too. */
const BY_TEXT = /^ALTER\s+(?:DATABASE|TABLESPACE|ROLE|USER|GROUP)\s|^COPY\b.*\bPROGRAM\s*'/is;

/**
 * Demands that all steps of a release, and of the history before it, keep to the database in which they run. What code
 * in a DO block or function executes is not seen.
 * @throws HarnessError for the first statement that does not
 */
export function requireOneDatabase({ lists, setup = [], origin }: Release): void {
  const steps = [...setup, ...(origin?.history ?? []), ...Object.values(lists).flatMap((list) => list ?? [])];
  for (const step of steps.filter(({ source }) => WORDS.test(source))) {
    const found = step.statements.find(
      ({ kind, node, text }) => kind === "sql" && (SERVER_WIDE.has(node) || BY_TEXT.test(text)),
    );
    if (found === undefined) continue;
    const [first] = found.text.split("\n");

    throw new HarnessError(
      `${step.path}, line ${found.line}: ${first} changes the whole server, which is not Plumbline's own`,
      "Use --server embedded or --server container, where nothing of yours can be harmed",
    );
  }
}
