/** What `allocate_plan_credits` must not do: rules A1 to A8. */
import { type Canary, canary } from "./canary.ts";

const file = "2.2-functions.sql";
const update = "        credits_allocated_at = NOW(),\n";
const tooLittle =
  "    IF ai < ai_used OR whatsapp < whatsapp_used OR email < email_used OR sms < sms_used THEN\n";
const log = "'Multi-credit allocation for plan: ' || COALESCE(p_plan_type, 'custom')";

export const allocation: readonly Canary[] = [
  canary("A1", "a fixed plan is given one ai credit too many", {
    file,
    replace: "ai INTEGER := 1500",
    by: "ai INTEGER := 1501",
  }),
  canary("A1", "premium is a plan like any other", {
    file,
    replace: "IN ('enterprise', 'premium'), FALSE)",
    by: "IN ('enterprise'), FALSE)",
  }),
  canary("A2", "a floor is missing", { file, replace: "GREATEST(pool * 0.1, 100)", by: "(pool * 0.1)" }),
  canary("A2", "half a credit is rounded down", {
    file,
    replace: "GREATEST(pool * 0.1, 100)::INTEGER",
    by: "GREATEST(ceil(pool * 0.1 - 0.5), 100)::INTEGER",
  }),
  canary("A2", "a share is a percent too large", {
    file,
    replace: "(pool * 0.3, 300)",
    by: "(pool * 0.31, 300)",
  }),
  canary("A2", "no pool counts as a large one", {
    file,
    replace: "COALESCE(total_credits, 0)",
    by: "COALESCE(total_credits, 5000)",
  }),
  canary("A2", "a plan that begins like a fixed one is fixed", {
    file,
    replace: "IN ('enterprise', 'premium'), FALSE)",
    by: "~ '^(enterprise|premium)', FALSE)",
  }),
  canary("A3", "capital letters make another plan", {
    file,
    replace: `lower(btrim(p_plan_type) COLLATE "C")`,
    by: "btrim(p_plan_type)",
  }),
  canary("A3", "a space makes another plan", { file, replace: "btrim(p_plan_type)", by: "p_plan_type" }),
  canary("A4", "the shares are counted in integers", { file, replace: "pool * 0.4", by: "pool * 4 / 10" }),
  canary("A4", "an organization without a pool is refused", {
    file,
    replace: "    IF NOT fixed_plan THEN\n",
    by: "    IF NOT fixed_plan THEN\n        ASSERT pool <> 0;\n",
  }),
  canary("A5", "the used numbers begin anew", {
    file,
    replace: update,
    by: `${update}        sms_used_credits = 0,\n`,
  }),
  canary("A5", "the pool is emptied", { file, replace: update, by: `${update}        total_credits = 0,\n` }),
  canary("A5", "other organizations of the plan are allocated too", {
    file,
    replace: "    -- Log the allocation\n",
    by: "    UPDATE public.organizations SET ai_credits = ai_credits + 1 WHERE id <> p_organization_id;\n",
  }),
  canary("A5", "older log rows of the organization are removed", {
    file,
    replace: "    -- Log the allocation\n",
    by: "    DELETE FROM public.credit_actions WHERE organization_id = p_organization_id;\n",
  }),
  canary("A5", "an organization that nobody asked for is added", {
    file,
    replace: "    -- Log the allocation\n",
    by: "    INSERT INTO public.organizations (name) VALUES ('another');\n",
  }),
  canary("A6", "a log row that belongs to nobody is written too", {
    file,
    replace: "    -- Log the allocation\n",
    by: "    INSERT INTO public.credit_actions (action_type) VALUES ('allocation');\n",
  }),
  canary("A5-again", "an allocation is added to the one there is", {
    file,
    replace: "        email_credits = email,\n",
    by: "        email_credits = email_credits + email,\n",
  }),
  canary("A6", "without a plan there is no description", {
    file,
    replace: log,
    by: "'Multi-credit allocation for plan: ' || p_plan_type",
  }),
  canary("A6", "the description does not name the plan", {
    file,
    replace: log,
    by: "'Multi-credit allocation'",
  }),
  canary("A6", "the action has another name", { file, replace: "'allocation',\n", by: "'allocated',\n" }),
  canary("A6", "the log row counts credits", {
    file,
    replace: "'allocation',\n        0,",
    by: "'allocation',\n        ai,",
  }),
  canary("A6", "each allocation is logged twice", {
    file,
    replace: "    -- Log the allocation\n",
    by: `    INSERT INTO public.credit_actions (organization_id, action_type, description)
    VALUES (p_organization_id, 'allocation', ${log});\n`,
  }),
  canary("A7", "whoever has used more is given what is used", {
    file,
    replace: tooLittle,
    by: `    ai := GREATEST(ai, ai_used);\n${tooLittle}`,
  }),
  canary("A7", "an allocation below what is used is passed over in silence", {
    file,
    replace: tooLittle,
    by: `${tooLittle}        RETURN;\n`,
  }),
  canary("A8", "an unknown organization is passed over in silence", {
    file,
    replace:
      "        RAISE EXCEPTION 'Unknown organization: %', p_organization_id;\n    END IF;\n\n    IF NOT fixed_plan",
    by: "        RETURN;\n    END IF;\n\n    IF NOT fixed_plan",
  }),
  canary("A8", "no organization is passed over in silence", {
    file,
    replace:
      "    -- The lock comes before the read: nobody can consume between the check below and the update.\n",
    by: "    IF p_organization_id IS NULL THEN RETURN; END IF;\n",
  }),
];
