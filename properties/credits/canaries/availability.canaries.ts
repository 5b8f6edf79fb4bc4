/** What `get_available_credits` must not do: rules G1 and G2. */
import { type Canary, canary } from "./canary.ts";

const file = "2.2-functions.sql";
const answer = "    RETURN COALESCE(available_credits, 0);\n";
const ending = `${answer}END;\n$$ LANGUAGE plpgsql`;

export const availability: readonly Canary[] = [
  canary("G1", "what is used is not taken off", {
    file,
    replace: answer,
    by: `    RETURN (SELECT CASE p_credit_type WHEN 'sms' THEN sms_credits ELSE COALESCE(available_credits, 0) END
        FROM (SELECT sms_credits FROM public.organizations WHERE id = p_organization_id
            UNION ALL SELECT 0 LIMIT 1) AS found);\n`,
  }),
  canary("G1", "the unknown has NULL credits", {
    file,
    replace: answer,
    by: "    RETURN available_credits;\n",
  }),
  canary("G1", "the unknown is an error", {
    file,
    replace: answer,
    by: `    ASSERT available_credits IS NOT NULL;\n${answer}`,
  }),
  canary("G1", "asking uses a credit", {
    file,
    replace: answer,
    by: `    UPDATE public.organizations SET ai_used_credits = ai_used_credits + 1
    WHERE id = p_organization_id AND ai_used_credits < ai_credits;\n${answer}`,
  }),
  canary("G1", "asking is logged", {
    file,
    replace: answer,
    by: `    INSERT INTO public.credit_actions (action_type) VALUES ('question');\n${answer}`,
  }),
  canary("G2", "the answer is taken for a constant", { file, replace: ending, by: `${ending} IMMUTABLE` }),
  canary("G2-statement", "the answer is of the moment when the statement began", {
    file,
    replace: ending,
    by: `${ending} STABLE`,
  }),
];
