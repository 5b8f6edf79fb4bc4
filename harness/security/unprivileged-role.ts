/**
 * A role that may only connect and execute functions, with a schema of its own. It lives in a transaction that is
 * rolled back, so it is never seen by anyone and none is left on the server, even when the harness is killed: a role
 * belongs to the whole server, and a database that is dropped does not take it along.
 */
import { randomBytes } from "node:crypto";
import type { Outcome, Refusal, Session } from "../database/session.ts";
import { Inconclusive } from "../errors.ts";
import type { Surroundings } from "./function-dependencies.ts";

/** A name that no other role of the server has: two transactions that made one role would wait for each other. */
export function intruderName(): string {
  return `intruder_${randomBytes(4).toString("hex")}`;
}

/**
 * How the session becomes another role. A superuser starts anew as that role. Who may only create roles becomes a member
 * of it first: then an owner has rights to what the role made, as a superuser has, and as the role could grant him.
 */
export type Entrance = "session authorization" | "membership";

/** Makes the role and its schema, both called `name`, lets it execute the functions, and goes on as that role. */
export function entering(
  name: string,
  { definers, entrance }: Pick<Surroundings, "definers" | "entrance">,
): readonly string[] {
  const schemas = [...new Set(definers.map(({ schema }) => schema))];
  const signatures = definers.map(({ signature }) => signature);

  return [
    `CREATE ROLE ${name} LOGIN;`,
    ...(entrance === "membership" ? [`GRANT ${name} TO CURRENT_USER;`] : []),
    `CREATE SCHEMA ${name} AUTHORIZATION ${name};`,
    ...(schemas.length === 0 ? [] : [`GRANT USAGE ON SCHEMA ${schemas.join(", ")} TO ${name};`]),
    ...(signatures.length === 0
      ? []
      : [`GRANT EXECUTE ON ROUTINE\n  ${signatures.join(",\n  ")}\nTO ${name};`]),
    entrance === "membership" ? `SET LOCAL ROLE ${name};` : `SET LOCAL SESSION AUTHORIZATION ${name};`,
  ];
}

/** Goes on as who came, in the same transaction. */
export function leaving({ entrance }: Pick<Surroundings, "entrance">): string {
  return entrance === "membership" ? "SET LOCAL ROLE NONE;" : "SET LOCAL SESSION AUTHORIZATION DEFAULT;";
}

const RIGHTS =
  "SELECT quote_ident(rolname) AS name, rolsuper AS super, rolcreaterole AS creates FROM pg_roles WHERE rolname = session_user";

/**
 * How the session can become a role that it makes.
 * @param words all that the functions say
 * @throws Inconclusive where it can make none, or would not be taken for it
 */
export async function entranceOf(session: Session, words: readonly string[]): Promise<Entrance> {
  const [row] = await session.query(RIGHTS);
  if (row?.["super"] === "t") return "session authorization";
  if (row?.["creates"] !== "t") {
    throw new Inconclusive(
      `a role that may do little cannot be made: the role ${row?.["name"]} of this server has no CREATEROLE`,
    );
  }
  if (words.includes("session_user")) {
    throw new Inconclusive(
      `functions ask for session_user, which only a superuser can change, and the role ${row["name"]} is none`,
    );
  }

  return "membership";
}

/**
 * Does the work in a transaction that is rolled back, after these statements.
 * @throws Inconclusive where the server's role may not do what the statements do
 */
export async function inVain<Result>(
  session: Session,
  statements: readonly string[],
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    const { refusal } = await session.attempt(["BEGIN;", ...statements].join("\n"));
    if (refusal !== undefined) {
      throw new Inconclusive(`a role that may do little cannot be made: ${told(refusal)}`);
    }

    return await work();
  } finally {
    await session.attempt("ROLLBACK");
  }
}

/** Makes a call in a transaction that goes on as if it had not been made; `after` sees what the call left behind. */
export async function callInVain<Result>(
  session: Session,
  call: string,
  after: (outcome: Outcome) => Promise<Result>,
): Promise<Result> {
  const outcome = await session.attempt(`SAVEPOINT before_the_call; ${call}`);
  if (outcome.refusal !== undefined) {
    await session.attempt("ROLLBACK TO before_the_call");

    return await after(outcome);
  }
  const result = await after(outcome);
  await session.attempt("ROLLBACK TO before_the_call");

  return result;
}

export function told({ code, message }: Refusal): string {
  return `ERROR: ${message} (SQLSTATE ${code})`;
}
