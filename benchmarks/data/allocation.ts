/**
 * Allocates credits to all organizations in one statement: the data migration without its batches. It also migrates the
 * rows to measure on, because a call for each of a million organizations takes minutes.
 */

interface Exception {
  /** The id of an organization that has its credits already. */
  readonly id: string;
  /** Additional assignments, each after a comma. */
  readonly own: string;
}

/** One UPDATE of all, and one log row for each. */
export function allocateAll(except?: Exception): string {
  return `WITH allocated AS (
    UPDATE organizations
    SET
        ai_credits = CASE WHEN fixed THEN 1500 ELSE GREATEST(pool * 0.4, 500)::INTEGER END,
        whatsapp_credits = CASE WHEN fixed THEN 1200 ELSE GREATEST(pool * 0.3, 300)::INTEGER END,
        email_credits = CASE WHEN fixed THEN 20000 ELSE GREATEST(pool * 0.3, 1000)::INTEGER END,
        sms_credits = CASE WHEN fixed THEN 500 ELSE GREATEST(pool * 0.1, 100)::INTEGER END,
        updated_at = NOW()${except?.own ?? ""}
    FROM (
        SELECT
            id AS due_id,
            COALESCE(total_credits, 0) AS pool,
            COALESCE(lower(btrim(plan_name::TEXT)) IN ('enterprise', 'premium'), FALSE) AS fixed
        FROM organizations
    ) AS due
    WHERE id = due_id${except === undefined ? "" : ` AND id <> '${except.id}'`}
    RETURNING id, plan_name
)
INSERT INTO credit_actions (organization_id, action_type, credits_consumed, description, created_at)
SELECT id, 'allocation', 0, 'Multi-credit allocation for plan: ' || COALESCE(plan_name::TEXT, 'custom'), NOW()
FROM allocated`;
}

/**
 * The same with everything that the release changes in addition: its own function allocates to this organization, and
 * its changes in other columns are applied to all.
 */
export function allocateLikeRelease(id: string): string {
  return `DO $settle$
DECLARE
    before JSONB;
    own TEXT;
BEGIN
    SELECT to_jsonb(o) INTO before FROM organizations AS o WHERE id = '${id}';
    PERFORM allocate_plan_credits(id, COALESCE(plan_name::TEXT, 'custom')) FROM organizations WHERE id = '${id}';
    SELECT COALESCE(string_agg(format(', %I = %L', key, value #>> '{}'), ''), '') INTO own
    FROM organizations AS o, jsonb_each(to_jsonb(o))
    WHERE id = '${id}' AND value IS DISTINCT FROM before -> key AND key NOT IN (
        'ai_credits', 'whatsapp_credits', 'email_credits', 'sms_credits', 'updated_at'
    );
    EXECUTE replace($all$${allocateAll({ id, own: "<own>" })}$all$, '<own>', own);
END $settle$`;
}
