/**
 * The allocation of all organizations in one statement: what the data migration comes to without its batches, and how
 * the rows to measure on are made, since a call for each of a million takes minutes.
 */

/** What is left out of the statement, and what it sets besides. */
interface Except {
  /** The id of an organization that is allocated already. */
  readonly id: string;
  /** Further assignments, each after a comma. */
  readonly own: string;
}

/** One update of all, and one log row for each. */
export function allocateAll(except?: Except): string {
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
            COALESCE(lower(btrim(plan_name)) IN ('enterprise', 'premium'), FALSE) AS fixed
        FROM organizations
    ) AS due
    WHERE id = due_id${except === undefined ? "" : ` AND id <> '${except.id}'`}
    RETURNING id, plan_name
)
INSERT INTO credit_actions (organization_id, action_type, credits_consumed, description, created_at)
SELECT id, 'allocation', 0, 'Multi-credit allocation for plan: ' || COALESCE(plan_name, 'custom'), NOW()
FROM allocated`;
}

/**
 * The same, and whatever the release marks beside it: its own function allocates this organization, and what it changes
 * there in other columns is set for all.
 */
export function settleAll(id: string): string {
  return `DO $settle$
DECLARE
    before JSONB;
    own TEXT;
BEGIN
    SELECT to_jsonb(o) INTO before FROM organizations AS o WHERE id = '${id}';
    PERFORM allocate_plan_credits(id, COALESCE(plan_name, 'custom')) FROM organizations WHERE id = '${id}';
    SELECT COALESCE(string_agg(format(', %I = %L', key, value #>> '{}'), ''), '') INTO own
    FROM organizations AS o, jsonb_each(to_jsonb(o))
    WHERE id = '${id}' AND value IS DISTINCT FROM before -> key AND key NOT IN (
        'ai_credits', 'whatsapp_credits', 'email_credits', 'sms_credits', 'updated_at'
    );
    EXECUTE replace($all$${allocateAll({ id, own: "<own>" })}$all$, '<own>', own);
END $settle$`;
}
