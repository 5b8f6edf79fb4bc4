/** Canaries for interrupted statements: rules M2, R1, R4, R5 and S4. */
import { append, canary, replace } from "./canary.ts";

const functions = "2.2-functions.sql";
const indexes = "2.3-indexes.sql";
const data = "3.1-data-migration.sql";
const emergency = "5.1-emergency.sql";
const controlled = "5.2-controlled.sql";

const count = "    SELECT COUNT(*) INTO total_count\n";
const logAllocation = "    -- Log the allocation\n    INSERT INTO credit_actions (";
const dropDisabled = "DROP FUNCTION IF EXISTS get_available_credits_disabled(UUID, TEXT);\n";

const logsFirst = [
  replace(
    data,
    count,
    `    INSERT INTO credit_actions (organization_id, action_type, credits_consumed, description)
    SELECT id, 'allocation', 0, 'Multi-credit allocation for plan: ' || COALESCE(plan_name, 'custom')
    FROM organizations WHERE credits_allocated_at IS NULL ORDER BY id;
    COMMIT;
${count}`,
  ),
  replace(functions, logAllocation, `    RETURN;\n${logAllocation}`),
];
const marksFirst = [
  replace(
    data,
    "            batch_start_time := clock_timestamp();\n",
    `            batch_start_time := clock_timestamp();
            UPDATE organizations SET credits_allocated_at = NOW() WHERE id = ANY (batch.ids);
            COMMIT;
`,
  ),
  replace(data, "WHERE id = ANY (batch.ids) AND credits_allocated_at IS NULL", "WHERE id = ANY (batch.ids)"),
];
const leavesTable = [
  replace(data, `BEGIN\n${count}`, `BEGIN\n    CREATE TABLE in_progress ();\n    COMMIT;\n${count}`),
  replace(
    data,
    "    RAISE NOTICE 'Migration completed!",
    "    DROP TABLE in_progress;\n    RAISE NOTICE 'Migration completed!",
  ),
];
const emergencyOpen = [replace(emergency, "BEGIN;\n", ""), replace(emergency, "COMMIT;\n", "")];
const controlledOpen = [
  replace(controlled, "BEGIN;\n\n-- Takes no lock.", "-- Takes no lock."),
  replace(controlled, "COMMIT;\n", ""),
];

export const interruptionCanaries = [
  ...["M2", "M2-crash"].flatMap((id) => [
    canary(id, "the data migration logs before it allocates, in another transaction", ...logsFirst),
    canary(id, "organizations are marked as migrated before they are, in another transaction", ...marksFirst),
  ]),
  canary("S4-crash", "an invalid index counts as existing", replace(indexes, "AND NOT indisvalid", "AND FALSE")),
  ...["R1", "R1-interrupted", "R1-crash"].map((id) =>
    canary(id, "an interrupted data migration leaves a table behind", ...leavesTable),
  ),
  ...["R4-interrupted", "R4-crash", "R4-atomic"].map((id) =>
    canary(id, "BEGIN and COMMIT are missing", ...emergencyOpen),
  ),
  ...["R5-interrupted", "R5-crash", "R5-atomic"].map((id) =>
    canary(id, "BEGIN and COMMIT are missing", ...controlledOpen),
  ),
  canary(
    "R4-atomic",
    "a disabled function is dropped after the transaction",
    replace(emergency, dropDisabled, ""),
    append(emergency, dropDisabled),
  ),
];
