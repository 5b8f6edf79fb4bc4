/** What `allocate_plan_credits` must not do: rules A1 to A8. */
import { type Canary, canary } from "./canary.ts";

const file = "2.2-functions.sql";
const update = "        credits_allocated_at = NOW(),\n";
const numbers =
  "SELECT plan.ai, plan.whatsapp, plan.email, plan.sms\n            FROM public.plan_credits(p_plan_type";
const begin = "BEGIN\n    UPDATE public.organizations\n    SET\n        (ai_credits,";
const unknown =
  "        RAISE EXCEPTION 'Unknown organization: %', p_organization_id;\n    END IF;\n\n    -- Log the allocation";
const log = "'Multi-credit allocation for plan: ' || COALESCE(p_plan_type, 'custom')";

export const allocation: readonly Canary[] = [
  canary("A1", "a fixed plan is given one ai credit too many", {
    file,
    replace: "THEN 1500 ELSE",
    by: "THEN 1501 ELSE",
  }),
  canary("A1", "premium is a plan like any other", {
    file,
    replace: "IN ('enterprise', 'premium')",
    by: "IN ('enterprise')",
  }),
  canary("A2", "a floor is missing", {
    file,
    replace: "GREATEST(p_total_credits * 0.1, 100)",
    by: "(p_total_credits * 0.1)",
  }),
  canary("A2", "half a credit is rounded down", {
    file,
    replace: "GREATEST(p_total_credits * 0.1, 100)::INTEGER",
    by: "GREATEST(ceil(p_total_credits * 0.1 - 0.5), 100)::INTEGER",
  }),
  canary("A2", "a share is a percent too large", {
    file,
    replace: "(p_total_credits * 0.3, 300)",
    by: "(p_total_credits * 0.31, 300)",
  }),
  canary("A2", "no pool counts as a large one", {
    file,
    replace: "p_plan_type, total_credits)",
    by: "p_plan_type, COALESCE(total_credits, 5000))",
  }),
  canary("A2", "a plan that begins like a fixed one is fixed", {
    file,
    replace: "IN ('enterprise', 'premium')",
    by: "~ '^(enterprise|premium)'",
  }),
  canary("A3", "capital letters make another plan", {
    file,
    replace: `lower(btrim(p_plan_type) COLLATE "C")`,
    by: "btrim(p_plan_type)",
  }),
  canary("A3", "a space makes another plan", { file, replace: "btrim(p_plan_type)", by: "p_plan_type" }),
  canary("A4", "the shares are counted in integers", {
    file,
    replace: "p_total_credits * 0.4",
    by: "p_total_credits * 4 / 10",
  }),
  canary("A4", "an organization without a pool is refused", {
    file,
    replace: begin,
    by: begin.replace(
      "BEGIN\n",
      "BEGIN\n    ASSERT (SELECT total_credits <> 0 FROM public.organizations WHERE id = p_organization_id);\n",
    ),
  }),
  canary("A5", "the used numbers begin anew", {
    file,
    replace: update,
    by: `${update}        sms_used_credits = 0,\n`,
  }),
  canary("A5", "the organization seems to be made when it is allocated", {
    file,
    replace: update,
    by: `${update}        created_at = NOW(),\n`,
  }),
  canary("A5", "the plan is written down", {
    file,
    replace: update,
    by: `${update}        plan_name = p_plan_type,\n`,
  }),
  canary("A5", "the name is trimmed", {
    file,
    replace: update,
    by: `${update}        name = btrim(name),\n`,
  }),
  canary("A5", "the organization becomes active", {
    file,
    replace: update,
    by: `${update}        status = 'active',\n`,
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
    replace: numbers,
    by: numbers.replace("plan.email", "plan.email + email_credits"),
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
    by: "'allocation',\n        1,",
  }),
  canary("A6", "each allocation is logged twice", {
    file,
    replace: "    -- Log the allocation\n",
    by: `    INSERT INTO public.credit_actions (organization_id, action_type, description)
    VALUES (p_organization_id, 'allocation', ${log});\n`,
  }),
  canary("A7", "whoever has used more is given what is used", {
    file,
    replace: numbers,
    by: numbers.replace("plan.ai", "GREATEST(plan.ai, ai_used_credits)"),
  }),
  canary("A7", "an allocation below what is used is passed over in silence", {
    file,
    replace: "END;\n$$ LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp;\n\n-- Says",
    by: "EXCEPTION\n    WHEN check_violation THEN NULL;\nEND;\n$$ LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp;\n\n-- Says",
  }),
  canary("A8", "an unknown organization is passed over in silence", {
    file,
    replace: unknown,
    by: "        RETURN;\n    END IF;\n\n    -- Log the allocation",
  }),
  canary("A8", "no organization is passed over in silence", {
    file,
    replace: begin,
    by: begin.replace("BEGIN\n", "BEGIN\n    IF p_organization_id IS NULL THEN RETURN; END IF;\n"),
  }),
];
