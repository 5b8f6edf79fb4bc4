/**
 * Becomes a role that may only connect and execute functions, with a schema of its own. The role exists only in a
 * transaction that is rolled back: roles belong to the whole server, so dropping the database would not remove it.
 */
import { randomBytes } from "node:crypto";
import type { Session, StatementResult } from "../database/session.ts";
import type { SqlError } from "../database/sql-error.ts";
import { Inconclusive } from "../errors.ts";

/** A name that no other run uses: two transactions that create the same role would block each other. */
export function generateRoleName(): string {
  return `unprivileged_${randomBytes(4).toString("hex")}`;
}

/**
 * How the session becomes another role. A superuser sets its session authorization. A role with CREATEROLE alone becomes
 * a member of the new role first, which gives it privileges on the role's objects, as a superuser has them.
 */
export type RoleSwitch = "session authorization" | "membership";

interface RoleSetup {
  readonly roleSwitch: RoleSwitch;
  readonly definers: readonly { readonly schema: string; readonly signature: string }[];
}

/** Creates the role and its schema, both called `name`, grants EXECUTE on the functions, and switches to the role. */
export function enterRole(name: string, { definers, roleSwitch }: RoleSetup): readonly string[] {
  const schemas = [...new Set(definers.map(({ schema }) => schema))];
  const signatures = definers.map(({ signature }) => signature);

  return [
    `CREATE ROLE ${name} LOGIN;`,
    ...(roleSwitch === "membership" ? [`GRANT ${name} TO CURRENT_USER;`] : []),
    `CREATE SCHEMA ${name} AUTHORIZATION ${name};`,
    ...(schemas.length === 0 ? [] : [`GRANT USAGE ON SCHEMA ${schemas.join(", ")} TO ${name};`]),
    ...(signatures.length === 0 ? [] : [`GRANT EXECUTE ON ROUTINE\n  ${signatures.join(",\n  ")}\nTO ${name};`]),
    roleSwitch === "membership" ? `SET LOCAL ROLE ${name};` : `SET LOCAL SESSION AUTHORIZATION ${name};`,
  ];
}

/** Switches back to the session's own role, in the same transaction. */
export function leaveRole({ roleSwitch }: Pick<RoleSetup, "roleSwitch">): string {
  return roleSwitch === "membership" ? "SET LOCAL ROLE NONE;" : "SET LOCAL SESSION AUTHORIZATION DEFAULT;";
}

/**
 * Chooses how the session can become a role that it creates.
 * @param identifiers those in the bodies of the functions
 * @throws Inconclusive where the session cannot create roles, or a function would still see the session's own role
 */
export async function chooseRoleSwitch(session: Session, identifiers: readonly string[]): Promise<RoleSwitch> {
  const [row] = await session.query(
    "SELECT quote_ident(rolname) AS name, rolsuper AS super, rolcreaterole AS creates FROM pg_roles WHERE rolname = session_user",
  );
  if (row?.["super"] === "t") return "session authorization";
  if (row?.["creates"] !== "t") {
    throw new Inconclusive(
      `an unprivileged role cannot be created: the role ${row?.["name"]} of this server has no CREATEROLE`,
    );
  }
  if (identifiers.includes("session_user")) {
    throw new Inconclusive(
      `functions read session_user, which only a superuser can change, and the role ${row["name"]} is none`,
    );
  }

  return "membership";
}

/**
 * Sends the statements and does the work in one transaction, then rolls it back.
 * @throws Inconclusive where a statement fails, as for a role without the privilege
 */
export async function withRollback<Result>(
  session: Session,
  statements: readonly string[],
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    const { error } = await session.tryExecute(["BEGIN;", ...statements].join("\n"));
    if (error !== undefined) {
      throw new Inconclusive(`an unprivileged role cannot be created: ${formatSqlError(error)}`);
    }

    return await work();
  } finally {
    await session.tryExecute("ROLLBACK");
  }
}

/** Makes a call, inspects what it left behind, and undoes it; the transaction goes on. */
export async function withSavepoint<Result>(
  session: Session,
  call: string,
  inspect: (outcome: StatementResult) => Promise<Result>,
): Promise<Result> {
  const outcome = await session.tryExecute(`SAVEPOINT before_the_call; ${call}`);
  // After an error the transaction takes no query before it is rolled back; to roll back again changes nothing.
  if (outcome.error !== undefined) await session.tryExecute("ROLLBACK TO before_the_call");
  const result = await inspect(outcome);
  await session.tryExecute("ROLLBACK TO before_the_call");

  return result;
}

export function formatSqlError({ code, message }: SqlError): string {
  return `ERROR: ${message} (SQLSTATE ${code})`;
}
