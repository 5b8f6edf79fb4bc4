/** Rule K3 inside of a call: two calls that both pause between their reads and their writes. */
import { constantFrom } from "fast-check";
import { property } from "../../harness/property/property.ts";
import { findStepResult } from "../../harness/schedule/schedule.ts";
import { runSessionsOn } from "./database/concurrent-traffic.ts";
import { requireIndependence } from "./database/find-entanglement.ts";
import { callSql } from "./database/sql.ts";
import { CREDIT_TYPES, type CreditCall, sampleAccount, withAllocation } from "./model/model.ts";
import type { CreditsContext } from "./world.ts";

const organization = withAllocation(sampleAccount());

/** The first ones are examples of every run, however short. */
const CALLS: readonly CreditCall[] = [
  { kind: "allocate", organization: organization.id, plan: "premium" },
  ...CREDIT_TYPES.map((type): CreditCall => ({ kind: "consume", organization: organization.id, type, credits: 1 })),
];

/** An UPDATE of organizations waits for an advisory lock before it locks any row. */
const PAUSE = `CREATE FUNCTION plumbline_pause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1);
    RETURN NULL;
END$$;
CREATE TRIGGER plumbline_pause BEFORE UPDATE ON organizations FOR EACH STATEMENT EXECUTE FUNCTION plumbline_pause();`;

/** The third session holds the lock, and lets both continue. */
const ORDER = ["third.hold", "first.call waits", "second.call waits", "third.release"];

export const pausedCalls = property("K3-paused", "calls never deadlock between their reads and writes", {
  caseKind: "migration",
  given: { first: constantFrom(...CALLS), second: constantFrom(...CALLS) },
  examples: CALLS.map((call) => ({ first: call, second: call })),
  async holds({ first, second }, context: CreditsContext) {
    requireIndependence(context.schema);
    const db = await context.migrated([organization]);
    await db.prepare("every UPDATE of organizations pauses first", PAUSE);
    const sessions = {
      third: { hold: "SELECT pg_advisory_lock(1)", release: "SELECT pg_advisory_unlock(1)" },
      first: { call: callSql(first) },
      second: { call: callSql(second) },
    };
    const { transcript, violation } = await runSessionsOn(db, { sessions, order: ORDER });
    const deadlock = (["first", "second"] as const).find(
      (session) => findStepResult(transcript, `${session}.call`)?.error?.code === "40P01",
    );

    return deadlock === undefined
      ? undefined
      : violation(
          "deadlock",
          "each call waits for the other at most, and then has its turn",
          `the ${deadlock} call: ERROR: deadlock detected (SQLSTATE 40P01)`,
          "Take the lock that the write needs before anything is read: FOR NO KEY UPDATE",
        );
  },
});
