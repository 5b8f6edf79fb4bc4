/** Suggests what to do if a state cannot be built, by what the error says is missing (pure). */
import type { SqlError } from "../database/sql-error.ts";
import type { FailedStatement } from "./apply.ts";
import { createsRole } from "./needs.ts";
import type { Step } from "./release.ts";

/** Images that have an extension which the usual ones lack. */
const IMAGES: Readonly<Record<string, string>> = {
  vector: "pgvector/pgvector:pg17",
  postgis: "postgis/postgis:17-3.5",
  timescaledb: "timescale/timescaledb:latest-pg17",
};

/** Statements that run others, whose syntax is only known then: an error of theirs is no sign of an older server. */
const RUNS_OTHERS = /^(?:DoStmt|CallStmt|SelectStmt|CreateFunctionStmt)$/;

/** Invalid transaction termination, and active SQL transaction (PostgreSQL manual, appendix A). */
const WITHIN_TRANSACTION = new Set(["2D000", "25001"]);

/** One imperative sentence; undefined if the error says nothing of a server, a platform or a tool. */
export function suggestRemedy(error: SqlError): string | undefined {
  const lacking = suggestServer(error);
  if (lacking !== undefined) return lacking;
  if (WITHIN_TRANSACTION.has(error.code)) {
    return "If your tool runs that file without a transaction, name the tool with --layout; else fix the file";
  }
  const provided = suggestPlatform(error);

  return provided === undefined ? undefined : `${provided}; else fix the order of the files`;
}

/** Where a name that is missing may come from, without what to do otherwise; undefined if the error names none. */
export function suggestPlatform({ message }: SqlError): string | undefined {
  const [, kind, missing] = /^(schema|relation|type|function) (\S+) does not exist/.exec(message) ?? [];
  if (missing === undefined) return undefined;
  // Which schemas have a name without one is a setting that the tool may have made.
  const isSearched = kind !== "schema" && !missing.includes(".");
  const search = isSearched ? "; if your tool sets a search_path, set it there" : "";

  return `If a platform provides ${missing}, create it in setup of plumbline.config.ts${search}`;
}

/**
 * What to do if a statement failed because the server lacks an extension, a role or the syntax of a newer version.
 * @param steps all that is applied, up to the statement's own: a role that they create is theirs to create
 * @returns undefined if the statement itself is at fault
 */
export function suggestSetup(
  { statement, error }: Pick<FailedStatement, "statement" | "error">,
  steps: readonly Step[],
): string | undefined {
  const role = findMissingRole(error);
  if (role !== undefined && steps.some(({ source }) => createsRole(source, role))) return undefined;
  if (isSyntaxError(error) && RUNS_OTHERS.test(statement.node)) return undefined;

  return suggestServer(error);
}

function suggestServer(error: SqlError): string | undefined {
  const extension = /extension "([^"]+)" is not available/.exec(error.message)?.[1];
  if (extension !== undefined) {
    const image = IMAGES[extension] ?? "IMAGE";

    return `Use a server that has the extension ${extension}: --server container --image ${image}`;
  }
  const role = findMissingRole(error);
  if (role !== undefined) {
    return `Add 'CREATE ROLE "${role}"' to setup in plumbline.config.ts, or dump a schema with pg_dump --no-owner --no-privileges`;
  }

  // What is parsed here is the syntax of the newest version.
  return isSyntaxError(error) ? "Use a newer version of PostgreSQL with --postgres" : undefined;
}

function findMissingRole({ message }: SqlError): string | undefined {
  return /^role "([^"]+)" does not exist/.exec(message)?.[1];
}

function isSyntaxError({ code, message }: SqlError): boolean {
  return code === "42601" && message.startsWith("syntax error");
}
