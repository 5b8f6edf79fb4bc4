/** Canaries in the migration of schema and data: rules L1, M4, M6, S2 and S3. */
import { append, canary, replace } from "./canary.ts";

const columns = "2.1-columns.sql";
const functions = "2.2-functions.sql";
const indexes = "2.3-indexes.sql";
const data = "3.1-data-migration.sql";
const processed = "organizations (%) - Batch time: %ms',\n                    processed_count,\n";
const batchStart = "            batch_start_time := clock_timestamp();\n";
const batchCount = "                GET DIAGNOSTICS batch_count = ROW_COUNT;\n";
const total = "                total_count := GREATEST(total_count, processed_count);\n";

export const schemaCanaries = [
  canary(
    "L1",
    "a column gets another type",
    append(columns, "ALTER TABLE organizations ALTER COLUMN total_credits TYPE BIGINT;"),
  ),
  canary(
    "L1",
    "a column has a default that differs for each row",
    replace(
      columns,
      "ADD COLUMN IF NOT EXISTS credits_allocated_at TIMESTAMPTZ,",
      "ADD COLUMN IF NOT EXISTS credits_allocated_at TIMESTAMPTZ,\nADD COLUMN IF NOT EXISTS token UUID DEFAULT gen_random_uuid(),",
    ),
  ),
  canary(
    "S2-validated",
    "a limit is never validated",
    replace(columns, "VALIDATE CONSTRAINT check_email_credits_limit,\n", ""),
  ),
  canary(
    "S2-validated",
    "a limit is missing",
    append(columns, "ALTER TABLE organizations DROP CONSTRAINT check_sms_credits_limit;"),
  ),
  // Only one mutant shows that S3 can fail.
  canary(
    "S3",
    "the status of an organization is overwritten",
    append(columns, "UPDATE organizations SET status = 'active' WHERE status IS NULL;"),
  ),
  canary(
    "S3",
    "an index that is not of the baseline is dropped",
    append(indexes, "DROP INDEX IF EXISTS plumbline_by_name;"),
  ),
  canary(
    "S3",
    "a grant that is not of the baseline is revoked",
    append(functions, "REVOKE ALL ON organizations FROM PUBLIC;"),
  ),
];

export const dataMigrationCanaries = [
  canary(
    "M4",
    "what the application allocated is allocated again by the plan before",
    replace(
      data,
      "FROM plan_credits(plan_name::TEXT, total_credits)",
      // A subquery reads the row as of the beginning of the statement.
      "FROM plan_credits((SELECT o.plan_name::TEXT FROM organizations AS o WHERE o.id = organizations.id), total_credits)",
    ),
    replace(data, "WHERE id = ANY (batch.ids) AND credits_allocated_at IS NULL", "WHERE id = ANY (batch.ids)"),
  ),
  canary(
    "M4-deadlock",
    "the whole data migration is one transaction, and a deadlock ends it",
    replace(data, "            END;\n            COMMIT;\n", "            END;\n"),
    replace(data, "                    batch_count := 0;\n", "                    RAISE;\n"),
  ),
  canary(
    "M4-steps",
    "a step gives up before a short transaction has ended",
    replace(columns, "SET lock_timeout = '3s';", "SET lock_timeout = '1ms';"),
  ),
  canary(
    "M4-steps",
    "a step overwrites concurrent writes",
    append(functions, "UPDATE organizations SET name = 'Any';"),
  ),
  canary(
    "M6-traffic",
    "the total grows after it was reported",
    replace(data, total, ""),
    replace(data, "            END IF;\n        END LOOP;", `${total}            END IF;\n        END LOOP;`),
  ),
  canary(
    "M6",
    "each notice counts its batch, and calls it the progress",
    replace(data, processed, processed.replace("processed_count", "batch_count")),
  ),
  canary(
    "M6-durations",
    "no duration is reported",
    replace(data, "Batch time: %ms',\n", "% ticks',\n"),
    replace(data, "organizations in %ms'", "organizations in % ticks'"),
  ),
  canary(
    "M6-durations",
    "the time of a batch begins when its organizations are allocated",
    replace(data, batchStart, ""),
    replace(data, batchCount, `${batchStart}${batchCount}`),
  ),
  canary(
    "M6-durations",
    "the time of a batch ends before its commit",
    replace(data, "            END;\n            COMMIT;\n", "            END;\n"),
    replace(
      data,
      "            END IF;\n        END LOOP;",
      "            END IF;\n            COMMIT;\n        END LOOP;",
    ),
  ),
  canary(
    "M6-durations",
    "the time since the start leaves out the pauses",
    replace(data, "            COMMIT;\n", "            COMMIT;\n            PERFORM pg_sleep(0.001);\n"),
    replace(data, "batch_start_time TIMESTAMPTZ;", "batch_start_time TIMESTAMPTZ;\n    worked INTERVAL := '0';"),
    replace(
      data,
      "            END;\n",
      "            END;\n            worked := worked + (clock_timestamp() - batch_start_time);\n",
    ),
    replace(data, "EXTRACT(EPOCH FROM clock_timestamp() - start_time)", "EXTRACT(EPOCH FROM worked)"),
  ),
  canary(
    "M6-durations",
    "the time of a batch is that since the start",
    replace(data, "clock_timestamp() - batch_start_time", "clock_timestamp() - start_time"),
  ),
  canary(
    "M6-durations",
    "the whole time is that of the last batch",
    replace(data, "clock_timestamp() - start_time", "clock_timestamp() - batch_start_time"),
  ),
];
