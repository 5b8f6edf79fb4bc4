/** What the data migration must not do while others are at work: rules M3, M4 and M7. */
import { type Canary, canary } from "./canary.ts";

const file = "3.1-data-migration.sql";
const inOneTransaction = {
  file,
  replace: "            END;\n            COMMIT;\n",
  by: "            END;\n",
};
const plan = "FROM public.plan_credits(plan_name, total_credits)";
/** As it stood when the statement began, whatever the row has come to since. */
const planBefore =
  "FROM public.plan_credits((SELECT o.plan_name FROM public.organizations AS o WHERE o.id = organizations.id), total_credits)";
const recheck = "WHERE id = ANY (batch.ids) AND credits_allocated_at IS NULL";

export const traffic: readonly Canary[] = [
  canary("M3", "the whole data migration is one transaction", inOneTransaction),
  canary("M4", "plans are read before the organization is locked", {
    file,
    replace: plan,
    by: planBefore,
  }),
  canary(
    "M4",
    "what the application allocated is allocated again by the plan that stood before",
    { file, replace: plan, by: planBefore },
    { file, replace: recheck, by: "WHERE id = ANY (batch.ids)" },
  ),
  canary("M4-offspring", "the pass of single organizations is always the last one", {
    file,
    replace: "EXIT WHEN batch_size = 1 AND processed_count = processed_before;",
    by: "EXIT WHEN batch_size = 1;",
  }),
  canary("M4", "organizations that come meanwhile are left out", {
    file,
    replace: "EXIT WHEN batch_size = 1 AND processed_count = processed_before;",
    by: "EXIT;",
  }),
  canary(
    "M4-deadlock",
    "the whole data migration is one transaction, and a deadlock ends it",
    inOneTransaction,
    {
      file,
      replace: "                    batch_count := 0;\n",
      by: "                    RAISE;\n",
    },
  ),
  canary("M4-steps", "a step gives up before a short transaction has ended", {
    file: "2.1-columns.sql",
    replace: "SET lock_timeout = '3s';",
    by: "SET lock_timeout = '1ms';",
  }),
  canary("M4-steps", "a step overwrites what was written meanwhile", {
    file: "2.2-functions.sql",
    append: "UPDATE public.organizations SET name = 'Any';",
  }),
  canary("M7", "what another run has done is not looked at again", {
    file,
    replace: recheck,
    by: "WHERE id = ANY (batch.ids)",
  }),
];
