/** Canaries in the functions: rules A, C and G. */
import { canary, replace } from "./canary.ts";

const file = "2.2-functions.sql";

const allocated = "        credits_allocated_at = NOW(),\n";
const locked = "sms_used_credits\n    INTO organization\n    FROM organizations\n    WHERE id = p_organization_id\n";
const plan = "    SELECT ai, whatsapp, email, sms\n    INTO plan\n";
const exceeded = "RAISE EXCEPTION 'More credits are used than";
const allocationLog = "    -- Log the allocation\n";
const consumptionLog = "    -- Log the consumption\n";
const unknownConsumer =
  "        RAISE EXCEPTION 'Unknown organization: %', p_organization_id;\n    END IF;\n\n    IF available_credits";
const used = "SET whatsapp_used_credits = whatsapp_used_credits + p_credits,";
const availableEnds = "    RETURN COALESCE(available_credits, 0);\nEND;\n$$ LANGUAGE plpgsql";

const alsoSets = (property: string, wrong: string, assignment: string) =>
  canary(property, wrong, replace(file, allocated, `${allocated}        ${assignment},\n`));
const insteadOfLog = (property: string, wrong: string, sql: string) =>
  canary(property, wrong, replace(file, allocationLog, `    ${sql};\n`));

export const functionCanaries = [
  canary(
    "A3",
    "capital letters make another plan",
    replace(file, `lower(btrim(p_plan_type) COLLATE "C")`, "btrim(p_plan_type)"),
  ),
  canary("A3", "a space makes another plan", replace(file, "btrim(p_plan_type)", "p_plan_type")),
  canary(
    "A4",
    "the shares are computed in integers",
    replace(file, "p_total_credits * 0.4", "p_total_credits::INTEGER * 4 / 10"),
  ),
  canary(
    "A4",
    "an organization without a pool is refused",
    replace(file, plan, `    ASSERT organization.total_credits <> 0;\n${plan}`),
  ),
  alsoSets("A5", "the used credits are reset", "sms_used_credits = 0"),
  alsoSets("A5", "the creation time is overwritten", "created_at = NOW()"),
  alsoSets("A5", "the plan is overwritten", "plan_name = p_plan_type"),
  alsoSets("A5", "the name is trimmed", "name = btrim(name)"),
  alsoSets("A5", "the organization becomes active", "status = 'active'"),
  alsoSets("A5", "the pool is emptied", "total_credits = 0"),
  insteadOfLog(
    "A5",
    "other organizations are allocated too",
    "UPDATE organizations SET ai_credits = ai_credits + 1 WHERE id <> p_organization_id",
  ),
  insteadOfLog(
    "A5",
    "older log rows of the organization are removed",
    "DELETE FROM credit_actions WHERE organization_id = p_organization_id",
  ),
  insteadOfLog("A5", "another organization is added", "INSERT INTO organizations (name) VALUES ('another')"),
  canary(
    "A5-again",
    "an allocation is added to the one before",
    replace(file, "email_credits = plan.email,", "email_credits = plan.email + email_credits,"),
  ),
  canary(
    "A6",
    "letters outside of ASCII are left out of the description",
    replace(
      file,
      "COALESCE(p_plan_type, 'custom')",
      "COALESCE(regexp_replace(p_plan_type, '[^ -~]', '', 'g'), 'custom')",
    ),
  ),
  canary(
    "A7",
    "an organization that has used more is allocated what it has used",
    replace(file, plan, plan.replace("ai", "GREATEST(ai, organization.ai_used_credits) AS ai")),
  ),
  canary(
    "A7",
    "an allocation below what is used is ignored without an error",
    replace(file, exceeded, exceeded.replace("RAISE", "RETURN;\n        RAISE")),
  ),
  canary(
    "A7",
    "one type is left to the constraint",
    replace(file, "        OR plan.email < organization.email_used_credits\n", ""),
  ),
  canary(
    "A7-boundary",
    "what is used exactly cannot be allocated",
    replace(file, "OR plan.sms < organization", "OR plan.sms <= organization"),
  ),
  canary(
    "A7-race",
    "an allocation compares before it locks the row",
    replace(file, `${locked}    FOR NO KEY UPDATE;`, `${locked.trimEnd()};`),
  ),
  canary(
    "C5",
    "an unknown organization lacks credits",
    replace(file, unknownConsumer, unknownConsumer.replace("Unknown organization: %", "Insufficient credits of %")),
  ),
  canary(
    "C5",
    "an unknown organization returns FALSE",
    replace(file, unknownConsumer, "        RETURN FALSE;\n    END IF;\n\n    IF available_credits"),
  ),
  canary(
    "C8",
    "one type is never logged",
    replace(file, consumptionLog, "    IF p_credit_type = 'sms' THEN RETURN TRUE; END IF;\n"),
  ),
  canary(
    "C8",
    "more credits are used than logged",
    replace(file, used, "SET whatsapp_used_credits = LEAST(whatsapp_used_credits + p_credits + 1, whatsapp_credits),"),
  ),
  canary("G2", "the function is IMMUTABLE", replace(file, availableEnds, `${availableEnds} IMMUTABLE`)),
];
