/** The open questions O1 to O8 of the contract: measured on each release, reported with figures, never failed. */
import { question } from "../../harness/property/property.ts";
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import { firstError } from "../../harness/release/apply.ts";
import { callSql, insertAccounts } from "./database/sql.ts";
import { rollBack } from "./database/states.ts";
import { setNumbersSql } from "./model/baseline-tables.ts";
import { CREDIT_TYPES, type CreditAccount, NO_CREDITS, nthId, sampleAccount } from "./model/model.ts";
import type { CreditsContext } from "./world.ts";

const account = (index: number, totalCredits: number): CreditAccount =>
  sampleAccount(index, { name: `Organization ${index + 1}`, totalCredits });

const ALLOCATED = CREDIT_TYPES.map((type) => `${type}_credits`).join(" + ");
const USED = CREDIT_TYPES.map((type) => `${type}_used_credits`).join(" + ");

/** The number that the query selects. */
async function count(db: RecordedDatabase, sql: string): Promise<number> {
  const [row] = await db.query(sql);

  return Number(Object.values(row ?? {})[0] ?? 0);
}

async function readAllocated(db: RecordedDatabase, index: number): Promise<number> {
  return await count(db, `SELECT ${ALLOCATED} FROM organizations WHERE id = '${nthId(index)}'`);
}

export const overAllocation = question(
  "O1",
  "Is more allocated than was paid for?",
  async (context: CreditsContext) => {
    const db = await context.migrate({ accounts: [account(0, 10_000), account(1, 100)] });
    const figures = {
      allocatedTo10000: await readAllocated(db, 0),
      allocatedTo100: await readAllocated(db, 1),
    };

    return {
      answer: `a custom pool of 10,000 is allocated ${figures.allocatedTo10000} credits, one of 100 is allocated ${figures.allocatedTo100}`,
      figures,
    };
  },
);

export const createdLater = question(
  "O2",
  "What has an organization that is created after the migration?",
  async (context: CreditsContext) => {
    const db = await context.migrate({ accounts: [] });
    await db.prepare("a new organization", insertAccounts([account(0, 10_000)], context.schema));
    const figures = { allocated: await readAllocated(db, 0) };

    return { answer: `${figures.allocated} credits, until they are allocated`, figures };
  },
);

export const oldUsage = question("O3", "Is the use of the old pool carried over?", async (context: CreditsContext) => {
  const consumed = { organization: nthId(0), action: "consumption", credits: 400, description: null };
  const db = await context.migrate({ accounts: [account(0, 1000)], actions: [consumed] });
  const figures = { usedBefore: 400, usedAfter: await count(db, `SELECT ${USED} FROM organizations`) };

  return {
    answer: `of ${figures.usedBefore} credits used before, ${figures.usedAfter} count as used after`,
    figures,
  };
});

export const publicCalls = question("O4", "Which functions may PUBLIC call?", async (context: CreditsContext) => {
  const db = await context.migrate({ accounts: [] });
  const functions = await count(
    db,
    `SELECT count(*) FROM pg_proc CROSS JOIN LATERAL aclexplode(coalesce(proacl, acldefault('f', proowner))) AS granted
WHERE pg_function_is_visible(pg_proc.oid) AND granted.grantee = 0
AND proname IN ('allocate_plan_credits', 'get_available_credits', 'consume_specific_credits')`,
  );

  return { answer: `PUBLIC may call ${functions} of the 3`, figures: { callableByPublic: functions } };
});

export const byHand = question(
  "O5",
  "What happens to numbers that were set by hand?",
  async (context: CreditsContext) => {
    const db = await context.baseline({ accounts: [account(0, 0), account(1, 0)] });
    const numbers = { allocated: { ...NO_CREDITS, email: 7777, sms: 777 }, used: NO_CREDITS };
    await db.apply(context.schemaSteps);
    await db.attempt("set by hand before the first run", setNumbersSql(nthId(1), numbers));
    await db.apply([context.dataStep]);
    const email = await count(db, `SELECT email_credits FROM organizations WHERE id = '${nthId(1)}'`);
    await db.attempt("set to zero by hand", setNumbersSql(nthId(0), { allocated: NO_CREDITS, used: NO_CREDITS }));
    await db.apply([context.dataStep]);
    const figures = { regranted: await readAllocated(db, 0), emailSetBefore: 7777, emailAfter: email };

    return {
      answer: `numbers set to zero are ${figures.regranted} after a second run; 7777 email credits set before the first run are ${email} after it`,
      figures,
    };
  },
);

export const forgottenUsage = question(
  "O6",
  "Does an emergency rollback forget what was used?",
  async (context: CreditsContext) => {
    const db = await context.migrate({ accounts: [account(0, 10_000)] });
    await db.attempt("in use", callSql({ kind: "consume", organization: nthId(0), type: "ai", credits: 400 }));
    await rollBack(context, db, "emergency");
    await db.apply(context.release.lists.migrate);
    const figures = { usedBefore: 400, usedAfter: await count(db, `SELECT ${USED} FROM organizations`) };

    return {
      answer: `of ${figures.usedBefore} credits used, ${figures.usedAfter} are known after migrating again`,
      figures,
    };
  },
);

export const usageBeforeMigration = question(
  "O7",
  "Can an organization use credits before it is migrated?",
  async (context: CreditsContext) => {
    const db = await context.baseline({ accounts: [account(0, 10_000)] });
    await db.apply(context.schemaSteps);
    const call = callSql({ kind: "consume", organization: nthId(0), type: "ai", credits: 1 });
    const { error: refusal } = await db.attempt("in use", call);

    return {
      answer: refusal === undefined ? "yes" : `no: its calls are refused with "${refusal.message}"`,
      figures: { refused: refusal === undefined ? 0 : 1 },
    };
  },
);

export const testsOfStep4 = question(
  "O8",
  "What do the release's own tests need, and what do they leave behind?",
  async (context: CreditsContext) => {
    const without = await context.migrate({ accounts: [] });
    const refused = firstError(await without.apply(context.steps("exercise")));
    const fixed = ["1", "2"].map((last) =>
      sampleAccount(0, {
        id: `00000000-0000-0000-0000-00000000000${last}`,
        name: "Organization 1",
        totalCredits: 1000,
      }),
    );
    const db = await context.migrate({ accounts: fixed });
    const logged = await count(db, "SELECT count(*) FROM credit_actions");
    await db.apply(context.steps("exercise"));
    const figures = {
      logRowsLeft: (await count(db, "SELECT count(*) FROM credit_actions")) - logged,
      creditsUsed: await count(db, `SELECT sum(${USED}) FROM organizations`),
    };
    const need = refused === undefined ? "they need no organization" : "without their two organizations they fail";

    return {
      answer: `${need}; they leave ${figures.logRowsLeft} log rows and ${figures.creditsUsed} used credits behind`,
      figures,
    };
  },
);
