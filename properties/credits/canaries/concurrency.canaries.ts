/** What sessions must not do to each other: rules K1 to K4. */
import { type Canary, canary, type Edit } from "./canary.ts";

const file = "2.2-functions.sql";
const log = "    -- Log the consumption\n";
const afterLock = `

    IF NOT FOUND THEN
        RAISE EXCEPTION 'Unknown organization: %', p_organization_id;
    END IF;

    IF available_credits < p_credits THEN`;

const withoutLock: Edit = {
  file,
  replace: `    WHERE id = p_organization_id\n    FOR NO KEY UPDATE;${afterLock}`,
  by: `    WHERE id = p_organization_id;${afterLock}`,
};

/** What was read is written back, and not what is there by then. */
const writtenBack: Edit = {
  file,
  replace: "SET ai_used_credits = ai_used_credits + p_credits,",
  by: "SET ai_used_credits = ai_credits - available_credits + p_credits,",
};

const lockOthers: Edit = {
  file,
  replace: log,
  by: `    PERFORM FROM public.organizations WHERE id <> p_organization_id ORDER BY id FOR UPDATE;\n\n${log}`,
};

export const concurrency: readonly Canary[] = [
  canary("K1", "a consumption writes back what it read without a lock", withoutLock, writtenBack),
  canary("K1", "an allocation forgets what was used meanwhile", {
    file,
    replace: "        credits_allocated_at = NOW(),\n",
    by: `        credits_allocated_at = NOW(),
        ai_used_credits = (SELECT o.ai_used_credits FROM public.organizations AS o WHERE o.id = p_organization_id),\n`,
  }),
  canary("K2", "a consumption checks without the row lock", withoutLock),
  canary("K2-interleavings", "a consumption checks without the row lock", withoutLock),
  canary("K2-leaks", "a consumption checks without the row lock", withoutLock),
  canary("K3", "a consumption locks its own organization, and then the others", lockOthers),
  canary("K4", "a consumption locks the other organizations too", lockOthers),
  canary("K4", "all consumptions are counted in one row", {
    file,
    replace: log,
    by: `    UPDATE public.organizations SET updated_at = NOW()
    WHERE id = (SELECT id FROM public.organizations ORDER BY id LIMIT 1);\n\n${log}`,
  }),
];
