import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Databases } from "../../../harness/database/databases.ts";
import { readRelease } from "../../../harness/release/read-release.ts";
import { startEmbedded } from "../../../harness/server/embedded/embedded.ts";
import { applyCanary, type CanaryEdit, canary } from "../canaries/canary.ts";
import { type Intent, organizationId, predictCalls } from "../model/arbitraries.ts";
import { NO_CREDITS, type Organization, planAllocation } from "../model/model.ts";
import { openContext } from "../world.ts";
import type { History } from "./batch-play.ts";

const started = startEmbedded();
const databases = started.then((server) => new Databases(server));
const sound = await readRelease(join(import.meta.dirname, "../../../sql/hardened"));
const file = "2.2-functions.sql";
const organizations: readonly Organization[] = [0, 1].map((index) => ({
  id: organizationId(index),
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

const history = (...intents: Intent[]): History => ({
  organizations,
  calls: predictCalls(organizations, intents),
});
const use: Intent = { kind: "consume", organization: 0, type: "ai", credits: 1 };
const useTooMuch: Intent = { ...use, credits: 501 };
const allocate: Intent = { kind: "allocate", organization: 0, plan: "premium" };
const ask: Intent = { kind: "available", organization: 0, type: "ai" };
/** One that none of the changes below has to do with. */
const other = history({ ...ask, type: "sms" });

async function settledBy(histories: readonly History[], ...edits: CanaryEdit[]): Promise<readonly boolean[]> {
  const release =
    edits.length === 0 ? sound : await applyCanary(canary("any", "it is another", ...edits), sound);
  const world = openContext({ release, databases: await databases });
  try {
    return await world.playBatch(histories);
  } finally {
    await world.close();
  }
}

const used = "SET ai_used_credits = ai_used_credits + p_credits,";
const logged = "    -- Log the consumption\n";
const allocated = "        credits_allocated_at = NOW(),\n";

describe("what one comparison alone can see is seen", () => {
  test.each<[string, History, CanaryEdit]>([
    ["the answer", history(use), { file, replace: "    RETURN TRUE;\n", by: "    RETURN NULL;\n" }],
    [
      "the answer to a question",
      history(ask),
      {
        file,
        replace: "COALESCE(available_credits, 0)",
        by: "CASE p_credit_type WHEN 'ai' THEN 7 ELSE COALESCE(available_credits, 0) END",
      },
    ],
    [
      "the numbers after the last call",
      history(use),
      { file, replace: used, by: used.replace(",", " + 1,") },
    ],
    [
      "numbers that the next call sets right",
      history(use, allocate),
      { file, replace: used, by: `${used} ai_credits = ai_credits + 1,` },
    ],
    [
      "the numbers of an organization that no call names",
      history(use),
      {
        file,
        replace: logged,
        by: "    UPDATE public.organizations SET sms_credits = sms_credits + 1\n    WHERE id <> p_organization_id AND left(id::text, 13) = left(p_organization_id::text, 13);\n",
      },
    ],
    ["the name", history(allocate), { file, replace: allocated, by: `${allocated} name = btrim(name),\n` }],
    ["the plan", history(allocate), { file, replace: allocated, by: `${allocated} plan_name = 'x',\n` }],
    ["the pool", history(allocate), { file, replace: allocated, by: `${allocated} total_credits = 1,\n` }],
    ["the status", history(allocate), { file, replace: allocated, by: `${allocated} status = 'x',\n` }],
    ["a log row", history(allocate), { file, replace: "'allocation',", by: "'allotment'," }],
    [
      "a log row too many",
      history(use),
      {
        file,
        replace: logged,
        by: `    INSERT INTO public.credit_actions (organization_id, action_type) VALUES (p_organization_id, 'more');\n`,
      },
    ],
    [
      "the words of a refusal",
      history(useTooMuch),
      { file, replace: "Available: %, Required: %", by: "%, %" },
    ],
    [
      "the state that a refusal names",
      history(useTooMuch),
      {
        file,
        replace: "            p_credit_type, available_credits, p_credits;",
        by: "            p_credit_type, 0, p_credits;",
      },
    ],
  ])("%s", async (_what, seen, edit) => {
    expect(await settledBy([seen, other])).toEqual([true, true]);
    expect(await settledBy([seen, other], edit)).toEqual([false, true]);
  });
});

test.each<[string, CanaryEdit]>([
  [
    "an organization that is nobody's",
    { file, replace: logged, by: "    INSERT INTO public.organizations (name) VALUES ('more');\n" },
  ],
  [
    "a log row that is nobody's",
    { file, replace: logged, by: "    INSERT INTO public.credit_actions (action_type) VALUES ('more');\n" },
  ],
  [
    "an organization that seems to be made just now",
    { file, replace: used, by: `${used} created_at = NOW(),` },
  ],
  ["a refusal that is not foreseen", { file, replace: logged, by: "    RAISE EXCEPTION 'not now';\n" }],
])("%s leaves all histories open", async (_what, edit) => {
  expect(await settledBy([history(use), other], edit)).toEqual([false, false]);
});
