/** What the data migration must not do: rules M1, M5, M6 and M8. */
import { type Canary, canary } from "./canary.ts";

const file = "3.1-data-migration.sql";
const begin = "BEGIN\n    SELECT COUNT(*) INTO total_count\n";
const which = "                WHERE credits_allocated_at IS NULL\n            ) AS numbered";
const plan = "FROM public.plan_credits(plan_name,";
const log = "COALESCE(plan_name, 'custom')";
const warning =
  "        RAISE WARNING 'Organization % (%) is not migrated: %',\n            unmigrated.id, unmigrated.name,";
const processed = "                processed_count := processed_count + batch_count;\n";
const total = "                total_count := GREATEST(total_count, processed_count);\n";
const percent = "round(processed_count * 100.0 / total_count, 1) || '%'";

export const migration: readonly Canary[] = [
  canary("M1", "every plan is migrated as a custom one", {
    file,
    replace: plan,
    by: "FROM public.plan_credits('custom',",
  }),
  canary("M1", "an organization that is not active is passed over", {
    file,
    replace: which,
    by: which.replace("IS NULL", "IS NULL AND status = 'active'"),
  }),
  canary("M1", "shares are rounded down", {
    file: "2.2-functions.sql",
    replace: "GREATEST(p_total_credits * 0.4, 500)::INTEGER",
    by: "GREATEST(floor(p_total_credits * 0.4), 500)::INTEGER",
  }),
  canary("M1", "a floor is missing", {
    file: "2.2-functions.sql",
    replace: "GREATEST(p_total_credits * 0.3, 300)",
    by: "GREATEST(p_total_credits * 0.3, 0)",
  }),
  canary("M1", "a second run allocates again", {
    file,
    replace: begin,
    by: `BEGIN\n    UPDATE public.organizations SET credits_allocated_at = NULL;\n${begin.slice("BEGIN\n".length)}`,
  }),
  canary("M1-log", "without a plan there is no description", { file, replace: log, by: "plan_name" }),
  canary("M1-log", "the description names another plan", { file, replace: log, by: "'custom'" }),
  canary("M1-log", "the log row counts credits", {
    file,
    replace: "                    0,\n",
    by: "                    1,\n",
  }),
  canary("M5", "a batch that fails is given up", {
    file,
    replace: "EXIT WHEN batch_size = 1 AND processed_count = processed_before;",
    by: "EXIT;",
  }),
  canary("M5", "an error ends the migration", {
    file,
    replace: "                WHEN OTHERS THEN\n",
    by: "                WHEN division_by_zero THEN\n",
  }),
  canary("M5", "what is deferred fails the commit, and so everyone", {
    file,
    replace: "                SET CONSTRAINTS ALL IMMEDIATE;\n",
    by: "",
  }),
  canary("M6", "a directive of another language is left in a notice", {
    file,
    replace: "organizations (%) -",
    by: "organizations (%.1f) -",
  }),
  canary("M6", "the total is told before it is known", {
    file,
    replace: "SELECT COUNT(*) INTO total_count",
    by: "SELECT 0 INTO total_count",
  }),
  canary("M6", "the percentage is a share of ten", {
    file,
    replace: "processed_count * 100.0 / total_count",
    by: "processed_count * 10.0 / total_count",
  }),
  canary("M6", "the count begins anew with each batch", {
    file,
    replace: processed,
    by: "                processed_count := batch_count;\n",
  }),
  canary("M6", "the count does not grow to the total", {
    file,
    replace: processed,
    by: "                processed_count := processed_count + batch_count - 1;\n",
  }),
  canary("M6", "a percent sign is doubled", { file, replace: percent, by: percent.replace("'%'", "'%%'") }),
  canary("M6", "a percentage has lost its number", { file, replace: percent, by: "'%'" }),
  canary("M6-traffic", "the total is told as it was at the beginning", { file, replace: total, by: "" }),
  canary(
    "M6-traffic",
    "the total grows after it was told",
    { file, replace: total, by: "" },
    {
      file,
      replace: "            END IF;\n        END LOOP;",
      by: `${total}            END IF;\n        END LOOP;`,
    },
  ),
  canary("M6-durations", "each batch is told as long as all before it", {
    file,
    replace: "clock_timestamp() - batch_start_time",
    by: "clock_timestamp() - start_time",
  }),
  canary("M6", "the beginning is told for the total", {
    file,
    replace: "'Starting migration of % organizations at %', total_count, start_time",
    by: "'Starting migration of % organizations at %', start_time, total_count",
  }),
  canary("M6-durations", "only the part of a duration within its minute is told", {
    file,
    replace: "round(EXTRACT(EPOCH FROM clock_timestamp() - batch_start_time) * 1000)",
    by: "EXTRACT(milliseconds FROM clock_timestamp() - batch_start_time)",
  }),
  canary("M6-durations", "seconds are told as milliseconds", {
    file,
    replace: "round(EXTRACT(EPOCH FROM clock_timestamp() - start_time) * 1000)",
    by: "round(EXTRACT(EPOCH FROM clock_timestamp() - start_time))",
  }),
  canary(
    "M6-durations",
    "no duration is told",
    {
      file,
      replace: "Batch time: %ms',\n",
      by: "% s',\n",
    },
    {
      file,
      replace: "organizations in %ms'",
      by: "organizations in % s'",
    },
  ),
  canary("M8", "what stays unmigrated is told in a notice only", {
    file,
    replace: warning,
    by: warning.replace("WARNING", "NOTICE"),
  }),
  canary("M8", "one organization is named for all that stay", {
    file,
    replace: "'it was created meanwhile');\n",
    by: "'it was created meanwhile');\n        EXIT;\n",
  }),
  canary("M8", "whoever is migrated is named as well", {
    file,
    replace:
      "        SELECT id, name\n        FROM public.organizations\n        WHERE credits_allocated_at IS NULL\n",
    by: "        SELECT id, name\n        FROM public.organizations\n",
  }),
  canary("M8", "a warning names no id", {
    file,
    replace: warning,
    by: warning.replace("unmigrated.id,", "'of that name',"),
  }),
  canary("M8", "what stays unmigrated is counted at the end", {
    file,
    replace: "        processed_count,\n        round(EXTRACT(EPOCH FROM clock_timestamp() - start_time)",
    by: "        total_count,\n        round(EXTRACT(EPOCH FROM clock_timestamp() - start_time)",
  }),
];
