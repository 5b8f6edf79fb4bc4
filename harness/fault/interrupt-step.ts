/**
 * Interrupts one statement of a step on a recorded database, and does what psql does then: it sends the next statement,
 * or it ends. The fault trigger is dropped again when this returns; the script of the database has all of it.
 */
import assert from "node:assert";
import type { Session } from "../database/session.ts";
import { Inconclusive } from "../errors.ts";
import type { RecordedDatabase } from "../property/recorded-database.ts";
import type { Statement } from "../release/release.ts";
import { continuesAfter, type StepFault } from "./fault.ts";
import { scriptAfterFault, scriptBeforeFault } from "./fault-script.ts";
import { createTriggerSql, DROP_TRIGGER_SQL, isTriggered } from "./fault-trigger.ts";
import { type InterruptResult, interruptStatement } from "./interrupt-statement.ts";

/**
 * Applies the step up to the interrupted statement, or to its end where psql continues. Afterwards the database has a
 * new session, and a transaction that was open is rolled back.
 * @throws HarnessError where the statement neither reaches the point nor ends
 * @throws Inconclusive where the server's role may not create the trigger: an event trigger takes a superuser
 */
export async function interruptStep(stage: RecordedDatabase, stepFault: StepFault): Promise<InterruptResult> {
  const { step, statement, fault, crash } = stepFault;
  const index = step.statements.indexOf(statement);
  assert(index !== -1 && statement.kind === "sql", "The interrupted statement is one of the step's");
  const { session } = stage;
  const target = {
    session,
    connect: () => stage.database.connect(),
    ...(crash === undefined ? {} : { crash }),
  };

  if (isTriggered(fault.point)) {
    const { error } = await session.tryExecute(createTriggerSql(fault.kind, fault.point));
    if (error !== undefined) {
      throw new Inconclusive(`a statement cannot be interrupted at its injection point: ${error.message}`);
    }
  }
  for (const part of scriptBeforeFault(stepFault, index)) stage.record(part);
  await send(session, step.statements.slice(0, index));
  const result = await interruptStatement(target, statement.text, fault);
  if (continuesAfter(stepFault)) await send(session, step.statements.slice(index + 1));
  await stage.reconnect();
  await stage.session.query(DROP_TRIGGER_SQL);
  for (const part of scriptAfterFault(stepFault, index)) stage.record(part);

  return result;
}

async function send(session: Session, statements: readonly Statement[]): Promise<void> {
  for (const { kind, text } of statements) if (kind === "sql") await session.tryExecute(text);
}
