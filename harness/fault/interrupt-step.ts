/**
 * Striking one statement of a step on a stage, and what psql does then: it goes on with the next statement, or it is
 * ended. Whatever was laid for the strike is gone again when this returns, and all of it stands in the stage's script.
 */
import assert from "node:assert";
import type { Session } from "../database/session.ts";
import { Inconclusive } from "../errors.ts";
import type { Stage } from "../release/recorded-database.ts";
import type { Statement } from "../release/release.ts";
import { partsAfter, partsBefore } from "./fault-script.ts";
import { CLEAR_SQL, isTrapped, layTrap } from "./fault-trigger.ts";
import { type Struck, strikeStatement } from "./interrupt-statement.ts";
import { pidOf } from "./observe-session.ts";
import { goesOnAfter, type StepStrike } from "./step-fault.ts";

/**
 * Applies the step as far as the struck statement, or to its end where psql goes on. Afterwards the stage has a new
 * session, and a transaction that was open is rolled back.
 * @throws HarnessError where the statement neither comes to the spot nor ends
 * @throws Inconclusive where the server's role may not lay the trap: an event trigger takes a superuser
 */
export async function strikeStep(stage: Stage, given: StepStrike): Promise<Struck> {
  const { step, statement, strike, crash } = given;
  const at = step.statements.indexOf(statement);
  assert(at !== -1 && statement.kind === "sql", "What is struck is a statement of the step");
  const { session } = stage;
  const scene = { session, pid: await pidOf(session), connect: () => stage.database.connect() };

  if (isTrapped(strike.spot)) {
    const { refusal } = await session.attempt(layTrap(strike.mode, strike.spot));
    if (refusal !== undefined) {
      throw new Inconclusive(`a statement cannot be stopped where it should be: ${refusal.message}`);
    }
  }
  for (const part of partsBefore(given, at)) stage.note(part);
  await send(session, step.statements.slice(0, at));
  const struck = await strikeStatement(
    crash === undefined ? scene : { ...scene, crash },
    statement.text,
    strike,
  );
  if (goesOnAfter(given)) {
    await send(session, step.statements.slice(at + 1));
  }
  await stage.reconnect();
  await stage.session.query(CLEAR_SQL);
  for (const part of partsAfter(given, at)) stage.note(part);

  return struck;
}

async function send(session: Session, statements: readonly Statement[]): Promise<void> {
  for (const { kind, text } of statements) {
    if (kind === "sql") {
      await session.attempt(text);
    }
  }
}
