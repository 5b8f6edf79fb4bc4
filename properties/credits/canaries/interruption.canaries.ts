/** What must not be left by a statement that is stopped: rules M2, S4, R1, R4 and R5. */
import { type Canary, canary } from "./canary.ts";

const data = "3.1-data-migration.sql";
const functions = "2.2-functions.sql";
const indexes = "2.3-indexes.sql";
const emergency = "5.1-emergency.sql";
const controlled = "5.2-controlled.sql";

const log = "    -- Log the allocation\n    INSERT INTO public.credit_actions (";
const logged = `    INSERT INTO public.credit_actions (organization_id, action_type, credits_consumed, description)
    SELECT id, 'allocation', 0, 'Multi-credit allocation for plan: ' || COALESCE(plan_name, 'custom')
    FROM public.organizations WHERE credits_allocated_at IS NULL ORDER BY id;
    COMMIT;
`;
const count = "    SELECT COUNT(*) INTO total_count\n";

const logsFirst = [
  { file: data, replace: count, by: `${logged}${count}` },
  { file: functions, replace: log, by: `    RETURN;\n${log}` },
] as const;

const marksFirst = {
  file: data,
  replace: "            BEGIN\n                -- An organization that somebody",
  by: `            UPDATE public.organizations SET credits_allocated_at = NOW() WHERE id = ANY (batch.ids);
            COMMIT;

            BEGIN
                -- An organization that somebody`,
} as const;
const readsMarked = {
  file: data,
  replace: "WHERE id = ANY (batch.ids) AND credits_allocated_at IS NULL",
  by: "WHERE id = ANY (batch.ids)",
} as const;

const noRepair = { file: indexes, replace: "AND NOT indisvalid", by: "AND FALSE" } as const;

const tableLeft = [
  {
    file: data,
    replace: `BEGIN\n${count}`,
    by: `BEGIN\n    CREATE TABLE public.in_progress ();\n    COMMIT;\n${count}`,
  },
  {
    file: data,
    replace: "    RAISE NOTICE 'Migration completed!",
    by: "    DROP TABLE public.in_progress;\n    RAISE NOTICE 'Migration completed!",
  },
] as const;

const emergencyOpen = [
  { file: emergency, replace: "BEGIN;\n", by: "" },
  { file: emergency, replace: "COMMIT;\n", by: "" },
] as const;
const controlledOpen = [
  { file: controlled, replace: "BEGIN;\n\n-- Takes no lock.", by: "-- Takes no lock." },
  { file: controlled, replace: "COMMIT;\n", by: "" },
] as const;

export const interruption: readonly Canary[] = ["M2", "M2-crash"].flatMap((id) => [
  canary(id, "the data migration logs before it allocates, in another transaction", ...logsFirst),
  canary(
    id,
    "organizations are marked as migrated before they are, in another transaction",
    marksFirst,
    readsMarked,
  ),
]);

export const statements: readonly Canary[] = [
  canary("S4-repair", "whatever index is unusable is taken for its own", {
    file: indexes,
    replace: "indexrelid = to_regclass('public.idx_organizations_plan_credits') AND NOT indisvalid",
    by: "NOT indisvalid",
  }),
  canary("S4-repair", "an index that can be used is built anew", {
    file: indexes,
    replace: " AND NOT indisvalid",
    by: "",
  }),
  ...["S4-struck", "S4-crash", "S4-repair"].map((id) =>
    canary(id, "an index that is left invalid is taken for done", noRepair),
  ),
  ...["R1-struck", "R1-crash"].map((id) =>
    canary(id, "a data migration that is stopped leaves a table behind", ...tableLeft),
  ),
  ...["R4-struck", "R4-crash", "R4-whole"].map((id) =>
    canary(id, "BEGIN and COMMIT are missing", ...emergencyOpen),
  ),
  ...["R5-struck", "R5-crash", "R5-whole"].map((id) =>
    canary(id, "BEGIN and COMMIT are missing", ...controlledOpen),
  ),
  canary(
    "R4-whole",
    "a function that was disabled goes only afterwards",
    {
      file: emergency,
      replace: "DROP FUNCTION IF EXISTS public.get_available_credits_disabled(UUID, TEXT);\n",
      by: "",
    },
    {
      file: emergency,
      append: "DROP FUNCTION IF EXISTS public.get_available_credits_disabled(UUID, TEXT);",
    },
  ),
];
