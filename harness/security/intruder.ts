/**
 * A role that may only connect and execute functions, with a schema of its own. It lives in a transaction that is
 * rolled back, so it is never seen by anyone and none is left on the server, even when the harness is killed: a role
 * belongs to the whole server, and a database that is dropped does not take it along.
 */
import { randomBytes } from "node:crypto";
import type { Outcome, Refusal, Session } from "../database/session.ts";
import { Undecided } from "../property/property.ts";
import type { Definer } from "./surroundings.ts";

/** A name that no other role of the server has: two transactions that made one role would wait for each other. */
export function intruderName(): string {
  return `intruder_${randomBytes(4).toString("hex")}`;
}

/** Makes the role and its schema, both called `name`, lets it execute the functions, and goes on as that role. */
export function entering(name: string, definers: readonly Definer[]): readonly string[] {
  const schemas = [...new Set(definers.map(({ schema }) => schema))];
  const signatures = definers.map(({ signature }) => signature);

  return [
    `CREATE ROLE ${name} LOGIN;`,
    `CREATE SCHEMA ${name} AUTHORIZATION ${name};`,
    ...(schemas.length === 0 ? [] : [`GRANT USAGE ON SCHEMA ${schemas.join(", ")} TO ${name};`]),
    ...(signatures.length === 0
      ? []
      : [`GRANT EXECUTE ON ROUTINE\n  ${signatures.join(",\n  ")}\nTO ${name};`]),
    `SET LOCAL SESSION AUTHORIZATION ${name};`,
  ];
}

/**
 * Does the work in a transaction that is rolled back, after these statements.
 * @throws Undecided where the server's role may not do what the statements do
 */
export async function inVain<Result>(
  session: Session,
  statements: readonly string[],
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    const { refusal } = await session.attempt(["BEGIN;", ...statements].join("\n"));
    if (refusal !== undefined) {
      throw new Undecided(`a role that may do little cannot be made: ${told(refusal)}`);
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
