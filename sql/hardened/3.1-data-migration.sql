-- Step 3.1: every organization gets the allocation of its plan.
-- It can be stopped at any point and run again, also twice at the same time: credits_allocated_at marks what is done.
-- Send it on its own, outside of a transaction: it commits batch by batch.

-- Takes no lock. Less than deadlock_timeout: a transaction that holds several organizations waits this long at most for
-- the migration, and is never the one that is cancelled to resolve a deadlock.
SET lock_timeout = '200ms';

-- FOR NO KEY UPDATE on the organizations of one batch at a time, until that batch commits: writers of other
-- organizations do not wait, and readers never do.
DO $migration$
DECLARE
    -- A batch that fails is undone; the passes after the first take what is left one organization at a time.
    batch_size INTEGER := 100;
    batch RECORD;
    batch_count INTEGER;
    batch_start_time TIMESTAMPTZ;
    start_time CONSTANT TIMESTAMPTZ := clock_timestamp();
    total_count INTEGER;
    processed_count INTEGER := 0;
    processed_before INTEGER;
    reasons JSONB;
    unmigrated RECORD;
BEGIN
    SELECT COUNT(*) INTO total_count
    FROM organizations
    WHERE credits_allocated_at IS NULL;

    RAISE NOTICE 'Starting migration of % organizations at %', total_count, start_time;

    LOOP
        processed_before := processed_count;
        reasons := '{}';

        FOR batch IN
            SELECT array_agg(id ORDER BY id) AS ids
            FROM (
                SELECT id, (row_number() OVER (ORDER BY id) - 1) / batch_size AS batch_number
                FROM organizations
                WHERE credits_allocated_at IS NULL
            ) AS numbered
            GROUP BY batch_number
            ORDER BY batch_number
        LOOP
            batch_start_time := clock_timestamp();

            BEGIN
                -- An organization that another session holds is waited for, and read as it then stands.
                WITH allocated AS (
                    UPDATE organizations
                    SET
                        (ai_credits, whatsapp_credits, email_credits, sms_credits) = (
                            SELECT plan.ai, plan.whatsapp, plan.email, plan.sms
                            FROM plan_credits(plan_name::TEXT, total_credits) AS plan
                        ),
                        credits_allocated_at = NOW(),
                        updated_at = NOW()
                    WHERE id = ANY (batch.ids) AND credits_allocated_at IS NULL
                    RETURNING id, plan_name
                )
                INSERT INTO credit_actions (
                    organization_id,
                    action_type,
                    credits_consumed,
                    description,
                    created_at
                )
                SELECT
                    id,
                    'allocation',
                    0,
                    'Multi-credit allocation for plan: ' || COALESCE(plan_name::TEXT, 'custom'),
                    NOW()
                FROM allocated;
                GET DIAGNOSTICS batch_count = ROW_COUNT;
                -- Whatever is deferred is checked here, where it fails this batch alone, and not by COMMIT.
                SET CONSTRAINTS ALL IMMEDIATE;
            EXCEPTION
                WHEN OTHERS THEN
                    batch_count := 0;
                    reasons := reasons || jsonb_build_object(batch.ids[1]::TEXT, SQLERRM);
            END;
            COMMIT;

            IF batch_count > 0 THEN
                processed_count := processed_count + batch_count;
                total_count := GREATEST(total_count, processed_count);
                RAISE NOTICE 'Processed % / % organizations (%) - Batch time: %ms',
                    processed_count,
                    total_count,
                    round(processed_count * 100.0 / total_count, 1) || '%',
                    round(EXTRACT(EPOCH FROM clock_timestamp() - batch_start_time) * 1000);
            END IF;
        END LOOP;

        -- Organizations that were created or freed meanwhile are worth another pass; none is, once a pass of single
        -- organizations could do nothing more.
        EXIT WHEN batch_size = 1 AND processed_count = processed_before;
        batch_size := 1;
    END LOOP;

    FOR unmigrated IN
        SELECT id, name
        FROM organizations
        WHERE credits_allocated_at IS NULL
        ORDER BY id
    LOOP
        RAISE WARNING 'Organization % (%) is not migrated: %',
            unmigrated.id, unmigrated.name, COALESCE(reasons ->> unmigrated.id::TEXT, 'it was created meanwhile');
    END LOOP;

    RAISE NOTICE 'Migration completed! Processed % organizations in %ms',
        processed_count,
        round(EXTRACT(EPOCH FROM clock_timestamp() - start_time) * 1000);
END $migration$;

-- Takes no lock.
RESET lock_timeout;
