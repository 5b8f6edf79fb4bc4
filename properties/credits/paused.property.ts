/** Rule K3 inside of a call: what two calls come to that both stop between what they read and what they write. */
import { constantFrom } from "fast-check";
import { property } from "../../harness/property/property.ts";
import { formatPsqlWindows } from "../../harness/schedule/psql-windows.ts";
import { runSchedule } from "../../harness/schedule/run-schedule.ts";
import { findStepResult } from "../../harness/schedule/schedule.ts";
import { SessionGroup } from "../../harness/schedule/session-group.ts";
import { callSql } from "./database/sql.ts";
import { CREDIT_TYPES, type CreditCall, NO_CREDITS, nthId, type Organization } from "./model/model.ts";
import type { CreditsContext } from "./world.ts";

const organization: Organization = {
  id: nthId(0),
  name: "Any",
  planName: "custom",
  totalCredits: 0,
  status: "active",
  numbers: { allocated: { ai: 500, whatsapp: 300, email: 1_000, sms: 100 }, used: NO_CREDITS },
};

const CALLS: readonly CreditCall[] = [
  ...CREDIT_TYPES.map(
    (type): CreditCall => ({ kind: "consume", organization: organization.id, type, credits: 1 }),
  ),
  { kind: "allocate", organization: organization.id, plan: "premium" },
];

/** Before organizations are written, and before a row is locked for that, the writer waits for whoever holds this lock alone. */
const PAUSE = `CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1);
    RETURN NULL;
END$$;
CREATE TRIGGER pause BEFORE UPDATE ON organizations FOR EACH STATEMENT EXECUTE FUNCTION pause();`;

/** The third lets both go on. */
const ORDER = ["third.hold", "first.call waits", "second.call waits", "third.release"];

export const pausedCalls = property(
  "K3-paused",
  "two calls on one organization never deadlock, wherever between reading and writing they meet",
  {
    caseKind: "migration",
    given: { first: constantFrom(...CALLS), second: constantFrom(...CALLS) },
    examples: CALLS.map((call) => ({ first: call, second: call })),
    async holds({ first, second }, context: CreditsContext) {
      const db = await context.migrated([organization]);
      await db.prepare("whoever writes an organization pauses first", PAUSE);
      const sessions = {
        third: { hold: "SELECT pg_advisory_lock(1)", release: "SELECT pg_advisory_unlock(1)" },
        first: { call: callSql(first) },
        second: { call: callSql(second) },
      };
      await using cast = await SessionGroup.open(db.database, Object.keys(sessions));
      const { runs } = await runSchedule(cast, { sessions, order: ORDER });
      const transcript = runs[0]?.transcript ?? { events: [] };
      const deadlock = (["first", "second"] as const).find(
        (session) => findStepResult(transcript, `${session}.call`)?.error?.code === "40P01",
      );

      return deadlock === undefined
        ? undefined
        : {
            expected: "each call waits for the other at most, and then has its turn",
            got: `the ${deadlock} call: ERROR: deadlock detected (SQLSTATE 40P01)`,
            script: [...db.script, ...formatPsqlWindows(transcript, Object.keys(sessions))],
            hint: "Take the lock that the write needs before anything is read: FOR NO KEY UPDATE",
          };
    },
  },
);
