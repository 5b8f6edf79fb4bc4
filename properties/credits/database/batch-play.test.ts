import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Databases } from "../../../harness/database/databases.ts";
import { readRelease } from "../../../harness/release/read-release.ts";
import { startEmbedded } from "../../../harness/server/embedded/embedded.ts";
import { applyCanary, type CanaryEdit, canary, replace } from "../canaries/canary.ts";
import { type Intent, predictCalls } from "../model/arbitraries.ts";
import { NO_CREDITS, nthId, type Organization, planAllocation } from "../model/model.ts";
import { openCreditsContext } from "../world.ts";
import type { CallHistory } from "./batch-play.ts";

const started = startEmbedded();
const databases = started.then((server) => new Databases(server));
const sound = await readRelease(join(import.meta.dirname, "../../../sql/hardened"));
const file = "2.2-functions.sql";
const organizations: readonly Organization[] = [0, 1].map((index) => ({
  id: nthId(index),
  name: " Any ",
  planName: "custom",
  totalCredits: 0,
  status: null,
  numbers: { allocated: planAllocation("custom", 0), used: NO_CREDITS },
}));

afterAll(async () => {
  await (await databases)[Symbol.asyncDispose]();
  await (await started)[Symbol.asyncDispose]();
});

const history = (...intents: Intent[]): CallHistory => ({
  organizations,
  calls: predictCalls(organizations, intents),
});
const use: Intent = { kind: "consume", organization: 0, type: "ai", credits: 1 };
const useTooMuch: Intent = { ...use, credits: 501 };
const allocate: Intent = { kind: "allocate", organization: 0, plan: "premium" };
const query: Intent = { kind: "available", organization: 0, type: "ai" };
/** A history that none of the changes below affects. */
const other = history({ ...query, type: "sms" });

async function playBatch(histories: readonly CallHistory[], ...edits: CanaryEdit[]): Promise<readonly boolean[]> {
  const release = edits.length === 0 ? sound : await applyCanary(canary("any", "it is edited", ...edits), sound);
  const context = openCreditsContext({ release, databases: await databases });
  try {
    return await context.playBatch(histories);
  } finally {
    await context.close();
  }
}

const used = "SET ai_used_credits = ai_used_credits + p_credits,";
const logged = "    -- Log the consumption\n";
const allocated = "        credits_allocated_at = NOW(),\n";

describe("each comparison detects what it alone can detect", () => {
  test.each<[string, CallHistory, CanaryEdit]>([
    ["the answer", history(use), replace(file, "    RETURN TRUE;\n", "    RETURN NULL;\n")],
    [
      "the answer to a query",
      history(query),
      replace(
        file,
        "COALESCE(available_credits, 0)",
        "CASE p_credit_type WHEN 'ai' THEN 7 ELSE COALESCE(available_credits, 0) END",
      ),
    ],
    ["the numbers after the last call", history(use), replace(file, used, used.replace(",", " + 1,"))],
    [
      "numbers that the next call corrects",
      history(use, allocate),
      replace(file, used, `${used} ai_credits = ai_credits + 1,`),
    ],
    [
      "the numbers of an organization that no call names",
      history(use),
      replace(
        file,
        logged,
        "    UPDATE organizations SET sms_credits = sms_credits + 1\n    WHERE id <> p_organization_id AND left(id::text, 13) = left(p_organization_id::text, 13);\n",
      ),
    ],
    ["the creation time", history(use), replace(file, used, `${used} created_at = NOW(),`)],
    ["the name", history(allocate), replace(file, allocated, `${allocated} name = btrim(name),\n`)],
    ["the plan", history(allocate), replace(file, allocated, `${allocated} plan_name = 'x',\n`)],
    ["the pool", history(allocate), replace(file, allocated, `${allocated} total_credits = 1,\n`)],
    ["the status", history(allocate), replace(file, allocated, `${allocated} status = 'x',\n`)],
    ["a log row", history(allocate), replace(file, "'allocation',", "'allotment',")],
    [
      "a log row too many",
      history(use),
      replace(
        file,
        logged,
        `    INSERT INTO credit_actions (organization_id, action_type) VALUES (p_organization_id, 'more');\n`,
      ),
    ],
    ["the words of an error", history(useTooMuch), replace(file, "Available: %, Required: %", "%, %")],
    [
      "the numbers in an error",
      history(useTooMuch),
      replace(
        file,
        "            p_credit_type, available_credits, p_credits;",
        "            p_credit_type, 0, p_credits;",
      ),
    ],
  ])("%s", async (_what, seen, edit) => {
    expect(await playBatch([seen, other])).toEqual([true, true]);
    expect(await playBatch([seen, other], edit)).toEqual([false, true]);
  });
});

test.each<[string, CanaryEdit]>([
  ["an organization of no history", replace(file, logged, "    INSERT INTO organizations (name) VALUES ('more');\n")],
  ["a log row of no history", replace(file, logged, "    INSERT INTO credit_actions (action_type) VALUES ('more');\n")],
  ["an unpredicted error", replace(file, logged, "    RAISE EXCEPTION 'not now';\n")],
])("%s leaves all histories undecided", async (_what, edit) => {
  expect(await playBatch([history(use), other], edit)).toEqual([false, false]);
});
