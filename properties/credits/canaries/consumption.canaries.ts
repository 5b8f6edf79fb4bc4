/** What `consume_specific_credits` must not do: rules C1 to C8. */
import { type Canary, canary } from "./canary.ts";

const file = "2.2-functions.sql";
const wrongType =
  "    IF p_credit_type IS NULL OR p_credit_type NOT IN ('ai', 'whatsapp', 'email', 'sms') THEN\n";
const wrongNumber = "    IF p_credits IS NULL OR p_credits <= 0 THEN\n";
const unknown =
  "        RAISE EXCEPTION 'Unknown organization: %', p_organization_id;\n    END IF;\n\n    IF available_credits";
const tooMany = "    IF available_credits < p_credits THEN\n";
const whatsapp = "SET whatsapp_used_credits = whatsapp_used_credits + p_credits,";
const log = "    -- Log the consumption\n";
const description = "COALESCE(p_description, 'Consumed ' || p_credits || ' ' || p_credit_type || ' credits')";

export const consumption: readonly Canary[] = [
  canary("C1", "a success returns NULL", { file, replace: "    RETURN TRUE;\n", by: "    RETURN NULL;\n" }),
  canary("C1", "one credit too many is used", {
    file,
    replace: whatsapp,
    by: "SET whatsapp_used_credits = LEAST(whatsapp_used_credits + p_credits + 1, whatsapp_credits),",
  }),
  canary("C1", "the credits of another type are used", {
    file,
    replace: whatsapp,
    by: "SET email_used_credits = email_used_credits + p_credits,",
  }),
  canary("C1", "another organization uses them too", {
    file,
    replace: log,
    by: `    UPDATE public.organizations SET sms_credits = sms_credits + 1 WHERE id <> p_organization_id;\n`,
  }),
  canary("C1", "the old pool shrinks too", {
    file,
    replace: log,
    by: "    UPDATE public.organizations SET total_credits = 1 WHERE id = p_organization_id;\n",
  }),
  canary("C1", "the organization seems to be made when it is used", {
    file,
    replace: whatsapp,
    by: `${whatsapp} created_at = NOW(),`,
  }),
  canary("C1", "the last credit cannot be used", {
    file,
    replace: tooMany,
    by: "    IF available_credits <= p_credits THEN\n",
  }),
  canary("C2", "the available credits are told wrong", {
    file,
    replace: "            p_credit_type, available_credits, p_credits;",
    by: "            p_credit_type, available_credits - 1, p_credits;",
  }),
  canary("C2", "the two numbers have changed places", {
    file,
    replace: "            p_credit_type, available_credits, p_credits;",
    by: "            p_credit_type, p_credits, available_credits;",
  }),
  canary("C2", "the SQLSTATE is another one", {
    file,
    replace: "            p_credit_type, available_credits, p_credits;",
    by: "            p_credit_type, available_credits, p_credits USING ERRCODE = 'P0002';",
  }),
  canary("C2", "one credit too many is found out by a constraint alone", {
    file,
    replace: tooMany,
    by: "    IF available_credits + 1 < p_credits THEN\n",
  }),
  canary("C2", "a lack of credits returns FALSE", {
    file,
    replace: tooMany,
    by: `${tooMany}        RETURN FALSE;\n`,
  }),
  canary("C3", "zero credits can be used", {
    file,
    replace: wrongNumber,
    by: "    IF p_credits IS NULL OR p_credits < 0 THEN\n",
  }),
  canary("C3", "a negative call mints credits", {
    file,
    replace: wrongNumber,
    by: "    IF p_credits IS NULL OR p_credits = 0 THEN\n",
  }),
  canary("C3", "NULL credits return FALSE", {
    file,
    replace: wrongNumber,
    by: `    IF p_credits IS NULL THEN RETURN FALSE; END IF;\n${wrongNumber}`,
  }),
  canary("C4", "a wrong number hides a wrong type", {
    file,
    replace: wrongType,
    by: `    IF p_credits <= 0 THEN RAISE EXCEPTION 'Invalid number of credits: %', p_credits; END IF;\n${wrongType}`,
  }),
  canary("C4", "a NULL type returns FALSE", {
    file,
    replace: wrongType,
    by: `    IF p_credit_type IS NULL THEN RETURN FALSE; END IF;\n${wrongType}`,
  }),
  canary("C4", "capital letters make no other type", {
    file,
    replace: wrongType,
    by: `    p_credit_type := lower(p_credit_type);\n${wrongType}`,
  }),
  canary("C5", "an unknown organization is said to lack credits", {
    file,
    replace: unknown,
    by: unknown.replace("Unknown organization: %", "Insufficient credits of %"),
  }),
  canary("C5", "an unknown organization returns FALSE", {
    file,
    replace: unknown,
    by: `        RETURN FALSE;\n    END IF;\n\n    IF available_credits`,
  }),
  canary("C6", "NULL credits are found out by a constraint alone", {
    file,
    replace: wrongNumber,
    by: "    IF p_credits <= 0 THEN\n",
  }),
  canary("C6", "an unknown organization is found out by the foreign key alone", {
    file,
    replace: unknown,
    by: `    END IF;\n\n    IF available_credits`,
  }),
  canary("C7", "each consumption is logged twice", {
    file,
    replace: log,
    by: `    INSERT INTO public.credit_actions (organization_id, action_type, credits_consumed, description)
    VALUES (p_organization_id, p_credit_type || '_consumption', p_credits, p_description);\n`,
  }),
  canary("C7", "the description is not the one that was given", {
    file,
    replace: description,
    by: `lower(${description})`,
  }),
  canary("C7", "the default description is lost", { file, replace: description, by: "p_description" }),
  canary("C7", "an empty description counts as none", {
    file,
    replace: "COALESCE(p_description,",
    by: "COALESCE(NULLIF(p_description, ''),",
  }),
  canary("C7", "the type is not in the action", {
    file,
    replace: "p_credit_type || '_consumption',",
    by: "'consumption',",
  }),
  canary("C8", "one type is never logged", {
    file,
    replace: log,
    by: `    IF p_credit_type = 'sms' THEN RETURN TRUE; END IF;\n`,
  }),
  canary("C8", "a used number is more than what is logged", {
    file,
    replace: whatsapp,
    by: "SET whatsapp_used_credits = LEAST(whatsapp_used_credits + p_credits + 1, whatsapp_credits),",
  }),
];
